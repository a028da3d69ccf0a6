//! One flight per source for any number of concurrent callers: many threads on the real `Source`, with delays drawn from a
//! seed that every failure shows.
//!
//! No model checker: `shuttle` and `loom` see only their own locks, and a protocol written anew over theirs would be
//! proved, not ours (`arc-swap` and tokio's channels, on which it relies, they cannot see either).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may panic")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use evercred_core::blocking::Lanes;
use evercred_core::cache::{Flight, Runner, Settings, Source, fly};
use evercred_core::error::{Code, Error, Result};
use evercred_core::http::{Http, HttpSettings, ProxyChoice};
use evercred_core::log::Sink;
use evercred_core::platform::{BoxFuture, ManualPlatform, Moment, Platform, StdPlatform};
use evercred_core::providers::{Context, Fetched, Material, Notes, Origin, Provider, Windows};
use evercred_core::secret::Secret;

/// Time enough on a busy machine; no test waits that long when it passes.
const LONG: Duration = Duration::from_secs(20);
const ROUNDS: u64 = 60;

/// A thread with a runtime for flights, as the client's engine, but without timers: only callers start flights.
struct Flights {
    queue: mpsc::Sender<Flight>,
    closed: AtomicBool,
}

impl Flights {
    fn start() -> Arc<Flights> {
        let (queue, flights) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let settings = HttpSettings {
                connect_timeout: LONG,
                ca_pem: None,
                tls_verify: true,
                proxy: ProxyChoice::None,
                no_proxy: String::new(),
                user_agent: String::new(),
            };
            let platform: Arc<dyn Platform> = Arc::new(StdPlatform);
            let lanes = Arc::new(Lanes::new(&platform));
            let http = Arc::new(Http::new(settings, platform, lanes));
            for flight in flights {
                runtime.block_on(fly(flight, Arc::clone(&http)));
            }
        });
        Arc::new(Flights { queue, closed: AtomicBool::new(false) })
    }
}

impl Runner for Flights {
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn tls_verified(&self) -> bool {
        true
    }

    fn fly(&self, source: &Arc<Source>) -> Result<()> {
        self.queue.send(Flight::new(source)).map_err(|unsent| {
            unsent.0.cancel();
            Error::new(Code::Internal, "the flights have ended")
        })
    }

    fn watch(&self, _source: &Arc<Source>, _at: Option<Moment>) -> Result<()> {
        Ok(())
    }
}

/// Counts fetches; each takes a while that the seed draws, and brings its number or the error.
struct Counting {
    fetches: Arc<AtomicU64>,
    overlapping: AtomicBool,
    takes: Duration,
    error: Option<Error>,
}

impl Provider for Counting {
    fn fetch<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let number = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
            assert!(!self.overlapping.swap(true, Ordering::SeqCst), "two fetches at once");
            tokio::time::sleep(self.takes).await;
            self.overlapping.store(false, Ordering::SeqCst);
            match &self.error {
                Some(error) => Err(error.clone()),
                None => Ok(Fetched {
                    material: Material::database(Origin::Cloud, "user", Secret::from_text(&number.to_string())),
                    windows: Windows::default(),
                    notes: Notes::default(),
                    unsettled: false,
                    degraded: None,
                }),
            }
        })
    }
}

/// Numbers that follow from a seed (SplitMix64): a failed round can be run again.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A cold source, the count of its fetches, and the delay of each of its threads.
struct Round {
    seed: u64,
    source: Arc<Source>,
    fetches: Arc<AtomicU64>,
    delays: Vec<Duration>,
}

impl Round {
    fn new(seed: u64, flights: &Arc<Flights>, lazy: bool, error: Option<Error>) -> Round {
        let mut random = Seeded(seed);
        let fetches = Arc::new(AtomicU64::new(0));
        let provider = Counting {
            fetches: Arc::clone(&fetches),
            overlapping: AtomicBool::new(false),
            takes: Duration::from_micros(random.below(3000)),
            error,
        };
        let source = Source::new(
            format!("round {seed}"),
            Settings { attempts: 1, lazy, ..Settings::default() },
            Box::new(provider),
            Arc::clone(flights) as Arc<dyn Runner>,
            Arc::new(ManualPlatform::new(1_700_000_000_000)) as Arc<dyn Platform>,
            Sink::default(),
        );
        let threads = 8 + random.below(57);
        // Some in step, some while the fetch is under way, some after it.
        let delays = (0..threads).map(|_| Duration::from_micros(random.below(4) * random.below(1500))).collect();
        Round { seed, source: Arc::new(source), fetches, delays }
    }

    fn fetches(&self) -> u64 {
        self.fetches.load(Ordering::SeqCst)
    }

    /// Does the work in all threads, after a start together and each thread's delay.
    fn in_all_threads<R: Send>(&self, work: impl Fn() -> R + Sync) -> Vec<R> {
        let together = Barrier::new(self.delays.len());
        thread::scope(|scope| {
            let (together, work) = (&together, &work);
            let threads: Vec<_> = self
                .delays
                .iter()
                .map(|delay| {
                    scope.spawn(move || {
                        together.wait();
                        thread::sleep(*delay);
                        work()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }
}

fn rounds(lazy: bool, error: Option<Error>) -> impl Iterator<Item = Round> {
    let flights = Flights::start();
    (0..ROUNDS).map(move |seed| Round::new(seed, &flights, lazy, error.clone()))
}

#[test]
fn a_cold_source_is_fetched_once() {
    for lazy in [false, true] {
        for round in rounds(lazy, None) {
            let values = round.in_all_threads(|| round.source.get(Some(LONG)).unwrap());
            assert_eq!(round.fetches(), 1, "seed {}", round.seed);
            assert!(values.iter().all(|value| Arc::ptr_eq(value, &values[0])), "seed {}", round.seed);
        }
    }
}

#[test]
fn all_callers_get_the_error_of_the_one_flight() {
    let refused = Error::new(Code::Refused, "no").with_request_id(Some("the-only-one".into()));
    let away = Error::new(Code::Throttled, "later").with_request_id(Some("the-only-one".into()));
    // Both are remembered, so that a caller after the landing makes no request either.
    for error in [refused, away.with_retry_after(Some(LONG * 5))] {
        for round in rounds(false, Some(error.clone())) {
            let errors = round.in_all_threads(|| round.source.get(Some(LONG)).err().unwrap());
            assert_eq!(round.fetches(), 1, "seed {}", round.seed);
            for got in errors {
                assert_eq!(
                    (got.code(), got.request_id()),
                    (error.code(), Some("the-only-one")),
                    "seed {}: {got:?}",
                    round.seed
                );
            }
        }
    }
}

#[test]
fn a_value_reported_by_all_is_fetched_once_more() {
    for lazy in [false, true] {
        for round in rounds(lazy, None) {
            let refused = round.source.get(Some(LONG)).unwrap();
            let values = round.in_all_threads(|| {
                round.source.report_rejected(&refused).unwrap();
                round.source.get(Some(LONG)).unwrap()
            });
            assert_eq!(round.fetches(), 2, "seed {}", round.seed);
            for value in values {
                assert!(*value.material() != *refused.material(), "seed {}: the refused one again", round.seed);
            }
            assert_eq!(round.source.status().rejections, 1, "seed {}", round.seed);
        }
    }
}

#[test]
fn refreshes_at_once_join_one_flight() {
    for round in rounds(false, None) {
        let before = round.fetches();
        let results = round.in_all_threads(|| round.source.refresh(Some(LONG)));
        // Those that come after a landing start another flight; the bucket bounds these for any number of threads.
        let made = round.fetches() - before;
        assert!((1..=5).contains(&made), "seed {}: {made} fetches", round.seed);
        for error in results.into_iter().filter_map(Result::err) {
            assert!(error.code() == Code::RateLimited && made == 5, "seed {}: {error:?}", round.seed);
        }
    }
}

#[test]
fn closing_ends_every_wait() {
    for seed in 0..ROUNDS {
        let flights = Flights::start();
        let round = Round::new(seed, &flights, false, None);
        let first = AtomicBool::new(true);
        let results = round.in_all_threads(|| {
            if first.swap(false, Ordering::SeqCst) {
                flights.closed.store(true, Ordering::Release);
                round.source.close();
            }
            round.source.get(Some(LONG)).map_err(|error| error.code())
        });
        assert!(
            results.iter().all(|result| result.is_ok() || *result.as_ref().err().unwrap() == Code::Closed),
            "seed {seed}"
        );
        assert_eq!(round.source.get(Some(LONG)).err().map(|error| error.code()), Some(Code::Closed), "seed {seed}");
        assert!(round.fetches() <= 1, "seed {seed}");
        assert_eq!(round.source.generation_cell().load(Ordering::Acquire), 0, "seed {seed}");
    }
}
