//! Keys from the environment, a credentials URI and a client key file, and identities that lack an option.

use std::sync::Arc;

use crate::setup::*;
use crate::support::*;
use evercred_core::client::Config;
use evercred_core::error::Code;
use evercred_core::platform::Platform;
use evercred_core::providers::aliyun::client_key::ClientKey;
use evercred_core::providers::aliyun::identity::{ClientKeyFile, CredentialsUri, KeyPassword};
use evercred_core::providers::{Kind, Origin};
use evercred_core::secret::Secret;
use evercred_emulator::{Fault, FaultKind};

#[test]
fn the_environment_is_an_identity() {
    let world = world();
    world.set_variables(&[
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", ASKER),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ASKER_SECRET),
        ("ALIBABA_CLOUD_SECURITY_TOKEN", "session-token-of-a-test"),
    ]);
    world.emulator.add_sts_key(ASKER, ASKER_SECRET, "session-token-of-a-test", None);
    world.remember("session-token-of-a-test");
    let (_client, source) = open(&world, &[("aliyun_identity", "environment")]);
    assert_live(&world, &source);
    assert_eq!((signer(&world), explanation(&source)), (ASKER.into(), "environment: used".into()));
}

#[test]
fn a_credentials_uri_is_asked_and_only_its_host_is_shown() {
    let world = world();
    world.emulator.set_ecs_role("node", HOUR);
    let uri = world.emulator.credentials_uri(Some("node"));
    world.remember("credentials/node");
    let options = [("aliyun_identity", "credentials_uri"), ("aliyun_credentials_uri", uri.as_str())];
    let (_client, source) = open(&world, &options);
    assert_live(&world, &source);
    assert_eq!(explanation(&source), format!("credentials_uri: {} used", world.emulator.host_port()));

    // The answers of the kind `credentials-uri` in vectors/aliyun_sts.json.
    let keys = r#""AccessKeyId":"STS.x","AccessKeySecret":"never-to-be-shown","Expiration":"2099-01-02T09:04:05Z""#;
    world.remember("never-to-be-shown");
    for (status, body, code) in [
        (200, format!(r#"{{"Code":"Fail",{keys},"SecurityToken":"t"}}"#), Code::Service),
        (200, format!(r#"{{{keys},"SecurityToken":"t"}}"#), Code::Malformed),
        (200, format!(r#"{{"Code":"Success",{keys}}}"#), Code::Malformed),
        (200, String::from("never-to-be-shown"), Code::Malformed),
        (404, String::from("no"), Code::Service),
        (500, String::new(), Code::Service),
    ] {
        world.emulator.clear_faults();
        let kind = FaultKind::Raw { status, headers: Vec::new(), body: body.clone().into_bytes() };
        world.emulator.inject(Fault { action: Some("credentials-uri".into()), times: u64::MAX, kind });
        let provider = CredentialsUri {
            uri: Some(Secret::from_text(&uri)),
            platform: Arc::clone(&world.platform) as Arc<dyn Platform>,
        };
        let error = fetch(&world, &provider).unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), (code, true), "{body}: {error:?}");
        assert!(error.message().contains(&world.emulator.host_port()), "{error}");
        assert!(!error.to_string().contains("never-to-be-shown") && !error.to_string().contains("/aliyun"), "{error}");
    }
    for wrong in ["helper/path", "ftp://helper/", "http://", "http://a b/"] {
        let error = Config::new().set("aliyun_credentials_uri", wrong).unwrap_err();
        assert!(error.message().starts_with("aliyun_credentials_uri") && !error.message().contains("helper"));
    }
}

#[test]
fn a_password_in_a_credentials_uri_is_neither_shown_nor_looked_up() {
    let world = world();
    for password in ["hunter2/and", "hunter2?and", "hunter2#and", "and/hunter2"] {
        let uri = format!("http://user:{password}@127.0.0.1:1/keys");
        world.remember("hunter2");
        world.set_variables(&[("ALIBABA_CLOUD_CREDENTIALS_URI", &uri)]);
        let error = refusal(&world, &[("aliyun_identity", "credentials_uri")]);
        assert!(error.message().starts_with("aliyun_credentials_uri: "), "{error}");
        assert!(!error.message().contains("hunter2") && !error.message().contains("user"), "{error}");
        let provider = CredentialsUri {
            uri: Some(Secret::from_text(&uri)),
            platform: Arc::clone(&world.platform) as Arc<dyn Platform>,
        };
        let error = fetch(&world, &provider).unwrap_err();
        assert!(error.code() == Code::NoIdentity && !error.to_string().contains("hunter2"), "{error:?}");
    }
}

#[test]
fn a_remote_credentials_uri_without_tls_logs_a_warning() {
    let world = world();
    let uri = "http://0.0.0.0:1/a-path-that-is-a-secret";
    world.remember("a-path-that-is-a-secret");
    let (client, source) =
        open(&world, &[("aliyun_identity", "credentials_uri"), ("aliyun_credentials_uri", uri), ("max_attempts", "1")]);
    assert_eq!(get_error(&source).code(), Code::Network);
    assert!(world.logged("Warn the credentials URI of 0.0.0.0:1 is http"));
    assert!(!identity_status(&client, "credentials_uri").tls_verified);
}

#[test]
fn a_client_key_is_read_and_a_replaced_one_adopted() {
    let world = world();
    let folder = Folder::new("aliyun-client-key");
    let first = world.emulator.make_client_key("pass-word-1").unwrap();
    let second = world.emulator.make_client_key("pass-word-2").unwrap();
    let file = folder.write("key.json", &first.json);
    let password = folder.write("password", "pass-word-1\n");
    world.remember("pass-word-1");
    let mut key = ClientKeyFile {
        path: file.clone().into(),
        password: KeyPassword { file: Some(password.into()), ..KeyPassword::default() },
    };
    let fetched = fetch(&world, &key).unwrap();
    assert_eq!((fetched.material.kind, fetched.material.origin), (Kind::PrivateKey, Origin::ClientKeyFile));
    assert_eq!(fetched.material.access_key_id.expose(), first.key_id);
    assert_eq!(fetched.notes.explanation.unwrap(), format!("client_key: {file} used"));
    assert_eq!(ClientKey::from_material(&fetched.material).unwrap().key_id(), first.key_id);

    folder.write("key.json", &second.json);
    let error = fetch(&world, &key).unwrap_err();
    assert!(error.message().contains(&file) && !error.message().contains("pass-word"), "{error}");
    key.password.text = Some(Secret::from_text("pass-word-2"));
    assert_eq!(fetch(&world, &key).unwrap().material.access_key_id.expose(), second.key_id);
    let error = fetch(&world, &ClientKeyFile { password: KeyPassword::default(), ..key }).unwrap_err();
    assert!(error.code() == Code::NoIdentity && error.message().contains("aliyun_client_key_password"), "{error}");

    let (client, _source) =
        open(&world, &[("aliyun_client_key_file", &file), ("aliyun_client_key_password", "pass-word-2")]);
    identity_status(&client, "client_key");
}

#[test]
fn an_identity_that_lacks_an_option_names_it() {
    let world = world();
    for (identity, more, named) in [
        ("static", None, "aliyun_access_key_id"),
        ("static", Some(("aliyun_access_key_id", "LTAI")), "aliyun_access_key_secret"),
        ("static", Some(("aliyun_access_key_secret", ASKER_SECRET)), "aliyun_access_key_id"),
        ("ram_role", None, "aliyun_role_arn"),
        ("ram_role", Some(("aliyun_role_arn", "a,,b")), "aliyun_role_arn"),
        ("ram_role", Some(("aliyun_role_arn", "a b")), "aliyun_role_arn"),
        ("oidc", None, "aliyun_oidc_token_file"),
        ("oidc", Some(("aliyun_oidc_token_file", "/token")), "aliyun_oidc_provider_arn"),
        ("auto", Some(("aliyun_oidc_provider_arn", PROVIDER)), "aliyun_oidc_token_file"),
        ("credentials_uri", None, "aliyun_credentials_uri"),
        ("process", None, "aliyun_process_command"),
        ("client_key", None, "aliyun_client_key_file"),
        ("callback", None, "aliyun_identity"),
    ] {
        let mut options = vec![("aliyun_identity", identity)];
        options.extend(more);
        let error = refusal(&world, &options);
        assert_eq!(error.code(), Code::InvalidOption, "{identity}: {error}");
        assert!(error.message().starts_with(&format!("{named}: ")), "{identity}: {error}");
    }
    let mut config = Config::new();
    assert!(config.set("aliyun_role_duration_s", "899").unwrap_err().message().starts_with("aliyun_role_duration_s"));
    assert!(
        config.set("aliyun_process_command", "a 'b").unwrap_err().message().starts_with("aliyun_process_command: ")
    );
}
