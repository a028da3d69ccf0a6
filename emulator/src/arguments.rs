//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use evercred_emulator::Options;

pub(crate) const HELP: &str = "\
evercred-emulator: emulates Tencent Cloud (CAM, STS, CVM metadata) and Alibaba Cloud (KMS, STS, ECS metadata,
dedicated KMS, OSS) on loopback ports.

  --listen ADDRESS:PORT       listen address, loopback only (default 127.0.0.1:0, a free port)
  --tls                       serve TLS with a certificate of a temporary CA
  --state FILE                load the state from FILE if it exists, and save it there
  --mysql URL                 rotate accounts of a real database server: mysql://root:pw@127.0.0.1:3306,
                              or mysql://root:pw@localhost?socket=PATH
  --key ID:KEY                accept a Tencent Cloud key pair (repeatable)
  --access-key ID:SECRET      accept an Alibaba Cloud AccessKey (repeatable)
  --secret NAME               add a KMS secret with a RAM user's AccessKey (repeatable)
  --region NAME               open a port for a region of Alibaba Cloud (repeatable)
  --plain                     also open a port without TLS, for the metadata services
  --account REGION/INSTANCE/USER
                              add a Tencent Cloud database account (repeatable)
  --rotation-period-ms N      time between rotations of accounts (default one day)
  --lifetime-s N              stop after N seconds (default 3600)
  --max-requests N            stop after N requests (default 1000000)
  --until-stdin-closes        stop when standard input is closed
  --help, --version

When ready, it prints one line of JSON: url, host_port, ca_path, control, pid, regions, plain.
";

pub(crate) enum Command {
    Help,
    Version,
    Run(Box<Arguments>),
}

#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) options: Options,
    pub(crate) keys: Vec<(String, String)>,
    pub(crate) accounts: Vec<(String, String, String)>,
    pub(crate) access_keys: Vec<(String, String)>,
    pub(crate) secrets: Vec<String>,
    pub(crate) regions: Vec<String>,
    pub(crate) plain: bool,
    pub(crate) rotation_period: Option<Duration>,
    pub(crate) until_stdin_closes: bool,
}

pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut found = Arguments::default();
    while let Some(argument) = arguments.next() {
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) if argument.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ => (argument, None),
        };
        let flag = matches!(name.as_str(), "--help" | "--version" | "--tls" | "--plain" | "--until-stdin-closes");
        if flag && inline.is_some() {
            return Err(format!("{name} takes no value"));
        }
        let mut value = || inline.clone().or_else(|| arguments.next()).ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--help" => return Ok(Command::Help),
            "--version" => return Ok(Command::Version),
            "--tls" => found.options.tls = true,
            "--plain" => found.plain = true,
            "--until-stdin-closes" => found.until_stdin_closes = true,
            "--listen" => {
                let text = value()?;
                let address = text.replacen("localhost:", "127.0.0.1:", 1).parse();
                found.options.listen = Some(address.map_err(|_| format!("--listen {text}: not an address and port"))?);
            }
            "--state" => found.options.state_file = Some(PathBuf::from(value()?)),
            "--mysql" => found.options.mysql = Some(value()?),
            "--key" => found.keys.push(pair(&value()?).ok_or("--key must be ID:KEY")?),
            "--access-key" => found.access_keys.push(pair(&value()?).ok_or("--access-key must be ID:SECRET")?),
            "--secret" => found.secrets.push(value()?),
            "--region" => found.regions.push(value()?),
            "--account" => found.accounts.push(triple(&value()?).ok_or("--account must be REGION/INSTANCE/USER")?),
            "--rotation-period-ms" => found.rotation_period = Some(Duration::from_millis(number(&name, &value()?)?)),
            "--lifetime-s" => found.options.max_lifetime = Duration::from_secs(number(&name, &value()?)?),
            "--max-requests" => found.options.max_requests = number(&name, &value()?)?,
            _ => return Err(format!("unknown option {name}")),
        }
    }
    Ok(Command::Run(Box::new(found)))
}

fn number(name: &str, text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{name} {text}: not a whole number"))
}

fn pair(text: &str) -> Option<(String, String)> {
    let (id, key) = text.split_once(':')?;
    (!id.is_empty() && !key.is_empty()).then(|| (id.to_owned(), key.to_owned()))
}

fn triple(text: &str) -> Option<(String, String, String)> {
    let mut parts = text.splitn(3, '/').map(str::to_owned);
    let (region, instance, user) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = ![&region, &instance, &user].iter().any(|part| part.is_empty());
    whole.then_some((region, instance, user))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Result<Arguments, String> {
        match parse(arguments.iter().map(|argument| (*argument).to_owned()))? {
            Command::Run(arguments) => Ok(*arguments),
            _ => Err("no run".into()),
        }
    }

    #[test]
    fn options() {
        let a = run(&["--tls", "--key", "a:b:c", "--account=r/i/u/v", "--rotation-period-ms", "5", "--lifetime-s=9"])
            .unwrap();
        assert!(a.options.tls);
        assert_eq!(a.keys, [("a".to_owned(), "b:c".to_owned())]);
        assert_eq!(a.accounts, [("r".to_owned(), "i".to_owned(), "u/v".to_owned())]);
        assert_eq!(a.rotation_period, Some(Duration::from_millis(5)));
        assert_eq!(a.options.max_lifetime, Duration::from_secs(9));
    }

    #[test]
    fn mistakes() {
        for (arguments, part) in [
            (&["--frob"] as &[&str], "unknown option --frob"),
            (&["--key", "x"], "ID:KEY"),
            (&["--key"], "needs a value"),
            (&["--access-key", "x"], "ID:SECRET"),
            (&["--tls=yes"], "no value"),
            (&["--lifetime-s", "soon"], "not a whole number"),
            (&["--account", "a/b"], "REGION/INSTANCE/USER"),
        ] {
            assert!(run(arguments).err().unwrap().contains(part));
        }
    }
}
