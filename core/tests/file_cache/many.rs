//! Many sources that share one file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::processes::{OtherWriter, process_of_its_own};
use crate::setup::*;
use crate::support::*;
use evercred_core::cache::Source;
use evercred_core::client::Client;
use evercred_core::providers::Origin;

const SOURCES: usize = 300;

fn user(number: usize) -> String {
    format!("user{number}")
}

fn open_all(client: &Client) -> Vec<Arc<Source>> {
    let open = |number| client.open_database(None, REGION, INSTANCE, &user(number)).unwrap();
    (0..SOURCES).map(open).collect()
}

#[test]
fn all_values_of_many_sources_are_kept_and_one_lock_file_stays() {
    let host = Host::new("many");
    (0..SOURCES).for_each(|number| host.world.emulator.add_account(REGION, INSTANCE, &user(number)));
    let file = host.file();
    let options = [("cache_file", file.as_str()), ("cache_secret", KEY)];
    let first = host.world.real_client(&options);
    let sources = open_all(&first);
    for source in &sources {
        source.prefetch().unwrap();
    }
    let passwords: Vec<String> =
        sources.iter().map(|source| password_of(&source.get(Some(3 * LONG)).unwrap())).collect();
    first.close();
    assert!(!host.world.logged("is not used"), "no value is lost");
    let mut names: Vec<_> = std::fs::read_dir(host.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["cache", "cache.lock"]);

    // The next process finds all of them, and asks for none.
    let requests = host.world.requests();
    host.world.emulator.stop();
    let second = host.world.real_client(&options);
    let sources = open_all(&second);
    for (source, password) in sources.iter().zip(passwords) {
        let credential = source.get(Some(3 * LONG)).unwrap();
        assert_eq!((origin_of(&credential), password_of(&credential)), (Origin::FileCache, password));
    }
    assert_eq!(host.world.requests(), requests);
    second.close();
}

#[test]
fn a_get_does_not_wait_for_the_writing_and_a_close_does() {
    let host = Host::new("slow-disk");
    // Another process writes, and takes its time.
    let writing = OtherWriter::start(&host);
    let (client, source) = host.process(&[]);
    assert_eq!(origin_of(&get(&source)), Origin::Cloud);
    assert!(!std::path::Path::new(&host.file()).exists(), "it is not written yet");
    let closing = std::thread::spawn(move || client.close());
    std::thread::sleep(Duration::from_millis(100));
    assert!(!closing.is_finished(), "it waits for the writer");
    drop(writing);
    closing.join().unwrap();
    assert!(host.text().contains("sealed"));
}

#[test]
fn the_wait_of_a_close_for_the_writing_is_bounded() {
    let host = Host::new("hung-disk");
    let _writing = OtherWriter::start(&host);
    let (client, source) = host.process(&[]);
    get(&source);
    // All calls wait together for 2 s.
    let began = Instant::now();
    for _ in 0..10 {
        client.close();
        client.close_and_wait();
    }
    drop((client, source));
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert!(!std::path::Path::new(&host.file()).exists());
}

#[test]
fn a_busy_writer_delays_no_refresh() {
    let host = Host::new("busy-writer");
    let writing = OtherWriter::start(&host);
    let (client, source) = host.process(&[("forced_refresh_burst", "10")]);
    get(&source);
    let began = Instant::now();
    for _ in 0..4 {
        source.refresh(Some(LONG)).unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    // Nor a fetch of another process.
    let began = Instant::now();
    assert!(process_of_its_own(&host, &[]).wait().unwrap().success());
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    drop(writing);
    client.close();
    assert!(host.text().contains("sealed"));
}

#[test]
fn a_problem_of_the_file_is_logged_once_for_all_sources() {
    let host = Host::new("once");
    (0..20).for_each(|number| host.world.emulator.add_account(REGION, INSTANCE, &user(number)));
    std::fs::write(host.file(), "damaged").unwrap();
    let file = host.file();
    let writing = OtherWriter::start(&host);
    let client = host.world.real_client(&[("cache_file", file.as_str()), ("cache_secret", KEY)]);
    let open = |number| client.open_database(None, REGION, INSTANCE, &user(number)).unwrap();
    let sources: Vec<_> = (0..20).map(open).collect();
    for source in &sources {
        get(source);
    }
    assert_eq!(host.world.count_logged("cache_file"), 1);
    drop(writing);
    client.close();
}
