//! A login identity from a callback of the application.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::oneshot;

use crate::error::{Code, Error, Result};
use crate::platform::{BoxFuture, Forkable, Gate, Moment};
use crate::providers::{Context, Fetched, Material, Origin, Provider, ServerTime, header_text_problem};
use crate::secret::Secret;
use crate::slow_wait::SlowWait;

/// An access key that the application supplies.
#[derive(Clone, Debug)]
pub struct SuppliedKey {
    id: String,
    secret: Secret,
    token: Option<Secret>,
    expires_at_ms: Option<i64>,
}

impl SuppliedKey {
    /// A key, with a session token if it is temporary. `expires_at_ms` is its expiration in milliseconds since 1970 on
    /// this machine's wall clock; 0 means that the expiration is not known.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] that names the first invalid argument. The value is not quoted.
    pub fn new(id: &str, secret: &str, token: Option<&str>, expires_at_ms: i64) -> Result<SuppliedKey> {
        let token = token.filter(|token| !token.is_empty());
        for (name, value) in
            [("access_key_id", id), ("access_key_secret", secret), ("security_token", token.unwrap_or("none"))]
        {
            if value.is_empty() {
                return Err(Error::argument(name, "must not be empty"));
            }
            if let Some(problem) = header_text_problem(value) {
                return Err(Error::argument(name, problem));
            }
        }
        if expires_at_ms < 0 {
            return Err(Error::argument(
                "expires_at_ms",
                "must not be negative; 0 means that the expiration is not known",
            ));
        }
        Ok(SuppliedKey {
            id: id.to_owned(),
            secret: Secret::from_text(secret),
            token: token.map(Secret::from_text),
            expires_at_ms: (expires_at_ms != 0).then_some(expires_at_ms),
        })
    }
}

/// A function of the application that supplies a key. It may block.
#[derive(Clone)]
pub struct IdentityCallback {
    function: Arc<Function>,
    gate: Option<Arc<Gate>>,
    number: u64,
}

type Function = dyn Fn() -> Result<SuppliedKey> + Send + Sync;

impl IdentityCallback {
    /// A callback with a number that no other callback has.
    pub fn new(function: impl Fn() -> Result<SuppliedKey> + Send + Sync + 'static) -> IdentityCallback {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed) + 1;
        IdentityCallback { function: Arc::new(function), gate: None, number }
    }

    /// This callback, with the same number. Its calls pass the gate, and fail when it is closed.
    #[must_use]
    pub fn through(self, gate: Arc<Gate>) -> IdentityCallback {
        IdentityCallback { gate: Some(gate), ..self }
    }

    /// A call for another thread, which owns the function only inside the gate: the last owner frees what the function
    /// holds, and a caller that waits at the gate relies on this.
    fn call(&self) -> impl FnOnce() -> Result<SuppliedKey> + Send + use<> {
        let (function, gate) = (Arc::downgrade(&self.function), self.gate.clone());
        move || {
            let call = || Weak::upgrade(&function).map(|function| function());
            gate.map_or_else(call, |gate| gate.pass(call).flatten())
                .unwrap_or_else(|| Err(Error::new(Code::Closed, "the client is closed")))
        }
    }

    /// Identifies the callback; never 0.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl fmt::Debug for IdentityCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityCallback({})", self.number)
    }
}

/// The result of a call, and when the call began on the steady clock and on the wall clock.
struct Answer {
    result: Result<SuppliedKey>,
    began_at: Moment,
    began_wall_ms: i64,
}

type RunningCall = Mutex<Option<oneshot::Receiver<Answer>>>;

/// Calls the application for a key, each time on a new thread, so that a callback that hangs does not block name
/// lookups. There is never more than one call at a time: a fetch that finds a running call waits for it.
pub struct CallbackKey {
    callback: IdentityCallback,
    /// A running call whose fetch was cancelled. A forked child does not have its thread.
    running: Forkable<RunningCall>,
}

impl CallbackKey {
    /// A provider that calls this callback.
    pub fn new(callback: IdentityCallback) -> CallbackKey {
        CallbackKey { callback, running: Forkable::default() }
    }

    fn start(&self, context: &Context) -> Result<oneshot::Receiver<Answer>> {
        let (sender, receiver) = oneshot::channel();
        let call = self.callback.call();
        let (began_at, began_wall_ms) = (context.platform.now(), context.platform.wall_ms());
        let blocked = context.platform.block_signals();
        let thread = std::thread::Builder::new().name("evercred-ident".into()).spawn(move || {
            let result = call();
            // If the client was closed, there is no receiver.
            let _closed = sender.send(Answer { result, began_at, began_wall_ms }).is_err();
        });
        drop(blocked);
        thread.map(|_detached| receiver).map_err(|error| {
            // The caller names the callback.
            Error::no_thread("a call", &error)
        })
    }

    fn fetched(context: &Context, answer: Answer) -> Result<Fetched> {
        let Answer { result, began_at, began_wall_ms } = answer;
        let SuppliedKey { id, secret, token, expires_at_ms } = result?;
        let material = Material::access_key(Origin::Callback, &id, secret, token);
        let used = String::from("callback: used");
        Fetched::temporary(context, material, used, began_at, ServerTime::ours(began_wall_ms), expires_at_ms)
    }

    async fn ask(&self, context: &Context) -> Result<Fetched> {
        let slot = self.running.get(context.platform.fork_epoch(), RunningCall::default);
        let earlier = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(earlier) = earlier
            && let Ok(answer) = Waiting::new(&slot, earlier).answer().await
            && let Ok(fetched) = CallbackKey::fetched(context, answer)
            && fetched.windows.ends_at.is_some_and(|end| end > context.platform.now())
            // That call began before the key was rejected, so another call is made.
            && !context.rejected.as_ref().is_some_and(|material| material.same_as(&fetched.material))
        {
            return Ok(fetched);
        }
        let answer = Waiting::new(&slot, self.start(context)?).answer().await?;
        CallbackKey::fetched(context, answer)
    }
}

impl Provider for CallbackKey {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move { self.ask(context).await.map_err(|error| error.in_context("the identity callback")) })
    }
}

/// Waits for a call. If dropped before the answer, it leaves the call to the next fetch.
struct Waiting<'a> {
    slot: &'a RunningCall,
    call: Option<oneshot::Receiver<Answer>>,
}

impl Waiting<'_> {
    fn new(slot: &RunningCall, call: oneshot::Receiver<Answer>) -> Waiting<'_> {
        Waiting { slot, call: Some(call) }
    }

    async fn answer(&mut self) -> Result<Answer> {
        let defect = || Error::new(Code::Internal, "it panicked");
        let slow = SlowWait::begin();
        let answer = self.call.as_mut().ok_or_else(defect)?.await;
        self.call = None;
        slow.end().await;
        answer.map_err(|_| defect())
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(call);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SuppliedKey;

    #[test]
    fn an_invalid_key_is_named_and_not_quoted() {
        for (id, secret, token, expires_at_ms, name) in [
            ("", "s", None, 0, "access_key_id"),
            ("id", "", None, 0, "access_key_secret"),
            ("id", "sup3r\n", None, 0, "access_key_secret"),
            ("id", "s", Some(" sup3r"), 0, "security_token"),
            ("id", "s", None, -1, "expires_at_ms"),
        ] {
            let error = SuppliedKey::new(id, secret, token, expires_at_ms).unwrap_err();
            assert!(error.message().starts_with(name) && !error.message().contains("sup3r"), "{error}");
        }
        let key = SuppliedKey::new("id", "sup3r", Some(""), 0).unwrap();
        assert!(key.token.is_none() && key.expires_at_ms.is_none() && !format!("{key:?}").contains("sup3r"));
    }
}
