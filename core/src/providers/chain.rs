//! A chain of login identities: the first one that is available.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::error::{Class, Code, Error, Result};
use crate::platform::BoxFuture;
use crate::providers::{Context, Fetched, Provider};

/// One identity of a chain.
pub struct Link {
    /// Its name in explanations and errors.
    pub name: &'static str,
    /// Fetches it.
    pub provider: Box<dyn Provider>,
    /// Whether it comes from a host that most machines do not have, such as a metadata service. If that host cannot be
    /// reached, the identity counts as not available.
    pub probed: bool,
}

/// The link that succeeded, and why the links before it were skipped.
struct Found {
    position: usize,
    skipped: Vec<String>,
}

/// Tries identities in order, continues to use the one that succeeded, and explains why the others were skipped.
pub struct Chain {
    /// What the error advises to configure if no identity is available.
    advice: &'static str,
    links: Vec<Link>,
    found: ArcSwapOption<Found>,
}

impl Chain {
    /// A chain of these identities. If none is available, the error advises to set `advice`.
    pub fn new(advice: &'static str, links: Vec<Link>) -> Chain {
        Chain { advice, links, found: ArcSwapOption::const_empty() }
    }

    async fn walk(&self, context: &Context) -> Result<Fetched> {
        let mut skipped = Vec::new();
        let mut temporary_error = None;
        let mut unreachable = false;
        for (position, link) in self.links.iter().enumerate() {
            match link.provider.fetch(context).await {
                Ok(fetched) => {
                    let found = Found { position, skipped };
                    let explained = explain(link, fetched, &found);
                    // An earlier link is configured but cannot be reached. This link replaces it only for now: a
                    // process that starts during an outage must not use another identity forever.
                    let outage = temporary_error.filter(|error: &Error| error.class() == Class::Transient);
                    if outage.is_none() {
                        self.found.store(Some(Arc::new(found)));
                    }
                    return Ok(Fetched { degraded: explained.degraded.clone().or(outage), ..explained });
                }
                Err(error) => {
                    skipped.push(format!("{}: skipped, {error}", link.name));
                    if link.probed && error.code() == Code::Network {
                        unreachable = true;
                    } else if is_temporary(&error) {
                        temporary_error.get_or_insert(error);
                    }
                }
            }
        }
        let skipped = skipped.join("; ");
        Err(match temporary_error {
            // One of them is configured and will work again without a change.
            Some(error) => Error::new(error.code(), format!("no login identity is available at present: {skipped}"))
                .with_class(error.class())
                .with_retry_after(error.retry_after()),
            None => {
                let advice = self.advice;
                let text = format!("no login identity was found; set {advice}, or one of these: {skipped}");
                let error = Error::new(Code::NoIdentity, text);
                // The host may be missing or unreachable; these cannot be distinguished, so it is tried again.
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
                    // A temporary failure of the identity in use is no reason to change to another one.
                    Err(error) if is_temporary(&error) => return Err(error.in_context(link.name)),
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

fn is_temporary(error: &Error) -> bool {
    matches!(error.class(), Class::Transient | Class::Unknown)
}

fn explain(link: &Link, mut fetched: Fetched, found: &Found) -> Fetched {
    let used = fetched.notes.explanation.take().unwrap_or_else(|| format!("{}: used", link.name));
    let lines: Vec<&str> = found.skipped.iter().chain([&used]).map(String::as_str).collect();
    fetched.notes.explanation = Some(lines.join("; "));
    fetched
}
