//! Several backends that have the same secrets. The first one is asked alone; the others are asked when it fails or is
//! slow.

use std::future::poll_fn;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use crate::error::{Class, Code, Error, Result};
use crate::log::Level;
use crate::platform::{BoxFuture, Moment};
use crate::providers::aliyun::kms::answer::SecretAnswer;
use crate::providers::aliyun::kms::backend::{Backend, SecretQuery};
use crate::providers::aliyun::kms::backend_health::{BackendHealth, order};
use crate::providers::{CallResult, Context};

/// The maximum part of the remaining time that is reserved for reporting which backend failed and why.
const MAX_RESERVE: Duration = Duration::from_millis(200);

/// The backends in the configured order, and their health. There is no lock, so a forked child can use it.
pub struct Failover {
    backends: Vec<Backend>,
    hedge_after: Duration,
    /// By the index of the backend.
    health: ArcSwap<Vec<BackendHealth>>,
}

/// A request to one backend.
struct Attempt<'a> {
    /// The index of the backend.
    index: usize,
    /// When the request was signed. Waiting for the login identity does not count as latency of the backend.
    signed_at: Arc<OnceLock<Moment>>,
    result: BoxFuture<'a, Result<CallResult<SecretAnswer>>>,
}

impl Failover {
    /// These backends. If the first one takes longer than `hedge_after`, the others are asked too.
    pub fn new(backends: Vec<Backend>, hedge_after: Duration) -> Failover {
        let health = ArcSwap::from_pointee(vec![BackendHealth::default(); backends.len()]);
        Failover { backends, hedge_after, health }
    }

    /// Whether all backends use TLS with a checked certificate.
    pub fn are_verified(&self) -> bool {
        self.backends.iter().all(Backend::is_verified)
    }

    /// Fetches a secret. Returns the answer and the backend that sent it.
    ///
    /// Facts: the official client asks the first region alone, and all regions when the first one fails in certain ways.
    /// It takes the first result, even if that is an error; here only an answer ends the race. A refusal by the backend
    /// that is configured first is final, as in the official client. A refusal by another backend is not final: that
    /// backend may lack the secret or the permission, and its refusal must not hide that the first one is unreachable.
    ///
    /// # Errors
    /// When no backend answered: one error that names every backend, with the code and class of the one configured
    /// first.
    pub async fn fetch(&self, context: &Context, query: &SecretQuery) -> Result<(CallResult<SecretAnswer>, &Backend)> {
        if let [backend] = self.backends.as_slice() {
            return Ok((backend.fetch(context, query, &OnceLock::new()).await?, backend));
        }
        let reserve = MAX_RESERVE.min(context.remaining() / 10);
        let deadline = context.deadline.checked_sub(reserve).unwrap_or_else(Instant::now);
        let context = Context { deadline, ..context.clone() };
        self.race(&context, query).await
    }

    async fn race(&self, context: &Context, query: &SecretQuery) -> Result<(CallResult<SecretAnswer>, &Backend)> {
        let now = || context.platform.now();
        let start = |index: usize| {
            let backend = self.backends.get(index)?;
            let signed_at = Arc::new(OnceLock::new());
            let signed = Arc::clone(&signed_at);
            let result = Box::pin(async move { backend.fetch(context, query, &signed).await });
            Some(Attempt { index, signed_at, result })
        };
        let mut waiting = order(&self.health.load(), now()).into_iter();
        let mut running: Vec<Attempt<'_>> = waiting.next().and_then(&start).into_iter().collect();
        let mut failures = Vec::new();
        let mut slow = None;
        let mut hedge = Box::pin(tokio::time::sleep(self.hedge_after.min(context.remaining() / 2)));
        while !running.is_empty() {
            let may_hedge = waiting.len() > 0;
            let event = poll_fn(|task| {
                for (position, attempt) in running.iter_mut().enumerate() {
                    if let Poll::Ready(result) = attempt.result.as_mut().poll(task) {
                        return Poll::Ready(Some((position, result)));
                    }
                }
                if may_hedge && hedge.as_mut().poll(task).is_ready() {
                    return Poll::Ready(None);
                }
                Poll::Pending
            });
            match event.await {
                // `hedge_after` has passed without an answer from the first backend.
                None => {
                    slow = running.first().map(|attempt| attempt.index);
                    context.log.write(Level::Debug, || {
                        format!("{} is slow: the other backends are asked too", self.host(slow))
                    });
                }
                Some((position, Ok(result))) => {
                    let index = running.swap_remove(position).index;
                    self.update_health(index, |health| health.after_answer(now(), now().since(result.sent_at)));
                    for attempt in running.iter().filter(|attempt| Some(attempt.index) == slow) {
                        if let Some(signed_at) = attempt.signed_at.get() {
                            let waited = now().since(*signed_at);
                            self.update_health(attempt.index, |health| health.after_hedge(now(), waited));
                        }
                    }
                    return match self.backends.get(index) {
                        Some(backend) => Ok((result, backend)),
                        None => break,
                    };
                }
                Some((position, Err(error))) => {
                    let index = running.swap_remove(position).index;
                    if index == 0 && !may_try_others(&error) {
                        return Err(error);
                    }
                    let random = context.platform.random();
                    self.update_health(index, |health| health.after_failure(now(), error.retry_after(), random));
                    context.log.write(Level::Warn, || format!("{} did not answer: {error}", self.host(Some(index))));
                    failures.push((index, error));
                }
            }
            running.extend(waiting.by_ref().filter_map(&start));
        }
        Err(self.combined_error(failures))
    }

    fn update_health(&self, index: usize, update: impl Fn(BackendHealth) -> BackendHealth) {
        self.health.rcu(|current| {
            let mut all = Vec::clone(current);
            if let Some(health) = all.get_mut(index) {
                *health = update(*health);
            }
            Arc::new(all)
        });
    }

    fn host(&self, index: Option<usize>) -> &str {
        index.and_then(|index| self.backends.get(index)).map_or("a backend", Backend::host)
    }

    /// Combines the errors of all backends to one.
    fn combined_error(&self, mut failures: Vec<(usize, Error)>) -> Error {
        failures.sort_by_key(|(index, _)| *index);
        // The hosts by message: a common cause, such as a login identity that is not available, is reported once.
        let mut causes: Vec<(String, String)> = Vec::new();
        for (index, error) in &failures {
            let (host, text) = (self.host(Some(*index)), error.to_string());
            let text = text.strip_prefix(&format!("{host}: ")).map_or_else(|| text.clone(), str::to_owned);
            match causes.iter_mut().find(|(_, other)| *other == text) {
                Some((hosts, _)) => hosts.extend([", ", host]),
                None => causes.push((host.to_owned(), text)),
            }
        }
        let causes: Vec<String> = causes.into_iter().map(|(hosts, text)| format!("{hosts}: {text}")).collect();
        let text = format!("none of {} backends answered: {}", self.backends.len(), causes.join("; "));
        let Some((_, first)) = failures.first() else {
            return Error::new(Code::Internal, "no backend was asked; please report it");
        };
        let error = Error::new(first.code(), text)
            .with_class(first.class())
            .with_request_id(first.request_id().map(str::to_owned))
            .with_retry_after(first.retry_after())
            .with_server_skew_ms(first.server_skew_ms());
        match first.provider_code() {
            Some(code) => error.with_provider_code(code),
            None => error,
        }
    }
}

/// Whether another backend may succeed: this one is unreachable, overloaded or failing, its clock is wrong, or its
/// login identity is not available. A refusal with a code, which includes an unpaid bill, is the same at every backend.
fn may_try_others(error: &Error) -> bool {
    let temporary = matches!(error.class(), Class::Transient | Class::Unknown | Class::Clock);
    error.provider_code().is_none() || temporary && error.code() != Code::Refused
}
