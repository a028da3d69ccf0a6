//! The description of one option: name, type of its value, what it decides. The tables consist of these.

use crate::client::options::checks::{is_list, is_one_line, is_proxy};
use crate::http::{is_host_and_port, is_region};

/// The type of an option's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Any text without control characters.
    Text,
    /// Any text, also of several lines.
    Lines,
    /// Any text; it is never shown.
    Secret,
    /// The path of a file or directory.
    Path,
    /// A host or host:port, without scheme and path.
    Host,
    /// The id of a region, which becomes part of host names.
    Region,
    /// One or more printable ASCII texts, separated by commas.
    List,
    /// `environment`, `none` or the URL of a proxy; it is never shown.
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

/// Where the option can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// For a client only.
    Client,
    /// For a client, and for a single source, which overrides the client.
    Source,
}

/// What an option decides. Code that treats options differently by their subject uses this mark, so that there are no
/// lists of option names in which a new option could be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Which login identity signs. An official configuration that defines an identity replaces all of these options.
    Identity,
    /// How the services of the login (STS, metadata) are reached. It is part of the identity, but an official
    /// configuration does not replace it.
    IdentityService,
    /// Which value is fetched, and from where. It is part of the key under which the cache file stores the value.
    Value,
    /// Both [`About::Value`] and [`About::IdentityService`].
    ValueAndIdentity,
    /// How the services of a source are reached, those of its login included. It is part of the identity of every
    /// cloud, but not of the value.
    Connection,
    /// How requests are made and how values are kept fresh. It decides neither the identity nor the value.
    Handling,
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The key that `evercred_config_set` takes.
    pub name: &'static str,
    /// What it decides.
    pub about: About,
    /// The type of its value.
    pub takes: Takes,
    /// The default; empty if there is none.
    pub default: &'static str,
    /// Where it can be set.
    pub scope: Scope,
    /// The documentation, in a few sentences.
    pub doc: &'static str,
    /// The option that this one belongs to. A source that sets that option does not inherit this one from the client.
    pub part_of: Option<&'static str>,
    /// A further check of its value; see [`Spec::check`].
    pub further: Option<Check>,
}

/// Checks a value. The error says what the option takes, without the value.
pub type Check = fn(&str) -> Result<(), String>;

/// An option of the scope [`Scope::Client`].
pub(in crate::client) const fn client(
    name: &'static str,
    about: About,
    takes: Takes,
    default: &'static str,
    doc: &'static str,
) -> Spec {
    Spec { name, about, takes, default, scope: Scope::Client, doc, part_of: None, further: None }
}

/// An option of the scope [`Scope::Source`].
pub(in crate::client) const fn source(
    name: &'static str,
    about: About,
    takes: Takes,
    default: &'static str,
    doc: &'static str,
) -> Spec {
    Spec { name, about, takes, default, scope: Scope::Source, doc, part_of: None, further: None }
}

/// A day in milliseconds.
pub(in crate::client) const DAY_MS: u64 = 24 * 3600 * 1000;
/// Ten years in milliseconds: far above every useful value, but sums of times cannot overflow.
pub(in crate::client) const LONG_MS: u64 = 3650 * DAY_MS;

impl Spec {
    /// Marks this option as part of another one.
    pub(in crate::client) const fn part_of(self, option: &'static str) -> Spec {
        Spec { part_of: Some(option), ..self }
    }

    /// Adds a check to that of the type.
    pub(in crate::client) const fn checked_by(self, check: Check) -> Spec {
        Spec { further: Some(check), ..self }
    }

    /// Whether it is an option of the cloud with this prefix.
    pub fn is_of(&self, cloud: &str) -> bool {
        self.name.strip_prefix(cloud).is_some_and(|rest| rest.starts_with('_'))
    }

    /// Whether sources with different values of it need different login identities at this cloud.
    pub fn decides_identity(&self, cloud: &str) -> bool {
        let decides = matches!(self.about, About::Identity | About::IdentityService | About::ValueAndIdentity);
        self.about == About::Connection || (decides && self.is_of(cloud))
    }

    /// Whether sources with different values of it fetch different values from this cloud.
    pub fn decides_value(&self, cloud: &str) -> bool {
        matches!(self.about, About::Value | About::ValueAndIdentity) && self.is_of(cloud)
    }

    /// Checks a value. The error says what the option takes, without the value.
    pub fn check(&self, value: &str) -> Result<(), String> {
        self.check_type(value)?;
        self.further.map_or(Ok(()), |check| check(value))
    }

    fn check_type(&self, value: &str) -> Result<(), String> {
        let number = |least: u64, most: u64, unit: &str| match value.trim().parse::<u64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(()),
            _ => Err(format!("it takes {unit} from {least} to {most}")),
        };
        match self.takes {
            Takes::Lines | Takes::Secret | Takes::Path => Ok(()),
            Takes::Text if is_one_line(value) => Ok(()),
            Takes::Text => Err(String::from("it takes a text without line breaks and other control characters")),
            Takes::Proxy if is_proxy(value) => Ok(()),
            Takes::Proxy => Err(String::from(
                "it takes `environment`, `none` or a URL such as http://user:password@host:port; in user and password write \
                 `/`, `?`, `#` and `@` as %2F, %3F, %23 and %40",
            )),
            Takes::Printable if value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => Ok(()),
            Takes::Printable => Err(String::from("it takes printable ASCII")),
            Takes::Bool if matches!(value, "true" | "false") => Ok(()),
            Takes::Bool => Err(String::from("it takes `true` or `false`")),
            Takes::Choice(words) if words.contains(&value) => Ok(()),
            Takes::Choice(words) => Err(format!("it takes one of: {}", words.join(", "))),
            Takes::Milliseconds(least, most) => number(least, most, "whole milliseconds"),
            Takes::Number(least, most) => number(least, most, "a whole number"),
            Takes::Region if is_region(value) => Ok(()),
            Takes::Region => {
                Err(String::from("it takes the id of a region, such as cn-hangzhou: letters, digits and hyphens only"))
            }
            Takes::List if is_list(value) => Ok(()),
            Takes::List => Err(String::from("it takes one or more printable ASCII texts, separated by commas")),
            Takes::Host if is_host_and_port(value) => Ok(()),
            Takes::Host => Err(String::from("it takes a host or host:port, without scheme, path or spaces")),
        }
    }
}
