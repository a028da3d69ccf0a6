//! The lanes for work that may block.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use evercred_core::blocking::Lanes;
use evercred_core::error::Code;
use evercred_core::platform::{Platform, StdPlatform};
use tokio::task::JoinSet;

use crate::support::{LONG, eventually};

const SHORT: Duration = Duration::from_millis(50);

fn lanes() -> Arc<Lanes> {
    let platform: Arc<dyn Platform> = Arc::new(StdPlatform);
    Arc::new(Lanes::new(&platform))
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Jobs that hang until the sender is dropped. Each has a caller that leaves when all of them run.
async fn hang(lanes: &Arc<Lanes>, keys: usize) -> Sender<()> {
    let (release, hang) = channel::<()>();
    let hang = Arc::new(Mutex::new(hang));
    let running = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for key in 0..keys {
        let (lanes, hang, running) = (Arc::clone(lanes), Arc::clone(&hang), Arc::clone(&running));
        let job = move || {
            running.fetch_add(1, Ordering::SeqCst);
            Ok(hang.lock().unwrap().recv().is_ok())
        };
        callers.spawn(async move { lanes.files.run(&format!("hangs {key}"), LONG, job).await });
    }
    let began = Instant::now();
    while running.load(Ordering::SeqCst) < keys {
        assert!(began.elapsed() < LONG, "{} of {keys} jobs run", running.load(Ordering::SeqCst));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    release
}

#[test]
fn jobs_that_hang_delay_nobody_else() {
    let lanes = lanes();
    block_on(async {
        // More than the lane usually has threads.
        let release = hang(&lanes, 12).await;
        assert_eq!(lanes.files.run("another file", LONG, || Ok(7)).await.unwrap(), 7);
        assert_eq!(lanes.names.run("a name", LONG, || Ok(8)).await.unwrap(), 8);
        eventually("what hangs is counted", || lanes.left_behind() == 12);
        drop(release);
        eventually("they end", || lanes.left_behind() == 0);
    });
}

#[test]
fn a_job_is_bounded_from_the_moment_when_it_is_asked_for() {
    let lanes = lanes();
    block_on(async {
        // The lane has no thread left.
        let release = hang(&lanes, 64).await;
        let started = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&started);
        let asked = Instant::now();
        let job = move || Ok(counted.fetch_add(1, Ordering::SeqCst));
        let error = lanes.files.run("waits", SHORT, job).await.unwrap_err();
        assert_eq!(error.code(), Code::Timeout);
        assert!(asked.elapsed() < LONG);
        // Nobody waits for it any more, so it does not start.
        drop(release);
        assert_eq!(lanes.files.run("waits", LONG, || Ok(1)).await.unwrap(), 1);
        assert_eq!(started.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn jobs_of_one_key_take_one_thread() {
    let lanes = lanes();
    let running = Arc::new(AtomicUsize::new(0));
    block_on(async {
        let (release, hang) = channel::<()>();
        let hang = Arc::new(Mutex::new(hang));
        for _ in 0..10 {
            let (hang, running) = (Arc::clone(&hang), Arc::clone(&running));
            let job = move || {
                running.fetch_add(1, Ordering::SeqCst);
                Ok(hang.lock().unwrap().recv().is_ok())
            };
            assert_eq!(lanes.files.run("one file", SHORT, job).await.unwrap_err().code(), Code::Timeout);
        }
        assert_eq!(running.load(Ordering::SeqCst), 1);
        drop(release);
        // When the file answers again, it is read again.
        assert_eq!(lanes.files.run("one file", LONG, || Ok(7)).await.unwrap(), 7);
    });
}

#[test]
fn callers_share_a_job_that_has_not_started() {
    let lanes = lanes();
    let runs = Arc::new(AtomicUsize::new(0));
    block_on(async {
        let (release, hang) = channel::<()>();
        let hang = Mutex::new(hang);
        let first = lanes.names.share("a name", SHORT, move || Ok(hang.lock().unwrap().recv().is_ok()));
        assert_eq!(first.await.unwrap_err().code(), Code::Timeout);
        let ask = || {
            let runs = Arc::clone(&runs);
            lanes.names.share("a name", LONG, move || Ok(runs.fetch_add(1, Ordering::SeqCst)))
        };
        let released = async { drop(release) };
        let (second, third, ()) = tokio::join!(ask(), ask(), released);
        assert_eq!((second.unwrap(), third.unwrap()), (0, 0));
    });
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[test]
fn a_panic_is_an_error() {
    let lanes = lanes();
    let work = || if LONG.is_zero() { Ok(1) } else { panic!("a defect") };
    assert_eq!(block_on(lanes.files.run("panics", LONG, work)).unwrap_err().code(), Code::Internal);
}

#[test]
fn a_job_that_nobody_waits_for_runs_also_while_all_threads_hang() {
    let lanes = lanes();
    block_on(async {
        // As many as the lane usually has threads.
        let release = hang(&lanes, 4).await;
        let (done, is_done) = channel();
        lanes.files.run_later("later", move || done.send(()).unwrap());
        is_done.recv_timeout(LONG).unwrap();
        drop(release);
    });
}

#[test]
fn what_an_abandoned_job_holds_may_ask_for_another_job() {
    /// Runs a job when it is dropped.
    struct OnDrop(Arc<Lanes>, Sender<()>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            let done = self.1.clone();
            self.0.files.run_later("later", move || done.send(()).unwrap());
        }
    }
    let lanes = lanes();
    let (done, is_done) = channel();
    block_on(async {
        let release = hang(&lanes, 1).await;
        let on_drop = OnDrop(Arc::clone(&lanes), done);
        let job = move || {
            drop(on_drop);
            Ok(())
        };
        assert_eq!(lanes.files.run("hangs 0", SHORT, job).await.unwrap_err().code(), Code::Timeout);
        // The next one of the file finds that nobody waits for it.
        assert_eq!(lanes.files.run("hangs 0", SHORT, || Ok(())).await.unwrap_err().code(), Code::Timeout);
        is_done.recv_timeout(LONG).unwrap();
        drop(release);
    });
}
