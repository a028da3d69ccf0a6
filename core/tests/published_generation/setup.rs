//! A source whose answers, timer and clock the test sets.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use evercred_core::blocking::Lanes;
use evercred_core::cache::{Credential, Event, EventKind, Flight, Runner, Settings, Source, fly};
use evercred_core::error::{Code, Error, Result};
use evercred_core::http::{Http, HttpSettings, ProxyChoice};
use evercred_core::log::Sink;
use evercred_core::platform::{BoxFuture, ManualPlatform, Moment, Platform, StdPlatform};
use evercred_core::providers::{Context, Fetched, Material, Notes, Origin, Provider, Windows};
use evercred_core::secret::Secret;

/// Time enough on a busy machine; no test waits that long when it passes.
pub const LONG: Duration = Duration::from_secs(20);
pub const HOUR: u64 = 3_600_000;

/// A thread for flights, and a timer that a test can break. It never ticks: tests do.
pub struct Flights {
    pub queue: mpsc::Sender<Flight>,
    pub closed: AtomicBool,
    pub cannot_watch: AtomicBool,
    pub cannot_fly: AtomicBool,
    /// When the source wants its next tick.
    pub next_tick: Mutex<Option<Moment>>,
    /// The kinds of the events so far.
    pub events: Mutex<Vec<EventKind>>,
}

impl Runner for Flights {
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn tls_verified(&self) -> bool {
        true
    }

    fn fly(&self, source: &Arc<Source>) -> Result<()> {
        if self.cannot_fly.load(Ordering::Acquire) {
            return Err(Error::new(Code::Resources, "no thread"));
        }
        self.queue.send(Flight::new(source)).map_err(|unsent| {
            unsent.0.cancel();
            Error::new(Code::Internal, "the flights have ended")
        })
    }

    fn watch(&self, _source: &Arc<Source>, at: Option<Moment>) -> Result<()> {
        *self.next_tick.lock().unwrap() = at;
        if self.cannot_watch.load(Ordering::Acquire) { Err(Error::new(Code::Internal, "no thread")) } else { Ok(()) }
    }

    fn has_subscribers(&self) -> bool {
        true
    }

    fn emit(&self, event: Event) {
        self.events.lock().unwrap().push(event.kind);
    }
}

/// What the next fetches bring: a password with its renewal and its end, in milliseconds from now.
#[derive(Clone)]
pub enum Answer {
    Value(&'static str, Option<u64>, Option<u64>, Option<u64>),
    Fails(Code),
    /// Nothing until there is another answer.
    Hangs,
}

pub struct Answering {
    pub answer: Arc<Mutex<Answer>>,
    pub origin: Arc<Mutex<Origin>>,
    pub fetches: Arc<AtomicU64>,
    pub forced: Arc<AtomicU64>,
    pub dropped: Arc<AtomicBool>,
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::SeqCst);
    }
}

impl Provider for Answering {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            self.fetches.fetch_add(1, Ordering::SeqCst);
            self.forced.fetch_add(u64::from(context.forced), Ordering::SeqCst);
            let (password, windows) = loop {
                let answer = self.answer.lock().unwrap().clone();
                match answer {
                    Answer::Value(password, renew, mandatory, end) => break (password, [renew, mandatory, end]),
                    Answer::Fails(code) => return Err(Error::new(code, "no")),
                    Answer::Hangs => tokio::time::sleep(Duration::from_millis(1)).await,
                }
            };
            let now = context.platform.now();
            let [renew_at, mandatory_at, ends_at] = windows.map(|at| at.map(|ms| now.after(Duration::from_millis(ms))));
            let origin = *self.origin.lock().unwrap();
            Ok(Fetched {
                material: Material::database(origin, "user", Secret::from_text(password)),
                windows: Windows { renew_at, mandatory_at, ends_at },
                notes: Notes::default(),
                unsettled: false,
                degraded: None,
            })
        })
    }
}

pub struct World {
    pub platform: Arc<ManualPlatform>,
    pub runner: Arc<Flights>,
    pub source: Arc<Source>,
    pub answer: Arc<Mutex<Answer>>,
    pub origin: Arc<Mutex<Origin>>,
    pub fetches: Arc<AtomicU64>,
    pub forced: Arc<AtomicU64>,
    pub provider_dropped: Arc<AtomicBool>,
}

impl World {
    pub fn new(settings: Settings, answer: Answer) -> World {
        let (queue, flights) = mpsc::channel::<Flight>();
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
        let no = || AtomicBool::new(false);
        let runner = Arc::new(Flights {
            queue,
            closed: no(),
            cannot_watch: no(),
            cannot_fly: no(),
            next_tick: Mutex::default(),
            events: Mutex::default(),
        });
        let platform = Arc::new(ManualPlatform::new(1_700_000_000_000));
        let answer = Arc::new(Mutex::new(answer));
        let origin = Arc::new(Mutex::new(Origin::Cloud));
        let (fetches, forced, provider_dropped) = (Arc::default(), Arc::default(), Arc::default());
        let provider = Answering {
            answer: Arc::clone(&answer),
            origin: Arc::clone(&origin),
            fetches: Arc::clone(&fetches),
            forced: Arc::clone(&forced),
            dropped: Arc::clone(&provider_dropped),
        };
        let source = Arc::new(Source::new(
            "source".into(),
            Settings { attempts: 1, ..settings },
            Box::new(provider),
            Arc::clone(&runner) as Arc<dyn Runner>,
            Arc::clone(&platform) as Arc<dyn Platform>,
            Sink::default(),
        ));
        World { platform, runner, source, answer, origin, fetches, forced, provider_dropped }
    }

    pub fn good() -> World {
        World::new(Settings::default(), Answer::Value("a", Some(HOUR), None, Some(2 * HOUR)))
    }

    pub fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// How often there was an event of this kind.
    pub fn events(&self, kind: EventKind) -> usize {
        self.runner.events.lock().unwrap().iter().filter(|one| **one == kind).count()
    }

    pub fn get(&self) -> Arc<Credential> {
        self.source.get(Some(LONG)).unwrap()
    }

    pub fn refresh(&self) -> Arc<Credential> {
        self.source.refresh(Some(LONG)).unwrap()
    }

    pub fn published(&self) -> u64 {
        self.source.generation_cell().load(Ordering::Acquire)
    }

    pub fn fetches(&self) -> u64 {
        self.fetches.load(Ordering::SeqCst)
    }
}

pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LONG, "never: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
