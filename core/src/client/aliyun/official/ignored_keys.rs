//! The message about the keys of a file that have no meaning.

use std::collections::HashSet;

use crate::client::aliyun::official::keys::{DEDICATED, OTHER_KEYS, READ_KEYS, SECRET_NAMES};
use crate::client::aliyun::official::properties::Properties;
use crate::client::aliyun::official::surroundings::Generation;
use crate::client::options;
use crate::client::options::nearest::nearest_of;
use crate::providers::json::Document;

/// How many lines the message names; of more it gives the count.
const MAX_SHOWN: usize = 20;

/// Names the lines whose keys are ignored; `None` if there are none. An unknown key is not shown: it may be a piece of a
/// secret with line breaks, which can contain `=` too.
pub(super) fn message(lines: &Properties, generation: Generation) -> Option<String> {
    let named = named_by_instances(lines);
    let is_read = |key: &str| {
        READ_KEYS.contains(&key)
            || key == SECRET_NAMES
            || (key == DEDICATED && generation != Generation::V2)
            || named.contains(key)
            || options::find(key).is_some()
    };
    let mut ignored = lines.keys().filter(|(key, _)| !is_read(key));
    let mut shown: Vec<String> = ignored.by_ref().take(MAX_SHOWN).map(|(key, line)| position(key, line)).collect();
    let more = ignored.count();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    (!shown.is_empty()).then(|| format!("lines with unknown keys are ignored: {}", shown.join(", ")))
}

fn position(key: &str, line: usize) -> String {
    if key == DEDICATED {
        return format!("{line} ({key}, which the generation v2 does not have)");
    }
    if OTHER_KEYS.contains(&key) {
        return format!("{line} ({key})");
    }
    let known = READ_KEYS.into_iter().chain([DEDICATED, SECRET_NAMES]).chain(options::every().map(|spec| spec.name));
    match nearest_of(key, known) {
        Some(known) => format!("{line} (did you mean {known}?)"),
        None => line.to_string(),
    }
}

/// The keys that the list of instances names, whose values name the variable or the file of a password.
fn named_by_instances(lines: &Properties) -> HashSet<String> {
    let list = lines.last(DEDICATED).and_then(|(list, _)| Document::read(list.expose_bytes()));
    let instances = list.as_ref().and_then(Document::list).unwrap_or_default();
    let names = instances.iter().flat_map(|instance| {
        ["passwordFromEnvVariable", "passwordFromFilePathName"]
            .into_iter()
            .filter_map(|field| instance.get(field)?.as_str())
    });
    names.map(str::to_owned).collect()
}
