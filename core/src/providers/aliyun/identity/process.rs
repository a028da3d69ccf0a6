//! The identity `process`: keys that a program prints, as `process_command` of the vendor's command line (mode `External`).
//!
//! Facts: the external providers of the official SDKs. The program prints a JSON object with `mode` (`AK` or `StsToken`),
//! `access_key_id`, `access_key_secret`, `sts_token` and `expiration`, which is optional in both modes.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::unix::pipe::Receiver;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::command_line;
use super::local::AccessKey;
use crate::error::{Class, Code, Error, Result, is_exhaustion};
use crate::platform::BoxFuture;
use crate::providers::json::{Document, take_secret, take_text};
use crate::providers::{Clock, Context, Fetched, Origin, Provider, ServerTime, unusable};
use crate::sign::utc;
use crate::slow_wait::SlowWait;

/// The size limit of the program's output, in bytes.
const LARGEST_OUTPUT: usize = 64 * 1024;
/// How often the exit of a program that has closed its output is checked.
const EXIT_POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Runs a program without a shell. It has an empty standard input, its error output is discarded, and it inherits the
/// environment of the host program's process. It is killed if it takes too long or the fetch is cancelled; its own child
/// processes are not.
pub struct Process {
    /// The program and its arguments; see [`command_line::split`].
    pub command: String,
    /// The time limit.
    pub timeout: Duration,
    /// The cloud's clock, which the expiration refers to.
    pub clock: Arc<Clock>,
}

fn failed(text: String) -> Error {
    // The program may need the network: a later try may succeed.
    Error::new(Code::NoIdentity, text).with_class(Class::Unknown)
}

/// A running program. Dropping it kills and reaps the program.
struct Running(Option<Child>);

impl Running {
    /// The exit status once the program has ended. The inner `None`: the host program collects all children, so the status is
    /// not known.
    fn exit_status(&mut self) -> Option<Option<ExitStatus>> {
        let ended = match self.0.as_mut().map(Child::try_wait) {
            Some(Ok(None)) => return None,
            Some(Ok(status)) => status,
            Some(Err(_)) | None => None,
        };
        // The system may reuse the process id: the program must not be killed from now on.
        self.0 = None;
        Some(ended)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else { return };
        let _ended = child.kill().is_err();
        // A killed program usually ends at once, but may hang in a system call. The library's thread must not wait for it.
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        let reaper = std::thread::Builder::new().name("evercred-reaper".into()).spawn(move || {
            let _status = child.wait().is_ok();
        });
        let _left_to_the_system = reaper.is_err();
    }
}

impl Process {
    async fn start(&self, context: &Context) -> Result<(Running, OwnedFd)> {
        let arguments = command_line::split(&self.command)
            .map_err(|problem| Error::new(Code::NoIdentity, format!("the command cannot be run: {problem}")))?;
        let platform = Arc::clone(&context.platform);
        let start = move || {
            let (program, arguments) =
                arguments.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
            platform.prepare_child(&mut command);
            let mut child = command.spawn().map_err(|error| {
                // EAGAIN: no further process is allowed.
                if is_exhaustion(&error) || error.kind() == ErrorKind::WouldBlock {
                    return Error::of_system(Code::Resources, &format!("{program}: it cannot be started"), &error);
                }
                unusable(format!("{program}: the program cannot be started ({error}); check aliyun_process_command"))
            })?;
            let output = child.stdout.take();
            let running = Running(Some(child));
            let output =
                output.ok_or_else(|| Error::new(Code::Internal, "a program was started without its output"))?;
            Ok((running, OwnedFd::from(output)))
        };
        context.start_program(start).await
    }

    async fn output(&self, context: &Context) -> Result<Zeroizing<Vec<u8>>> {
        let (mut running, output) = self.start(context).await?;
        let unreadable = |error: std::io::Error| failed(format!("the program's output cannot be read ({error})"));
        let output = Receiver::from_owned_fd(output).map_err(unreadable)?;
        let slow = SlowWait::begin();
        // Allocated once: growing would leave a copy that is not wiped.
        let mut text = Zeroizing::new(Vec::with_capacity(LARGEST_OUTPUT + 1));
        let mut chunk = Zeroizing::new(vec![0; 4096]);
        loop {
            output.readable().await.map_err(unreadable)?;
            let read = match output.try_read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => continue,
                Err(error) => return Err(unreadable(error)),
            };
            if text.len() + read > LARGEST_OUTPUT {
                return Err(failed(format!("the program printed more than {LARGEST_OUTPUT} bytes")));
            }
            text.extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
        let status = loop {
            match running.exit_status() {
                Some(status) => break status,
                None => sleep(EXIT_POLL_INTERVAL).await,
            }
        };
        slow.end().await;
        match status {
            Some(status) if !status.success() => {
                Err(failed(format!("the program failed ({status}); its output is not shown, run it by hand")))
            }
            _ => Ok(text),
        }
    }
}

impl Provider for Process {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let sent_at = context.platform.now();
            let text = timeout(self.timeout, self.output(context)).await.map_err(|_| {
                let limit = self.timeout.as_millis();
                failed(format!("the program did not end within {limit} ms (aliyun_process_timeout_ms) and was killed"))
            })??;
            let (key, expires_s) = parse(&text)?;
            let explanation = String::from("process: used");
            let expires_ms = expires_s.map(|seconds| seconds.saturating_mul(1000));
            let now = ServerTime::ours(self.clock.cloud_ms(&*context.platform));
            Fetched::temporary(context, key.material(), explanation, sent_at, now, expires_ms)
        })
    }
}

/// The key in the output, and its expiration in seconds since 1970. Errors do not quote the output.
fn parse(output: &[u8]) -> Result<(AccessKey, Option<i64>)> {
    let wrong = |problem: &str| failed(format!("the program's output is not understood: {problem}"));
    let mut document = Document::read(output).ok_or_else(|| wrong("it is not JSON"))?;
    let fields = document.fields_mut().ok_or_else(|| wrong("it is not a JSON object"))?;
    let mode = take_text(fields, "mode");
    let id = take_text(fields, "access_key_id").ok_or_else(|| wrong("it has no access_key_id"))?;
    let secret = take_secret(fields, "access_key_secret").ok_or_else(|| wrong("it has no access_key_secret"))?;
    let token = take_secret(fields, "sts_token");
    match mode.as_deref() {
        None | Some("AK") => {}
        Some("StsToken") if token.is_none() => return Err(wrong("it has no sts_token, and its mode is StsToken")),
        Some("StsToken") => {}
        Some(_) => return Err(wrong("its mode is neither AK nor StsToken")),
    }
    let expires_s = match take_text(fields, "expiration") {
        None => None,
        Some(text) => {
            let moment =
                utc::parse_iso(&text).ok_or_else(|| wrong("its expiration is not like 2026-01-02T03:04:05Z"))?;
            Some(moment)
        }
    };
    let key = AccessKey { origin: Origin::Process, id, secret, token };
    Ok((key.checked("the program's output").map_err(|error| error.with_class(Class::Unknown))?, expires_s))
}

#[cfg(test)]
mod tests {
    use super::parse;

    const KEY: &str = r#""access_key_id":"LTAIx","access_key_secret":"s3cr3t""#;

    #[test]
    fn keys() {
        let (key, end) = parse(format!("{{{KEY}}}").as_bytes()).unwrap();
        assert_eq!((key.id.as_str(), key.secret.expose(), end), ("LTAIx", "s3cr3t", None));
        assert!(key.token.is_none());
        let text =
            format!(r#"{{"mode":"StsToken",{KEY},"sts_token":"t","expiration":"2024-01-02T03:04:05Z","x":[1]}}"#);
        let (key, end) = parse(text.as_bytes()).unwrap();
        assert_eq!((key.token.unwrap().expose(), end), ("t", Some(1_704_164_645)));
    }

    #[test]
    fn what_is_none_is_not_quoted() {
        for wrong in [
            String::from("s3cr3t"),
            String::from(r#"["s3cr3t"]"#),
            String::from(r#"{"access_key_id":"LTAIx"}"#),
            String::from(r#"{"access_key_secret":"s3cr3t"}"#),
            format!(r#"{{"mode":"StsToken",{KEY}}}"#),
            format!(r#"{{"mode":"s3cr3t",{KEY}}}"#),
            format!(r#"{{{KEY},"expiration":"s3cr3t"}}"#),
            String::from(r#"{"access_key_id":"a\nb","access_key_secret":"s3cr3t"}"#),
        ] {
            let error = parse(wrong.as_bytes()).map(|(key, _)| key.id).unwrap_err();
            assert!(!error.to_string().contains("s3cr3t"), "{error}");
        }
    }
}
