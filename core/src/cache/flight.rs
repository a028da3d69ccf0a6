//! A flight: one refresh with its retries. See the module `cache` for the term.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cache::backoff::full_jitter;
use crate::cache::source::Source;
use crate::error::{Class, Code, Error, Progress, Result};
use crate::http::Http;
use crate::log::{Level, Sink};
use crate::providers::{Context, Fetched, Provider};

/// The time for a fallback value if the fetch has used up the whole time of its flight.
const FALL_BACK_TIMEOUT: Duration = Duration::from_secs(1);
/// Waits between the attempts of one flight, while the source has no usable value.
const PAUSE_INITIAL: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// A refresh in progress: one fetch with its retries. A source has at most one at a time; all callers that need a value
/// wait for it. It *lands* when it ends, with a value or an error. It always lands, also when it is
/// dropped or panics: otherwise its waiters would wait forever.
pub struct Flight(Option<Arc<Source>>);

impl Flight {
    /// A flight of this source. The source counts it as started already.
    pub fn new(source: &Arc<Source>) -> Flight {
        Flight(Some(Arc::clone(source)))
    }

    /// Drops the flight without landing it: the caller reports the failed start itself.
    pub fn cancel(mut self) {
        self.0 = None;
    }

    /// Identifies the source while it exists.
    pub fn key(&self) -> usize {
        self.0.as_ref().map_or(0, Flight::key_of)
    }

    /// The key of this source's flights.
    pub fn key_of(source: &Arc<Source>) -> usize {
        Arc::as_ptr(source) as usize
    }

    /// Whether the source is a login identity, which other sources need.
    pub fn is_of_identity(&self) -> bool {
        self.0.as_ref().is_some_and(|source| source.settings().identity)
    }

    /// The name and the log of its source.
    pub fn name_and_log(&self) -> (String, Sink) {
        self.0.as_ref().map(|source| (source.name().to_owned(), source.log().clone())).unwrap_or_default()
    }

    fn land(mut self, result: Result<Fetched>) {
        if let Some(source) = self.0.take() {
            source.land(result);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(source) = self.0.take() {
            source.land(Err(if std::thread::panicking() {
                Error::new(Code::Internal, "a fetch failed because of a defect in evercred; please report it")
            } else {
                Error::new(Code::Closed, "the client is closed")
            }));
        }
    }
}

/// Fetches a source's value and lands the result. Ends early if the source ends.
pub async fn fly(flight: Flight, http: Arc<Http>) {
    let Some(source) = flight.0.clone() else { return };
    let closed = || Error::new(Code::Closed, "the source is closed");
    let result = match source.until_end().zip(source.provider()) {
        Some((end, provider)) => tokio::select! {
            result = attempts(&source, &**provider, http) => result,
            Ok(()) = end => Err(closed()),
        },
        None => Err(closed()),
    };
    flight.land(result);
}

async fn attempts(source: &Source, provider: &dyn Provider, http: Arc<Http>) -> Result<Fetched> {
    let deadline = Instant::now() + source.settings().total_timeout;
    let attempts = if source.has_usable() { 1 } else { source.settings().attempts.max(1) };
    let mut attempt = 1;
    loop {
        let (has_usable, rejected, forced) = source.fetch_state();
        let context = Context {
            platform: Arc::clone(source.platform()),
            http: source.transport(&http),
            log: source.log().clone(),
            deadline,
            has_usable,
            rejected,
            forced,
        };
        let error = match fetch_once(source, provider, &context).await {
            Ok(fetched) => return Ok(fetched),
            Err(error) => error,
        };
        let pause = full_jitter(PAUSE_INITIAL, PAUSE_MAX, attempt, source.platform().random());
        let pause = error.retry_after().map_or(pause, |asked| pause.max(asked));
        if error.class() != Class::Transient || attempt >= attempts || pause >= context.remaining().min(PAUSE_MAX * 2) {
            return fall_back(provider, &context, error).await;
        }
        source.log().write(Level::Warn, || format!("{}: attempt {attempt} failed: {error}", source.name()));
        attempt += 1;
        tokio::time::sleep(pause).await;
    }
}

async fn fetch_once(source: &Source, provider: &dyn Provider, context: &Context) -> Result<Fetched> {
    source.count_fetch();
    match tokio::time::timeout(context.remaining(), provider.fetch(context)).await {
        Ok(Ok(fetched)) if !fetched.unsettled && is_expired(context, &fetched) => Err(Error::new(
            Code::Malformed,
            "the value was expired when it arrived; check the network and this machine's clock",
        )),
        Ok(result) => result,
        Err(_) => Err(Error::new(
            Code::Timeout,
            format!(
                "no answer within {} ms; increase the option total_timeout_ms, or check the network",
                source.settings().total_timeout.as_millis()
            ),
        )
        .with_progress(Progress::PerhapsSent)),
    }
}

/// The fallback value, or `error`. Files may hang, so it is bounded too: it may take the rest of the flight's time, or a
/// second if less is left. So a flight can run for a second past its deadline. A fallback with the value that was rejected is
/// none.
async fn fall_back(provider: &dyn Provider, context: &Context, error: Error) -> Result<Fetched> {
    let limit = context.remaining().max(FALL_BACK_TIMEOUT);
    match tokio::time::timeout(limit, provider.fall_back(context, error.clone())).await {
        Ok(Ok(fetched)) if context.rejected.as_ref().is_some_and(|it| it.same_as(&fetched.material)) => Err(error),
        Ok(result) => result,
        Err(_) => Err(error),
    }
}

fn is_expired(context: &Context, fetched: &Fetched) -> bool {
    fetched.windows.ends_at.is_some_and(|end| end <= context.platform.now())
}
