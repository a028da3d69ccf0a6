//! Keys from the options, the environment and profile files.

use crate::setup::*;
use crate::support::*;
use evercred_core::error::Code;

#[test]
fn a_static_key_signs_with_its_session_token() {
    let world = World::new();
    world.emulator.add_session_key("AKIDsession", "session-secret-key", "session-token-of-a-test", None);
    world.remember("session-secret-key");
    let options = [("tencent_secret_id", "AKIDsession"), ("tencent_secret_key", "session-secret-key")];
    let (client, source) =
        open(&world, &[options[0], options[1], ("tencent_session_token", "session-token-of-a-test")]);
    get(&source);
    assert_eq!(signer(&world), ("AKIDsession".into(), Some("session-token-of-a-test".into())));
    assert_eq!(explanation(&source), "static: used");
    assert_no_secret(&world, &client, &[]);

    // A configured key cannot be fetched again: a refused token is final after one request.
    let (client, source) = open(&world, &options);
    let requests = world.requests();
    let error = get_error(&source);
    assert_eq!(error.provider_code(), Some("AuthFailure.TokenFailure"), "{error:?}");
    assert!(error.user_notification_required());
    assert!(world.requests() - requests <= 2, "{} requests", world.requests() - requests);
    assert_no_secret(&world, &client, &[error]);
}

#[test]
fn a_half_configured_key_names_the_missing_option() {
    let world = World::new();
    for (option, value, named) in [
        ("tencent_secret_id", "AKIDonly", "tencent_secret_key"),
        ("tencent_secret_key", "only-a-key", "tencent_secret_id"),
    ] {
        let client = world.client_of(bare(&world, &[(option, value)]));
        let error = client.open_database(None, REGION, INSTANCE, USER).unwrap_err();
        assert_eq!(error.code(), Code::InvalidOption);
        assert!(error.message().contains(named) && !error.message().contains(value), "{error}");
    }
}

#[test]
fn the_environment_is_an_identity() {
    let environment = [
        ("TENCENTCLOUD_SECRET_ID", "AKIDenvironment"),
        ("TENCENTCLOUD_SECRET_KEY", "environment-secret-key"),
        ("TENCENTCLOUD_TOKEN", "environment-session-token"),
    ];
    let world = World::new();
    world.set_variables(&environment);
    world.emulator.add_session_key(environment[0].1, environment[1].1, environment[2].1, None);
    world.remember(environment[1].1);
    for kind in ["environment", "auto", "chain"] {
        let (client, source) = open(&world, &[("tencent_identity", kind)]);
        get(&source);
        assert_eq!(signer(&world), (environment[0].1.into(), Some(environment[2].1.into())), "{kind}");
        assert_eq!(explanation(&source), "environment: used");
        assert_no_secret(&world, &client, &[]);
    }
    // Options have precedence over the environment.
    get(&world.source(&world.client(&[])));
    assert_eq!(signer(&world), (SECRET_ID.into(), None));
}

#[test]
fn an_incomplete_environment_is_ignored() {
    let world = World::new();
    world.set_variables(&[("TENCENTCLOUD_SECRET_ID", "AKIDenvironment"), ("TENCENTCLOUD_SECRET_KEY", "")]);
    let (_client, source) = open(&world, &[("tencent_identity", "environment")]);
    let error = get_error(&source);
    assert_eq!(error.code(), Code::NoIdentity);
    assert!(error.message().contains("TENCENTCLOUD_SECRET_KEY") && !error.is_retryable(), "{error}");
    assert_eq!(world.requests(), 0);
}

#[test]
fn a_profile_file_has_sections() {
    let world = World::new();
    let folder = Folder::new("profiles");
    world.emulator.add_key("AKIDdefault", "default-profile-key");
    world.emulator.add_session_key("AKIDwork", "work-profile-key", "work-profile-token", None);
    for secret in ["default-profile-key", "work-profile-key", "lonely-profile-key"] {
        world.remember(secret);
    }
    let file = folder.write(
        "profile",
        "; a comment\n[default]\nsecret_id = AKIDdefault\nsecret_key = default-profile-key\n\n\
         [work]\nsecret_id: AKIDwork\nSecret_Key=work-profile-key\ntoken = work-profile-token\n\n\
         [lonely]\nsecret_key = lonely-profile-key\nsecret_id =\n",
    );
    let with = |section: &str| {
        open(
            &world,
            &[("tencent_identity", "profile"), ("tencent_credentials_file", &file), ("tencent_profile", section)],
        )
    };
    let (_client, source) = with("");
    get(&source);
    assert_eq!(signer(&world), ("AKIDdefault".into(), None));
    let (client, source) = with("work");
    get(&source);
    assert_eq!(signer(&world), ("AKIDwork".into(), Some("work-profile-token".into())));
    assert_eq!(explanation(&source), format!("profile: [work] of {file} used"));
    assert_no_secret(&world, &client, &[]);

    for (section, said) in [("absent", "no section [absent]"), ("lonely", "section [lonely] has no secret_id")] {
        let (client, source) = with(section);
        let error = get_error(&source);
        assert_eq!(error.code(), Code::NoIdentity);
        assert!(error.message().contains(said) && error.message().contains(&file), "{error}");
        assert_no_secret(&world, &client, &[error]);
    }
}

#[test]
fn a_profile_file_that_cannot_be_read_is_named() {
    let world = World::new();
    let folder = Folder::new("bad-profiles");
    let too_long = folder.write("long", vec![b'#'; 64 * 1024 + 1]);
    let not_text = folder.write("binary", [0xff, 0xfe, 0x00]);
    let missing = folder.path().join("missing").to_str().unwrap().to_owned();
    let directory = folder.path().to_str().unwrap().to_owned();
    for path in [too_long, not_text, missing, directory] {
        let options =
            [("tencent_identity", "profile"), ("tencent_credentials_file", path.as_str()), ("max_attempts", "1")];
        let error = get_error(&open(&world, &options).1);
        assert_eq!(error.code(), Code::File);
        assert!(error.message().contains(&path) && error.is_retryable(), "{error}");
    }
    assert_eq!(world.requests(), 0);
}

#[test]
fn the_profile_file_is_found_where_the_official_sdks_look() {
    let folder = Folder::new("home");
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id=AKIDhome\nsecret_key=home-profile-key\n");
    let world = World::new();
    world.set_home(folder.path());
    world.emulator.add_key("AKIDhome", "home-profile-key");
    let (client, source) = open(&world, &[]);
    get(&source);
    assert_eq!(signer(&world).0, "AKIDhome");
    assert!(explanation(&source).starts_with("environment: skipped, "), "{}", explanation(&source));
    world.remember("home-profile-key");
    assert_no_secret(&world, &client, &[]);
}

#[test]
fn a_variable_names_another_profile_file() {
    let folder = Folder::new("named-profile");
    folder.write(".tencentcloud/credentials", "[default]\nsecret_id=AKIDhome\nsecret_key=home-profile-key\n");
    let other = folder.write("elsewhere", "[default]\nsecret_id=AKIDelsewhere\nsecret_key=other-profile-key\n");
    let world = World::new();
    world.set_home(folder.path());
    world.set_variables(&[("TENCENTCLOUD_CREDENTIALS_FILE", &other)]);
    world.emulator.add_key("AKIDelsewhere", "other-profile-key");
    get(&open(&world, &[]).1);
    assert_eq!(signer(&world).0, "AKIDelsewhere");
}
