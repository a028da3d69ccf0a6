//! A chain of login identities: the first one that is available.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::error::{Class, Code, Error, Result};
use crate::log::Level;
use crate::platform::BoxFuture;
use crate::providers::kept_identity::{KeptIdentity, is_absent};
use crate::providers::{Context, Fetched, Provider};

/// The longest time for an identity in front of the one in use, which is tried again at each renewal.
const RETRY_TIMEOUT: Duration = Duration::from_secs(3);
/// An identity without an end behind others is renewed after this time, since the others are tried again then.
const RENEW_LASTING: Duration = Duration::from_secs(5 * 60);

/// What an identity of a chain depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Settings, such as environment variables.
    Settings,
    /// A file or a program. If it is there and cannot be used, the identity behind it replaces it only for now: the file
    /// may be half written. Once the identity worked, a failure is temporary.
    File,
    /// A host that most machines do not have, such as a metadata service. If it cannot be reached, the identity counts
    /// as not available, unless it worked before.
    Probed,
}

/// One identity of a chain.
pub struct Link {
    name: &'static str,
    provider: Box<dyn Provider>,
    kind: LinkKind,
}

impl Link {
    /// An identity with its name in explanations and errors.
    pub fn new(name: &'static str, kind: LinkKind, provider: Box<dyn Provider>) -> Link {
        let provider = if kind == LinkKind::File { Box::new(KeptIdentity::of_chain(provider)) } else { provider };
        Link { name, provider, kind }
    }
}

/// The link that succeeded last.
struct Found {
    position: usize,
    /// Whether it is kept: not if an earlier link could not be asked, so that this one replaces it only for now.
    is_kept: bool,
    /// The last switch from another link, if there was one.
    switched: Option<String>,
}

/// Tries identities in order, keeps the one that succeeded, and explains why the others were skipped.
///
/// The links in front of the kept one are tried again at each renewal, which a key without an end has as well. The links behind it are tried only if it is known
/// to be gone: a failure to read it must not make the process somebody else.
pub struct Chain {
    /// What the error advises to configure if no identity is available.
    advice: &'static str,
    links: Vec<Link>,
    found: ArcSwapOption<Found>,
}

/// The failures of one walk through the chain.
#[derive(Default)]
struct Skipped {
    reasons: Vec<String>,
    /// The first failure of a link that is configured and will work again without a change.
    temporary: Option<Error>,
    /// The first failure of a link that is there and could not be asked, read or used.
    outage: Option<Error>,
    /// A host may be missing or unreachable; these cannot be distinguished.
    unreachable: bool,
}

impl Skipped {
    fn add(&mut self, link: &Link, error: Error) {
        self.reasons.push(format!("{}: skipped, {error}", link.name));
        if link.kind == LinkKind::Probed && error.code() == Code::Network {
            self.unreachable = true;
            return;
        }
        if error.class() == Class::Transient {
            self.outage.get_or_insert_with(|| error.clone());
        } else if link.kind == LinkKind::File && !is_absent(&error) {
            // The class makes the cache try again, after waits that double to minutes: the file may be half written, or
            // it stays unusable until a person corrects it.
            self.outage.get_or_insert_with(|| error.clone().with_class(Class::Local));
        }
        if matches!(error.class(), Class::Transient | Class::Unknown) {
            self.temporary.get_or_insert(error);
        }
    }
}

impl Chain {
    /// A chain of these identities. If none is available, the error advises to set `advice`.
    pub fn new(advice: &'static str, links: Vec<Link>) -> Chain {
        Chain { advice, links, found: ArcSwapOption::const_empty() }
    }

    async fn walk(&self, context: &Context) -> Result<Fetched> {
        let found = self.found.load_full();
        let kept = found.as_ref().filter(|found| found.is_kept).map(|found| found.position);
        let mut skipped = Skipped::default();
        for (position, link) in self.links.iter().enumerate() {
            let is_retried = kept.is_some_and(|kept| position < kept);
            match self.try_link(context, link, is_retried).await {
                Ok(fetched) => return Ok(self.succeed(context, found.as_deref(), position, skipped, fetched)),
                Err(error) if kept == Some(position) && !is_absent(&error) => return Err(error.in_context(link.name)),
                Err(error) => skipped.add(link, error),
            }
            if kept == Some(position) {
                // From here on the failures of the links in front of it count as in the first walk.
                let switched = found.as_ref().and_then(|found| found.switched.clone());
                self.found.store(Some(Arc::new(Found { position, is_kept: false, switched })));
            }
        }
        Err(self.nothing(skipped))
    }

    async fn try_link(&self, context: &Context, link: &Link, is_retried: bool) -> Result<Fetched> {
        if !is_retried {
            return link.provider.fetch(context).await;
        }
        let limit = RETRY_TIMEOUT.min(context.remaining() / 4);
        let late = || Error::new(Code::Timeout, format!("no answer within {} ms", limit.as_millis()));
        tokio::time::timeout(limit, link.provider.fetch(context)).await.unwrap_or_else(|_| Err(late()))
    }

    /// Keeps the link, and explains the choice.
    fn succeed(
        &self,
        context: &Context,
        before: Option<&Found>,
        position: usize,
        skipped: Skipped,
        mut fetched: Fetched,
    ) -> Fetched {
        let name = |position: usize| self.links.get(position).map_or("", |link| link.name);
        let switched = match before {
            Some(before) if before.position != position => {
                let text = format!("switched from {} to {}", name(before.position), name(position));
                context.log.write(Level::Warn, || format!("the login identity has changed: {text}"));
                Some(text)
            }
            _ => before.and_then(|before| before.switched.clone()),
        };
        // An earlier link is configured but cannot be asked. This link replaces it only for now: a process that starts
        // during an outage must not use another identity forever.
        let was_kept = before.is_some_and(|before| before.is_kept && before.position == position);
        let outage = skipped.outage.filter(|_| !was_kept);
        let used = fetched.notes.explanation.take().unwrap_or_else(|| format!("{}: used", name(position)));
        let parts = switched.iter().chain(&skipped.reasons).chain([&used]).map(String::as_str).collect::<Vec<_>>();
        fetched.notes.explanation = Some(parts.join("; "));
        self.found.store(Some(Arc::new(Found { position, is_kept: outage.is_none(), switched })));
        fetched.degraded = fetched.degraded.or(outage);
        let windows = &mut fetched.windows;
        if position > 0 && windows.renew_at.is_none() && windows.ends_at.is_none() {
            // A random part spreads the processes of a host.
            let wait = RENEW_LASTING.mul_f64(1.0 - context.platform.random() / 20.0);
            windows.renew_at = Some(context.platform.now().after(wait));
        }
        fetched
    }

    /// The error when no link succeeded.
    fn nothing(&self, skipped: Skipped) -> Error {
        let Skipped { reasons, temporary, unreachable, .. } = skipped;
        let reasons = reasons.join("; ");
        match temporary {
            // One of them is configured and will work again without a change.
            Some(error) => Error::new(error.code(), format!("no login identity is available at present: {reasons}"))
                .with_class(error.class())
                .with_retry_after(error.retry_after())
                .with_progress(error.progress()),
            None => {
                let advice = self.advice;
                let text = format!("no login identity was found; set {advice}, or one of these: {reasons}");
                let error = Error::new(Code::NoIdentity, text);
                // The host is tried again.
                if unreachable { error.with_class(Class::Unknown) } else { error }
            }
        }
    }
}

impl Provider for Chain {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(self.walk(context))
    }

    fn is_encrypted(&self) -> bool {
        let found = self.found.load();
        match found.as_ref().and_then(|found| self.links.get(found.position)) {
            Some(link) => link.provider.is_encrypted(),
            None => self.links.iter().all(|link| link.provider.is_encrypted()),
        }
    }
}
