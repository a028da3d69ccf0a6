//! Every option, in tables: they check what is set, and `docs/CONFIGURATION.md` is generated from them.

mod aliyun;
mod aliyun_identity;
mod general;
mod tencent;

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Any text.
    Text,
    /// Any text; never shown.
    Secret,
    /// A path of a file or folder.
    Path,
    /// A host, or host:port, without scheme and path.
    Host,
    /// A region's id, which becomes part of host names.
    Region,
    /// Printable ASCII texts separated by commas, at least one.
    List,
    /// `environment`, `none` or a proxy's URL; never shown.
    Proxy,
    /// Printable ASCII.
    Printable,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Whole milliseconds within these bounds.
    Milliseconds(u64, u64),
    /// A whole number within these bounds.
    Number(u64, u64),
}

/// Who has the option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The client, once for all its sources.
    Client,
    /// The client, and a source may have another value.
    Source,
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The key that `evercred_config_set` takes.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// The value where none is set; empty: none.
    pub default: &'static str,
    /// Who has it.
    pub scope: Scope,
    /// What it does, in one or two sentences.
    pub doc: &'static str,
}

const fn client(name: &'static str, takes: Takes, default: &'static str, doc: &'static str) -> Spec {
    Spec { name, takes, default, scope: Scope::Client, doc }
}

const fn source(name: &'static str, takes: Takes, default: &'static str, doc: &'static str) -> Spec {
    Spec { name, takes, default, scope: Scope::Source, doc }
}

const DAY_MS: u64 = 24 * 3600 * 1000;
/// Ten years: a bound that no honest value meets, so that sums of times stay far from overflowing.
const LONG_MS: u64 = 3650 * DAY_MS;

/// Every option, in the order of the documentation.
pub fn every() -> impl Iterator<Item = &'static Spec> {
    [general::TABLE, tencent::TABLE, aliyun::TABLE, aliyun_identity::TABLE].into_iter().flatten()
}

/// The option of a name.
pub fn find(name: &str) -> Option<&'static Spec> {
    every().find(|spec| spec.name == name)
}

/// The name that was probably meant.
pub fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    every()
        .map(|spec| (distance(&name, spec.name), spec.name))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()) / 2)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, taken away or changed (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (other, above) in right.iter().zip(row.iter().skip(1)) {
            let value = (diagonal + usize::from(letter != *other)).min(above + 1).min(before + 1);
            diagonal = *above;
            before = value;
            next.push(value);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

impl Spec {
    /// Checks a value; says what is wrong with it, never the value itself.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let number = |least: u64, most: u64, unit: &str| match value.trim().parse::<u64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(()),
            _ => Err(format!("it takes whole {unit} from {least} to {most}")),
        };
        match self.takes {
            Takes::Text | Takes::Secret | Takes::Path => Ok(()),
            Takes::Proxy if is_proxy(value) => Ok(()),
            Takes::Proxy => Err(String::from("it takes `environment`, `none` or a URL like http://host:port")),
            Takes::Printable if value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => Ok(()),
            Takes::Printable => Err(String::from("it takes printable ASCII")),
            Takes::Bool if matches!(value, "true" | "false") => Ok(()),
            Takes::Bool => Err(String::from("it takes `true` or `false`")),
            Takes::Choice(words) if words.contains(&value) => Ok(()),
            Takes::Choice(words) => Err(format!("it takes one of: {}", words.join(", "))),
            Takes::Milliseconds(least, most) => number(least, most, "milliseconds"),
            Takes::Number(least, most) => number(least, most, "numbers"),
            Takes::Region if value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => Ok(()),
            Takes::Region => {
                Err(String::from("it takes a region's id such as cn-hangzhou: letters, digits and hyphens only"))
            }
            Takes::List if is_list(value) => Ok(()),
            Takes::List => Err(String::from("it takes printable ASCII texts separated by commas, at least one")),
            Takes::Host if is_host(value) => Ok(()),
            Takes::Host => Err(String::from("it takes a host or host:port, without scheme, path or spaces")),
        }
    }
}

fn is_proxy(value: &str) -> bool {
    let url = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
    matches!(value, "environment" | "none") || url.is_some_and(|rest| !rest.is_empty())
}

fn is_list(value: &str) -> bool {
    value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && value.split(',').any(|item| !item.trim().is_empty())
}

fn is_host(value: &str) -> bool {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || "-._:[]".contains(letter);
    if !value.chars().all(fine) {
        return false;
    }
    let port = match value.rsplit_once(':') {
        // An IPv6 address in brackets has colons of its own.
        Some((_, port)) if !port.ends_with(']') => port,
        _ => return true,
    };
    port.parse::<u16>().is_ok()
}
