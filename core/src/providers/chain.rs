//! The default chain: the first identity that there is.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::error::{Class, Code, Error, Result};
use crate::platform::BoxFuture;
use crate::providers::{Context, Fetched, Provider};

/// One identity of a chain.
pub struct Link {
    /// What it is called in explanations.
    pub name: &'static str,
    /// How it is fetched.
    pub provider: Box<dyn Provider>,
    /// Whether most machines lack the host that it is asked of: that this cannot be reached says that there is none.
    pub probed: bool,
}

/// The link that worked, and why those before it did not.
struct Found {
    position: usize,
    skipped: Vec<String>,
}

/// Tries identities in order, keeps to the one that worked, and says why each of the others was skipped.
pub struct Chain {
    /// What to set where there is none.
    advice: &'static str,
    links: Vec<Link>,
    found: ArcSwapOption<Found>,
}

impl Chain {
    /// A chain of these identities; where none is found, the error advises to set `advice` instead.
    pub fn new(advice: &'static str, links: Vec<Link>) -> Chain {
        Chain { advice, links, found: ArcSwapOption::const_empty() }
    }

    async fn walk(&self, context: &Context) -> Result<Fetched> {
        let mut skipped = Vec::new();
        let mut passing = None;
        let mut unreachable = false;
        for (position, link) in self.links.iter().enumerate() {
            match link.provider.fetch(context).await {
                Ok(fetched) => {
                    let found = Found { position, skipped };
                    let explained = explain(link, fetched, &found);
                    // One in front of it is there and out of reach: this one stands in for it and is not kept to, or whoever
                    // started during an outage would stay somebody else for good.
                    let missed = passing.filter(|error: &Error| error.class() == Class::Transient);
                    if missed.is_none() {
                        self.found.store(Some(Arc::new(found)));
                    }
                    return Ok(Fetched { degraded: explained.degraded.clone().or(missed), ..explained });
                }
                Err(error) => {
                    skipped.push(format!("{}: skipped, {error}", link.name));
                    if link.probed && error.code() == Code::Network {
                        unreachable = true;
                    } else if is_passing(&error) {
                        passing.get_or_insert(error);
                    }
                }
            }
        }
        let skipped = skipped.join("; ");
        Err(match passing {
            // One of them is there and will work again: nobody need mend anything.
            Some(error) => Error::new(error.code(), format!("no login identity can be had at present: {skipped}"))
                .with_class(error.class())
                .with_retry_after(error.retry_after()),
            None => {
                let advice = self.advice;
                let text = format!("no login identity was found; set {advice}, or one of these: {skipped}");
                let error = Error::new(Code::NoIdentity, text);
                // The host may not be there at all, or not at present: nobody can tell, so it is asked again now and then.
                if unreachable { error.with_class(Class::Unknown) } else { error }
            }
        })
    }
}

impl Provider for Chain {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            if let Some(found) = self.found.load_full()
                && let Some(link) = self.links.get(found.position)
            {
                match link.provider.fetch(context).await {
                    Ok(fetched) => return Ok(explain(link, fetched, &found)),
                    // A passing failure of what worked before is no reason to become somebody else.
                    Err(error) if is_passing(&error) => return Err(error.in_context(link.name)),
                    Err(_) => self.found.store(None),
                }
            }
            self.walk(context).await
        })
    }

    fn is_encrypted(&self) -> bool {
        let found = self.found.load();
        match found.as_ref().and_then(|found| self.links.get(found.position)) {
            Some(link) => link.provider.is_encrypted(),
            None => self.links.iter().all(|link| link.provider.is_encrypted()),
        }
    }
}

fn is_passing(error: &Error) -> bool {
    matches!(error.class(), Class::Transient | Class::Unknown)
}

fn explain(link: &Link, mut fetched: Fetched, found: &Found) -> Fetched {
    let used = fetched.notes.explanation.take().unwrap_or_else(|| format!("{}: used", link.name));
    let lines: Vec<&str> = found.skipped.iter().chain([&used]).map(String::as_str).collect();
    fetched.notes.explanation = Some(lines.join("; "));
    fetched
}
