//! An identity that the host program hands over.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::error::{Code, Error, Result};
use crate::platform::{BoxFuture, Forkable, Moment};
use crate::providers::{Context, Fetched, Material, Origin, Provider};
use crate::secret::Secret;

/// A key that the host hands over.
#[derive(Clone, Debug)]
pub struct SuppliedKey {
    id: String,
    secret: Secret,
    token: Option<Secret>,
    expires_at_ms: Option<i64>,
}

impl SuppliedKey {
    /// A key, its session token where it is a temporary one, and when it ends, in milliseconds since 1970 on this machine's
    /// wall clock; 0 where that is not known.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] that names the first argument that cannot be; it is not quoted.
    pub fn new(id: &str, secret: &str, token: Option<&str>, expires_at_ms: i64) -> Result<SuppliedKey> {
        let token = token.filter(|token| !token.is_empty());
        for (name, value) in
            [("access_key_id", id), ("access_key_secret", secret), ("security_token", token.unwrap_or("none"))]
        {
            if value.is_empty() {
                return Err(Error::argument(name, "must not be empty"));
            }
            if value.trim() != value || value.contains(char::is_control) {
                return Err(Error::argument(name, "must not begin or end with white space or hold control characters"));
            }
        }
        if expires_at_ms < 0 {
            return Err(Error::argument("expires_at_ms", "must not be negative; 0 means that the end is not known"));
        }
        Ok(SuppliedKey {
            id: id.to_owned(),
            secret: Secret::from_text(secret),
            token: token.map(Secret::from_text),
            expires_at_ms: (expires_at_ms != 0).then_some(expires_at_ms),
        })
    }
}

/// A function of the host that hands over a key; it may block.
#[derive(Clone)]
pub struct IdentityCallback {
    function: Arc<dyn Fn() -> Result<SuppliedKey> + Send + Sync>,
    number: u64,
}

impl IdentityCallback {
    /// A callback, different from every other one.
    pub fn new(function: impl Fn() -> Result<SuppliedKey> + Send + Sync + 'static) -> IdentityCallback {
        static MADE: AtomicU64 = AtomicU64::new(0);
        IdentityCallback { function: Arc::new(function), number: MADE.fetch_add(1, Ordering::Relaxed) + 1 }
    }

    /// Tells callbacks apart; never 0.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl fmt::Debug for IdentityCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityCallback({})", self.number)
    }
}

/// What a call brought, and when it began, on the steady clock and on the wall.
struct Answer {
    result: Result<SuppliedKey>,
    began_at: Moment,
    began_wall_ms: i64,
}

type UnderWay = Mutex<Option<oneshot::Receiver<Answer>>>;

/// Asks the host for a key, each time on a thread made for it: a callback that hangs holds up nobody's name look-ups. It is
/// never called twice at once: a fetch that finds an earlier one's call still under way waits for that one.
pub struct CallbackKey {
    callback: IdentityCallback,
    /// A call whose fetch was given up; a forked child has no such thread.
    left_behind: Forkable<UnderWay>,
}

impl CallbackKey {
    /// A provider that calls this.
    pub fn new(callback: IdentityCallback) -> CallbackKey {
        CallbackKey { callback, left_behind: Forkable::default() }
    }

    fn start(&self, context: &Context) -> Result<oneshot::Receiver<Answer>> {
        let (sender, receiver) = oneshot::channel();
        let function = Arc::clone(&self.callback.function);
        let (began_at, began_wall_ms) = (context.platform.now(), context.platform.wall_ms());
        let blocked = context.platform.block_signals();
        let thread = std::thread::Builder::new().name("evercred-ident".into()).spawn(move || {
            let result = function();
            // Nobody waits any more where the client was closed.
            let _unheard = sender.send(Answer { result, began_at, began_wall_ms }).is_err();
        });
        drop(blocked);
        thread.map(|_left_to_itself| receiver).map_err(|error| {
            let text = format!("no thread for the identity callback ({error}); check the limits of threads and memory");
            Error::new(Code::Internal, text)
        })
    }

    fn fetched(context: &Context, answer: Answer) -> Result<Fetched> {
        let Answer { result, began_at, began_wall_ms } = answer;
        let SuppliedKey { id, secret, token, expires_at_ms } = result?;
        let material = Material::access_key(Origin::Callback, &id, secret, token);
        let used = String::from("callback: used");
        Fetched::temporary(context, material, used, began_at, began_wall_ms, expires_at_ms)
    }

    async fn ask(&self, context: &Context) -> Result<Fetched> {
        let slot = self.left_behind.get(context.platform.fork_epoch(), UnderWay::default);
        let earlier = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(earlier) = earlier
            && let Ok(answer) = Waiting::new(&slot, earlier).heard().await
            && let Ok(fetched) = CallbackKey::fetched(context, answer)
            && fetched.windows.ends_at.is_some_and(|end| end > context.platform.now())
            // It was asked before that was known: the host is to be asked again.
            && !context.rejected.as_ref().is_some_and(|material| material.same_as(&fetched.material))
        {
            return Ok(fetched);
        }
        let answer = Waiting::new(&slot, self.start(context)?).heard().await?;
        CallbackKey::fetched(context, answer)
    }
}

impl Provider for CallbackKey {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move { self.ask(context).await.map_err(|error| error.in_context("the identity callback")) })
    }
}

/// Waits for a call; given up, it leaves the call to the next fetch.
struct Waiting<'a> {
    slot: &'a UnderWay,
    call: Option<oneshot::Receiver<Answer>>,
}

impl Waiting<'_> {
    fn new(slot: &UnderWay, call: oneshot::Receiver<Answer>) -> Waiting<'_> {
        Waiting { slot, call: Some(call) }
    }

    async fn heard(&mut self) -> Result<Answer> {
        let defect = || Error::new(Code::Internal, "it ended in a defect");
        let answer = self.call.as_mut().ok_or_else(defect)?.await;
        self.call = None;
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
    fn a_key_that_cannot_be_is_named_and_not_quoted() {
        for (id, secret, token, ends, name) in [
            ("", "s", None, 0, "access_key_id"),
            ("id", "", None, 0, "access_key_secret"),
            ("id", "sup3r\n", None, 0, "access_key_secret"),
            ("id", "s", Some(" sup3r"), 0, "security_token"),
            ("id", "s", None, -1, "expires_at_ms"),
        ] {
            let error = SuppliedKey::new(id, secret, token, ends).unwrap_err();
            assert!(error.message().starts_with(name) && !error.message().contains("sup3r"), "{error}");
        }
        let key = SuppliedKey::new("id", "sup3r", Some(""), 0).unwrap();
        assert!(key.token.is_none() && key.expires_at_ms.is_none() && !format!("{key:?}").contains("sup3r"));
    }
}
