//! Large files and variables take linear time, and counts are bounded. The bounds on the time are wide: what is quadratic takes
//! several times as long.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::setup::*;
use evercred_core::client::Config;
use evercred_core::error::{Code, Error};
use evercred_core::log::{Level, Sink};

/// Loads a file of the official client, in a bounded time.
fn load(config: &mut Config, name: &str, text: String) -> Result<(), Error> {
    let folder = folder(name);
    let begin = Instant::now();
    let result = config.load_file_with(Path::new(&folder.write(V1, text)), no_variable);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    if let Err(error) = &result {
        assert!(error.message().len() < 1000, "{error}");
    }
    result
}

#[test]
fn many_secret_names() {
    let names = |count: usize| (0..count).map(|number| format!("n{number}")).collect::<Vec<_>>().join(",");
    let mut config = Config::new();
    load(&mut config, "sizes-names", format!("secret_names={}\n", names(10_000))).unwrap();
    load(&mut config, "sizes-names", format!("secret_names={}\n", names(10_000))).unwrap();
    assert_eq!(config.text("secret_names").split(',').count(), 10_000);
    let before = options_of(&config);
    let error = load(&mut config, "sizes-names", format!("\nsecret_names={}\n", names(40_000))).unwrap_err();
    assert_eq!(error.code(), Code::InvalidOption);
    assert!(error.message().contains("secret_names (line 2)") && error.message().contains("10000"), "{error}");
    let begin = Instant::now();
    let list = names(40_000);
    assert!(config.load_environment(variables(&[("secret_names", &list)])).is_err());
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(options_of(&config), before);
}

#[test]
fn many_instances_and_regions() {
    let list = |entry: &str, count: usize| format!("[{}{entry}]", format!("{entry},").repeat(count - 1));
    let instance =
        r#"{"regionId":"r","endpoint":"e","clientKeyFile":"k","passwordFromFilePath":"client_key_password.txt"}"#;
    let region = r#"{"regionId":"cn-hangzhou"}"#;
    let mut config = Config::new();
    for (key, entry) in [("cache_client_dkms_config_info", instance), ("cache_client_region_id", region)] {
        let error = load(&mut config, "sizes-regions", format!("{key}={}\n", list(entry, 9615))).unwrap_err();
        assert!(error.message().contains(&format!("{key} (line 1)")), "{error}");
    }
    load(&mut config, "sizes-regions", format!("cache_client_region_id={}\n", list(region, 250))).unwrap();
    assert_eq!(backends(&config).len(), 1);
    let regions: Vec<String> = (0..33).map(|number| format!(r#"{{"regionId":"r{number}"}}"#)).collect();
    let error =
        load(&mut config, "sizes-regions", format!("cache_client_region_id=[{}]\n", regions.join(","))).unwrap_err();
    assert!(error.message().contains("more than 32"), "{error}");
    // A text of many small values takes more than a hundred times its size.
    for values in [format!("[{}]", r#"{"":0},"#.repeat(140_000)), "[".repeat(1_000_000), "[0,".repeat(300_000)] {
        assert!(load(&mut config, "sizes-regions", format!("cache_client_region_id={values}\n")).is_err());
        assert!(config.set("aliyun_regions", &values).is_err());
    }
}

#[test]
fn many_unknown_keys() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let mut config = Config::new();
    let sink = Arc::clone(&lines);
    config.log = Sink::new(Level::Debug, move |_, text| sink.lock().unwrap().push(text.to_owned()));
    let unknown: String = (0..9000).map(|number| format!("hunter2.{number}.{}=1\n", "x".repeat(40))).collect();
    assert!(unknown.len() > 450_000);
    let instances: Vec<String> =
        (0..30).map(|number| format!(r#"{{"passwordFromEnvVariable":"k{number}"}}"#)).collect();
    let dedicated = format!("config_generation=v2\ncache_client_dkms_config_info=[{}]\n", instances.join(","));
    load(&mut config, "sizes-keys", format!("{dedicated}{unknown}")).unwrap();
    let said = lines.lock().unwrap().join("\n");
    shows_no_secret(&said);
    assert!(said.len() < 2000 && said.contains("8981 more"), "{said}");
    let error = load(&mut config, "sizes-keys", "a=1\n".repeat(200_000)).unwrap_err();
    assert!(error.code() == Code::File && error.message().contains("more than 10000 settings"), "{error}");
}
