//! Several backends that hold the same secrets: the first is asked alone, the others when it fails or is slow.
//!
//! Facts: the official client asks the first region alone and, where that fails in some of its ways, all of them. It takes
//! what finishes first even where that is an error; here only an answer wins. A refusal of the backend that is configured
//! first is final, as there; a refusal of another one is not, since it may lack what the first one has, and must not hide
//! that the first one is out of reach.

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

/// So much of the time is kept for saying which backend failed how.
const LONGEST_RESERVE: Duration = Duration::from_millis(200);

/// The backends, in the configured order, and how they have fared. No lock: a forked child asks as well.
pub struct Failover {
    list: Vec<Backend>,
    hedge_after: Duration,
    healths: ArcSwap<Vec<BackendHealth>>,
}

/// A backend that is being asked.
struct Asking<'a> {
    number: usize,
    /// When it was asked: a login identity that was long in coming says nothing about the backend.
    since: Arc<OnceLock<Moment>>,
    answer: BoxFuture<'a, Result<CallResult<SecretAnswer>>>,
}

impl Failover {
    /// These backends; where the first one takes longer than `hedge_after`, the others are asked as well.
    pub fn new(list: Vec<Backend>, hedge_after: Duration) -> Failover {
        let healths = ArcSwap::from_pointee(vec![BackendHealth::default(); list.len()]);
        Failover { list, hedge_after, healths }
    }

    /// Whether all of them are asked over TLS and show a certificate that is checked.
    pub fn are_verified(&self) -> bool {
        self.list.iter().all(Backend::is_verified)
    }

    /// Asks for a secret; says who answered.
    ///
    /// # Errors
    /// Where nobody answered: one error that names every backend, with the code and class of the one configured first.
    pub async fn ask(&self, context: &Context, query: &SecretQuery) -> Result<(CallResult<SecretAnswer>, &Backend)> {
        if let [backend] = self.list.as_slice() {
            return Ok((backend.ask(context, query, &OnceLock::new()).await?, backend));
        }
        let reserve = LONGEST_RESERVE.min(context.remaining() / 10);
        let deadline = context.deadline.checked_sub(reserve).unwrap_or_else(Instant::now);
        let context = Context { deadline, ..context.clone() };
        self.race(&context, query).await
    }

    async fn race(&self, context: &Context, query: &SecretQuery) -> Result<(CallResult<SecretAnswer>, &Backend)> {
        let now = || context.platform.now();
        let ask = |number: usize| {
            let backend = self.list.get(number)?;
            let since = Arc::new(OnceLock::new());
            let signed = Arc::clone(&since);
            Some(Asking { number, since, answer: Box::pin(async move { backend.ask(context, query, &signed).await }) })
        };
        let mut later = order(&self.healths.load(), now()).into_iter();
        let mut asked: Vec<Asking<'_>> = later.next().and_then(&ask).into_iter().collect();
        let mut failures = Vec::new();
        let mut slow = None;
        let mut hedge = Box::pin(tokio::time::sleep(self.hedge_after.min(context.remaining() / 2)));
        while !asked.is_empty() {
            let others_left = later.len() > 0;
            let event = poll_fn(|task| {
                for (at, asking) in asked.iter_mut().enumerate() {
                    if let Poll::Ready(result) = asking.answer.as_mut().poll(task) {
                        return Poll::Ready(Some((at, result)));
                    }
                }
                if others_left && hedge.as_mut().poll(task).is_ready() {
                    return Poll::Ready(None);
                }
                Poll::Pending
            });
            match event.await {
                // The first one has taken long enough.
                None => {
                    slow = asked.first().map(|asking| asking.number);
                    context.log.write(Level::Debug, || {
                        format!("{} is slow: the other backends are asked as well", self.host(slow))
                    });
                }
                Some((at, Ok(called))) => {
                    let number = asked.swap_remove(at).number;
                    self.learn(number, |health| health.answered(now(), now().since(called.sent_at)));
                    for left in asked.iter().filter(|left| Some(left.number) == slow) {
                        if let Some(since) = left.since.get() {
                            self.learn(left.number, |health| health.was_slow(now(), now().since(*since)));
                        }
                    }
                    return match self.list.get(number) {
                        Some(backend) => Ok((called, backend)),
                        None => break,
                    };
                }
                Some((at, Err(error))) => {
                    let number = asked.swap_remove(at).number;
                    if number == 0 && !moves_on(&error) {
                        return Err(error);
                    }
                    let random = context.platform.random();
                    self.learn(number, |health| health.failed(now(), error.retry_after(), random));
                    context.log.write(Level::Warn, || format!("{} did not answer: {error}", self.host(Some(number))));
                    failures.push((number, error));
                }
            }
            asked.extend(later.by_ref().filter_map(&ask));
        }
        Err(self.together(failures))
    }

    fn learn(&self, number: usize, change: impl Fn(BackendHealth) -> BackendHealth) {
        self.healths.rcu(|before| {
            let mut healths = Vec::clone(before);
            if let Some(health) = healths.get_mut(number) {
                *health = change(*health);
            }
            Arc::new(healths)
        });
    }

    fn host(&self, number: Option<usize>) -> &str {
        number.and_then(|number| self.list.get(number)).map_or("a backend", Backend::host)
    }

    /// One error for all of them.
    fn together(&self, mut failures: Vec<(usize, Error)>) -> Error {
        failures.sort_by_key(|(number, _)| *number);
        // What all share, such as a login identity that cannot be had, is said once.
        let mut said: Vec<(String, String)> = Vec::new();
        for (number, error) in &failures {
            let (host, text) = (self.host(Some(*number)), error.to_string());
            let text = text.strip_prefix(&format!("{host}: ")).map_or_else(|| text.clone(), str::to_owned);
            match said.iter_mut().find(|(_, other)| *other == text) {
                Some((hosts, _)) => hosts.extend([", ", host]),
                None => said.push((host.to_owned(), text)),
            }
        }
        let all: Vec<String> = said.into_iter().map(|(hosts, text)| format!("{hosts}: {text}")).collect();
        let text = format!("none of {} backends answered: {}", self.list.len(), all.join("; "));
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

/// Whether another backend may do better: this one is out of reach, busy or broken, its clock is off, or its own key cannot be
/// had. What a service refuses by a code, a debt included, it refuses everywhere.
fn moves_on(error: &Error) -> bool {
    let passing = matches!(error.class(), Class::Transient | Class::Unknown | Class::Clock);
    error.provider_code().is_none() || passing && error.code() != Code::Refused
}
