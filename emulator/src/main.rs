//! The emulator as a program, for tests in any language. Its library is `evercred_emulator`.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use evercred_emulator::Emulator;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

mod arguments;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let command = arguments::parse(std::env::args().skip(1));
    let result = match command {
        Ok(Command::Help) => write!(io::stdout(), "{}", arguments::HELP).map_err(|error| error.to_string()),
        Ok(Command::Version) => {
            writeln!(io::stdout(), "evercred-emulator {}", env!("CARGO_PKG_VERSION")).map_err(|error| error.to_string())
        }
        Ok(Command::Run(arguments)) => run(*arguments),
        Err(error) => Err(format!("{error} (see --help)")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nowhere to report that this cannot be written.
            writeln!(io::stderr(), "evercred-emulator: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let (sender, ends) = channel();
    // Before anything is created that a signal would leave behind.
    watch_signals(sender.clone())?;
    let emulator = Emulator::start(arguments.options).map_err(|error| error.to_string())?;
    if let Some(period) = arguments.rotation_period {
        emulator.set_rotation_period(period);
    }
    for (id, key) in &arguments.keys {
        emulator.add_key(id, key);
    }
    for (id, secret) in &arguments.access_keys {
        emulator.add_access_key(id, secret);
    }
    for name in &arguments.secrets {
        // A secret from the state file keeps its value.
        if emulator.secret_data(name).is_none() {
            emulator.add_ram_secret(name);
        }
    }
    for (region, instance, user) in &arguments.accounts {
        emulator.add_account(region, instance, user);
    }
    let regions: BTreeMap<&str, String> =
        arguments.regions.iter().map(|name| (name.as_str(), emulator.region(name).url())).collect();
    let plain = arguments.plain.then(|| format!("http://{}", emulator.plain_host_port()));
    if let Some(error) = emulator.last_error() {
        return Err(error);
    }
    let ready = json!({
        "url": emulator.url(),
        "host_port": emulator.host_port(),
        "ca_path": emulator.ca_path(),
        "control": format!("{}/_emulator", emulator.url()),
        "pid": std::process::id(),
        "regions": regions,
        "plain": plain,
    });
    let mut out = io::stdout();
    writeln!(out, "{ready}").and_then(|()| out.flush()).map_err(|error| format!("writing the first line: {error}"))?;
    if arguments.until_stdin_closes {
        watch_stdin(sender);
    }
    while emulator.is_running() {
        match ends.recv_timeout(Duration::from_millis(50)) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    // Dropping it stops the server, writes the state and removes the CA file.
    drop(emulator);
    Ok(())
}

fn watch_signals(sender: Sender<()>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let guard = runtime.enter();
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    drop(guard);
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        });
        sender.send(()).ok();
    });
    Ok(())
}

fn watch_stdin(sender: Sender<()>) {
    std::thread::spawn(move || {
        let mut buffer = [0u8; 256];
        while matches!(io::stdin().read(&mut buffer), Ok(count) if count > 0) {}
        sender.send(()).ok();
    });
}
