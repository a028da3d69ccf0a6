//! The default chain: the first identity that there is.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Class, Code, Error, Result};
use crate::platform::BoxFuture;
use crate::providers::{Context, Fetched, Provider};

const NONE: usize = usize::MAX;

/// Tries identities in order, keeps to the one that worked, and says why each of the others was skipped.
pub struct Chain {
    links: Vec<(&'static str, Box<dyn Provider>)>,
    worked: AtomicUsize,
}

impl Chain {
    /// A chain of named identities.
    pub fn new(links: Vec<(&'static str, Box<dyn Provider>)>) -> Chain {
        Chain { links, worked: AtomicUsize::new(NONE) }
    }
}

impl Provider for Chain {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let mut skipped = Vec::new();
            let worked = self.worked.load(Ordering::Relaxed);
            if let Some((name, link)) = self.links.get(worked) {
                match link.fetch(context).await {
                    Ok(fetched) => return Ok(fetched),
                    // A passing failure of what worked before is no reason to become somebody else.
                    Err(error) if matches!(error.class(), Class::Transient) => return Err(error.in_context(name)),
                    Err(_) => self.worked.store(NONE, Ordering::Relaxed),
                }
            }
            for (place, (name, link)) in self.links.iter().enumerate() {
                match link.fetch(context).await {
                    Ok(mut fetched) => {
                        self.worked.store(place, Ordering::Relaxed);
                        let used = fetched.notes.explanation.take().unwrap_or_else(|| format!("{name}: used"));
                        skipped.push(used);
                        fetched.notes.explanation = Some(skipped.join("; "));
                        return Ok(fetched);
                    }
                    Err(error) => skipped.push(format!("{name}: skipped, {error}")),
                }
            }
            Err(Error::new(
                Code::NoIdentity,
                format!(
                    "no login identity was found; set tencent_secret_id and tencent_secret_key, or one of these: {}",
                    skipped.join("; ")
                ),
            ))
        })
    }
}
