//! One option: its name, what it takes, what it is about. The tables of options are made of these.

use crate::http::is_host_and_port;

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

/// What an option decides. Everything that treats options by their subject asks for this mark, so that a new option cannot be
/// forgotten in a list elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Which login identity signs. An official configuration that names an identity replaces all of these.
    Identity,
    /// How the services of the login (STS, metadata) are reached: a part of the identity that such a replacement keeps.
    IdentityService,
    /// Which value is fetched, and from where, whichever identity signs: a part of the name that it is stored under.
    Value,
    /// Both [`About::Value`] and [`About::IdentityService`].
    ValueAndIdentity,
    /// How requests are made and how values are kept: neither which identity signs nor which value is fetched.
    Handling,
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The key that `evercred_config_set` takes.
    pub name: &'static str,
    /// What it decides.
    pub about: About,
    /// What it takes.
    pub takes: Takes,
    /// The value where none is set; empty: none.
    pub default: &'static str,
    /// Who has it.
    pub scope: Scope,
    /// What it does, in one or two sentences.
    pub doc: &'static str,
    /// The option that this one belongs to: where a source sets that one, it does not inherit this one from the client.
    pub part_of: Option<&'static str>,
}

/// An option of the client.
pub(in crate::client) const fn client(
    name: &'static str,
    about: About,
    takes: Takes,
    default: &'static str,
    doc: &'static str,
) -> Spec {
    Spec { name, about, takes, default, scope: Scope::Client, doc, part_of: None }
}

/// An option that a source may have a value of its own for.
pub(in crate::client) const fn source(
    name: &'static str,
    about: About,
    takes: Takes,
    default: &'static str,
    doc: &'static str,
) -> Spec {
    Spec { name, about, takes, default, scope: Scope::Source, doc, part_of: None }
}

/// A day in milliseconds.
pub(in crate::client) const DAY_MS: u64 = 24 * 3600 * 1000;
/// Ten years in milliseconds: a bound far above every useful value, so that sums of times cannot overflow.
pub(in crate::client) const LONG_MS: u64 = 3650 * DAY_MS;

impl Spec {
    /// The same option as a part of another one.
    pub(in crate::client) const fn part_of(self, option: &'static str) -> Spec {
        Spec { part_of: Some(option), ..self }
    }

    /// Whether it is an option of this cloud, which is what its name begins with.
    pub fn is_of(&self, cloud: &str) -> bool {
        self.name.strip_prefix(cloud).is_some_and(|rest| rest.starts_with('_'))
    }

    /// Whether sources that differ in it need login identities of their own at this cloud.
    pub fn decides_identity(&self, cloud: &str) -> bool {
        let decides = matches!(self.about, About::Identity | About::IdentityService | About::ValueAndIdentity);
        decides && self.is_of(cloud)
    }

    /// Whether sources that differ in it fetch different values from this cloud.
    pub fn decides_value(&self, cloud: &str) -> bool {
        matches!(self.about, About::Value | About::ValueAndIdentity) && self.is_of(cloud)
    }

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
            Takes::Host if is_host_and_port(value) => Ok(()),
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
