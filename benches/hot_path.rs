//! Compares the hot path of the built shared library with an `Arc` clone and drop, in one run; prints a line per figure.
//!
//! The candidates alternate in short rounds, and the result is the median of the rounds' ratios, because machines are
//! shared and noisy. `EVERCRED_LIB_DIR` is the folder of the library; `EVERCRED_EMPTY_LIBRARY` is a shared object with a
//! function that does nothing: what any call into a library costs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark fails by stopping")]
#![allow(clippy::print_stdout, clippy::indexing_slicing, reason = "it prints its figures")]

use std::ffi::{CString, c_char, c_void};
use std::hint::black_box;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use evercred_emulator::Emulator;

const ITERATIONS: u32 = 100_000;
const ROUNDS: usize = 51;

type Handle = *mut c_void;

/// The measured functions and what they need.
#[derive(Clone, Copy)]
struct Library {
    get: unsafe extern "C" fn(Handle, i64, *mut Handle) -> Handle,
    free: unsafe extern "C" fn(Handle),
    is_current: unsafe extern "C" fn(Handle) -> bool,
    source: Handle,
    credential: Handle,
    generation: *const AtomicU64,
    number: u64,
    empty: unsafe extern "C" fn(Handle),
}

// SAFETY: sources and credentials may be used by any thread.
unsafe impl Send for Library {}
// SAFETY: as above.
unsafe impl Sync for Library {}

fn symbol<F: Copy>(library: Handle, name: &str) -> F {
    let name = CString::new(name).unwrap();
    // SAFETY: the library is open; a function pointer is as large as a data pointer here.
    unsafe {
        let found = libc::dlsym(library, name.as_ptr());
        assert!(!found.is_null(), "{name:?} is not in the library");
        std::mem::transmute_copy::<*mut c_void, F>(&found)
    }
}

fn open(emulator: &Emulator) -> Library {
    let folder = std::env::var("EVERCRED_LIB_DIR").expect("EVERCRED_LIB_DIR names the folder of libevercred.so");
    let path = CString::new(format!("{folder}/libevercred.so")).unwrap();
    // SAFETY: plain calls of the documented contract, with live pointers.
    unsafe {
        let library = libc::dlopen(path.as_ptr(), libc::RTLD_NOW);
        assert!(!library.is_null(), "{path:?} cannot be loaded");
        let path = std::env::var("EVERCRED_EMPTY_LIBRARY").expect("EVERCRED_EMPTY_LIBRARY names a shared object");
        let path = CString::new(path).unwrap();
        let empty = libc::dlopen(path.as_ptr(), libc::RTLD_NOW);
        assert!(!empty.is_null(), "{path:?} cannot be loaded");
        let config_new: unsafe extern "C" fn(*mut Handle) -> Handle = symbol(library, "evercred_config_new");
        let set: unsafe extern "C" fn(Handle, *const c_char, *const c_char) -> Handle =
            symbol(library, "evercred_config_set");
        let client_new: unsafe extern "C" fn(Handle, *mut Handle) -> Handle = symbol(library, "evercred_client_new");
        let open: unsafe extern "C" fn(Handle, *const c_char, *const c_char, *const c_char, *mut Handle) -> Handle =
            symbol(library, "evercred_source_open_database");
        let address: unsafe extern "C" fn(Handle) -> *const AtomicU64 =
            symbol(library, "evercred_source_generation_address");
        let number: unsafe extern "C" fn(Handle) -> u64 = symbol(library, "evercred_credential_generation");
        let get: unsafe extern "C" fn(Handle, i64, *mut Handle) -> Handle = symbol(library, "evercred_source_get");

        let (mut config, mut client, mut source, mut credential) = (null_mut(), null_mut(), null_mut(), null_mut());
        assert!(config_new(&mut config).is_null());
        let endpoint = emulator.host_port();
        for (key, value) in [
            ("tencent_secret_id", "AKIDbench"),
            ("tencent_secret_key", "bench-key"),
            ("tencent_endpoint", &endpoint),
            ("tencent_scheme", "http"),
            ("proxy", "none"),
        ] {
            let (key, value) = (CString::new(key).unwrap(), CString::new(value).unwrap());
            assert!(set(config, key.as_ptr(), value.as_ptr()).is_null());
        }
        assert!(client_new(config, &mut client).is_null());
        let opened = open(client, c"ap-guangzhou".as_ptr(), c"cdb-1".as_ptr(), c"app".as_ptr(), &mut source);
        assert!(opened.is_null());
        assert!(get(source, 20_000, &mut credential).is_null());
        Library {
            get,
            free: symbol(library, "evercred_credential_free"),
            is_current: symbol(library, "evercred_credential_is_current"),
            source,
            credential,
            generation: address(source),
            number: number(credential),
            empty: symbol(empty, "empty_call"),
        }
    }
}

/// The time that this thread has run: other programs on the machine do not count, waiting for a cache line does.
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) }, 0);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// Nanoseconds per call, over the calls of all threads.
fn measure(threads: usize, body: impl Fn() + Sync) -> f64 {
    let barrier = Barrier::new(threads);
    let times: Vec<Duration> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let start = thread_time();
                    for _ in 0..ITERATIONS {
                        body();
                    }
                    thread_time() - start
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let longest = times.into_iter().max().unwrap();
    longest.as_nanos() as f64 / (f64::from(ITERATIONS) * threads as f64)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let emulator = Emulator::http().unwrap();
    emulator.add_key("AKIDbench", "bench-key");
    emulator.add_account("ap-guangzhou", "cdb-1", "app");
    let library = open(&emulator);
    let shared = Arc::new([0_u8; 128]);

    let pair = || drop(black_box(Arc::clone(black_box(&shared))));
    let library = &library;
    let get = || {
        let mut credential = null_mut();
        // SAFETY: the source is live; the credential is freed once.
        unsafe {
            assert!((library.get)(library.source, 0, &mut credential).is_null());
            (library.free)(black_box(credential));
        }
    };
    // SAFETY: the credential is live.
    let is_current = || assert!(black_box(unsafe { (library.is_current)(library.credential) }));
    let generation = || {
        // SAFETY: the address is valid while the source lives.
        black_box(unsafe { &*library.generation }.load(Ordering::Acquire));
    };
    // What the header's inline function does.
    // SAFETY: as above.
    let inline = || assert!(unsafe { &*library.generation }.load(Ordering::Acquire) == black_box(library.number));
    // SAFETY: the function does nothing.
    let empty_call = || unsafe { (black_box(library.empty))(black_box(library.source)) };
    // The least of a `get` and a `free` that count references: two calls and an atomic addition and subtraction.
    let counter = AtomicU64::new(1);
    let least = || {
        empty_call();
        black_box(&counter).fetch_add(1, Ordering::Relaxed);
        empty_call();
        black_box(&counter).fetch_sub(1, Ordering::Release);
    };

    let mut rounds: Vec<[f64; 11]> = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push([
            measure(1, pair),
            measure(1, get),
            measure(1, is_current),
            measure(1, generation),
            measure(2, pair),
            measure(2, get),
            measure(2, is_current),
            measure(2, generation),
            measure(1, empty_call),
            measure(1, least),
            measure(1, inline),
        ]);
    }
    let of = |read: &dyn Fn(&[f64; 11]) -> f64| median(rounds.iter().map(read).collect());
    println!("arc_pair_1t_ns: {:.2}", of(&|round| round[0]));
    println!("arc_pair_2t_ns: {:.2}", of(&|round| round[4]));
    println!("get_1t_ns: {:.2}", of(&|round| round[1]));
    println!("get_2t_ns: {:.2}", of(&|round| round[5]));
    println!("is_current_1t_ns: {:.2}", of(&|round| round[2]));
    println!("generation_read_1t_ns: {:.2}", of(&|round| round[3]));
    println!("inline_current_ns: {:.2}", of(&|round| round[10]));
    println!("empty_call_ns: {:.2}", of(&|round| round[8]));
    println!("two_empty_calls_and_an_atomic_pair_ns: {:.2}", of(&|round| round[9]));
    println!("is_current_over_empty_call: {:.2}", of(&|round| round[2] / round[8]));
    println!("get_over_two_empty_calls_and_an_atomic_pair: {:.2}", of(&|round| round[1] / round[9]));
    println!("get_over_arc_pair_1t: {:.2}", of(&|round| round[1] / round[0]));
    println!("get_over_arc_pair_2t: {:.2}", of(&|round| round[5] / round[4]));
    println!("is_current_over_arc_pair_1t: {:.3}", of(&|round| round[2] / round[0]));
    println!("is_current_over_arc_pair_2t: {:.3}", of(&|round| round[6] / round[4]));
    println!("is_current_scaling_2t: {:.2}", of(&|round| round[2] / round[6]));
    println!("generation_read_scaling_2t: {:.2}", of(&|round| round[3] / round[7]));
}
