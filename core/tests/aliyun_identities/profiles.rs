//! Profiles of Alibaba Cloud: the credentials SDK's file, the command line's file, and their order in the default chain.

use crate::setup::*;
use crate::support::*;
use evercred_core::cache::policy::State;
use evercred_core::error::Code;
use evercred_core::providers::Origin;
use serde_json::{Value, json};

const PROFILE: (&str, &str) = ("aliyun_identity", "profile");
const TOKEN: &str = "a.web.identity.token";

/// An emulator that knows all that the profiles below describe.
fn full_world() -> World {
    let world = world();
    world.emulator.add_sts_key("STS.profile", "profile-secret", "profile-token", None);
    world.emulator.set_ram_role(ROLE, Some("external"), HOUR);
    world.emulator.set_ram_role(STEP, None, HOUR);
    world.emulator.set_ram_oidc_token(PROVIDER, TOKEN, None);
    world.emulator.set_ecs_role("node-role", HOUR);
    for secret in ["profile-secret", "profile-token", TOKEN] {
        world.remember(secret);
    }
    world
}

/// As the official documents write it, comments and all.
fn ini(token_file: &str) -> String {
    format!(
        "; profiles\n[default]                # default setting\nenable = true            # enabled\n\
         type = access_key        # Certification type\naccess_key_id = {ASKER}\naccess_key_secret={ASKER_SECRET}\n\n\
         [session]\ntype = sts\naccess_key_id = STS.profile\naccess_key_secret = profile-secret\nsecurity_token = profile-token\n\
         [role]\ntype = ram_role_arn\naccess_key_id = {ASKER}\naccess_key_secret = {ASKER_SECRET}\nrole_arn = {ROLE}\n\
         role_session_name = from-a-profile\nexternal_id = external\npolicy = {{\"Version\":\"1\"}}\n\
         [node]\ntype = ecs_ram_role\nrole_name = node-role\n[any-node]\ntype: ecs_ram_role\n\
         [pod]\ntype = oidc_role_arn\nrole_arn = {STEP}\noidc_provider_arn = {PROVIDER}\noidc_token_file_path = {token_file}\n\
         [off]\nenable = false\ntype = access_key\n[half]\ntype = access_key\naccess_key_id = x\n[odd]\ntype = hunter2\n\
         [rsa]\ntype = rsa_key_pair\n[bare]\n"
    )
}

fn cli(world: &World, folder: &Folder, token_file: &str) -> Value {
    let helper = folder.write(
        "helper",
        format!("cat <<'END'\n{{\"mode\":\"AK\",\"access_key_id\":\"{ASKER}\",\"access_key_secret\":\"{ASKER_SECRET}\"}}\nEND\n"),
    );
    let key = json!({"access_key_id": ASKER, "access_key_secret": ASKER_SECRET});
    let with = |name: &str, mode: &str, more: Value, key: Option<&Value>| {
        let mut profile = json!({"name": name, "mode": mode, "region_id": "cn-hangzhou", "output_format": "json"});
        for fields in [Some(&more), key].into_iter().flatten() {
            for (name, value) in fields.as_object().unwrap() {
                profile[name] = value.clone();
            }
        }
        profile
    };
    json!({
        "current": "key",
        "profiles": [
            with("key", "AK", json!({}), Some(&key)),
            with("session", "StsToken", json!({"access_key_id": "STS.profile", "access_key_secret": "profile-secret", "sts_token": "profile-token"}), None),
            with("role", "RamRoleArn", json!({"ram_role_arn": ROLE, "ram_session_name": "from-a-profile", "expired_seconds": 1800, "external_id": "external"}), Some(&key)),
            with("step", "RamRoleArn", json!({"ram_role_arn": STEP, "ram_session_name": "a-step"}), Some(&key)),
            with("chained", "ChainableRamRoleArn", json!({"source_profile": "step", "ram_role_arn": ROLE, "external_id": "external", "sts_region": "cn-beijing", "enable_vpc": true}), None),
            with("node", "EcsRamRole", json!({"ram_role_name": "node-role"}), None),
            with("node-and-role", "RamRoleArnWithRoleName", json!({"ram_role_name": "node-role", "ram_role_arn": STEP}), None),
            with("pod", "OIDC", json!({"ram_role_arn": STEP, "oidc_provider_arn": PROVIDER, "oidc_token_file": token_file}), None),
            with("program", "External", json!({"process_command": format!("/bin/sh '{helper}'")}), None),
            with("uri", "CredentialsURI", json!({"credentials_uri": world.emulator.credentials_uri(None)}), None),
            with("sso", "CloudSSO", json!({"access_token": "never-to-be-shown"}), None),
            with("oauth", "OAuth", json!({"oauth_refresh_token": "never-to-be-shown"}), None),
            with("rsa", "RsaKeyPair", json!({}), None),
            with("odd", "hunter2", json!({}), None),
            with("half", "AK", json!({"access_key_id": "x"}), None),
            with("short", "RamRoleArn", json!({"ram_role_arn": ROLE, "expired_seconds": 60}), Some(&key)),
            with("circle", "ChainableRamRoleArn", json!({"source_profile": "circle", "ram_role_arn": ROLE}), None),
            with("lost", "ChainableRamRoleArn", json!({"source_profile": "nobody", "ram_role_arn": ROLE}), None),
        ],
    })
}

#[test]
fn every_type_of_the_profile_file() {
    let world = full_world();
    let folder = Folder::new("aliyun-profile");
    let file = folder.write("credentials", ini(&folder.write("token", TOKEN)));
    for (section, how, origin) in [
        ("", "access_key", Origin::ProfileFile),
        ("default", "access_key", Origin::ProfileFile),
        ("session", "access_key", Origin::ProfileFile),
        ("role", "ram_role: app used, by access_key", Origin::Sts),
        ("node", "ecs_ram_role: node-role used, by metadata v2", Origin::Metadata),
        ("any-node", "ecs_ram_role: node-role used, by metadata v2", Origin::Metadata),
        ("pod", "oidc: step used", Origin::Sts),
    ] {
        let (client, source) =
            open(&world, &[PROFILE, ("aliyun_credentials_file", &file), ("aliyun_profile", section)]);
        assert_live(&world, &source);
        let name = if section.is_empty() { "default" } else { section };
        assert_eq!(explanation(&source), format!("profile: [{name}] of {file} used ({how})"));
        assert_eq!(identity_status(&client, "profile").origin, origin, "{section}");
    }
    let assumed = sent(&world, ASSUME);
    assert_eq!(
        (assumed["RoleSessionName"].as_str(), assumed["Policy"].as_str()),
        ("from-a-profile", r#"{"Version":"1"}"#)
    );

    for (section, part) in [
        ("off", "its key enable disables it"),
        ("half", "it has no access_key_secret"),
        ("odd", "its type is not known"),
        ("rsa", "the type rsa_key_pair is not supported"),
        ("bare", "it has no type"),
        ("absent", "there is no such section"),
    ] {
        let (_client, source) =
            open(&world, &[PROFILE, ("aliyun_credentials_file", &file), ("aliyun_profile", section)]);
        let error = get_error(&source);
        assert_eq!(error.code(), Code::NoIdentity, "{error}");
        let wanted = format!("{file}: section [{section}]: {part}");
        assert!(error.message().contains(&wanted) && !error.message().contains("hunter2"), "{error}");
    }
}

#[test]
fn every_mode_of_the_command_line() {
    let world = full_world();
    let folder = Folder::new("aliyun-cli");
    let content = cli(&world, &folder, &folder.write("token", TOKEN));
    let file = folder.write("config.json", content.to_string());
    world.remember("never-to-be-shown");
    let uri = format!("credentials_uri: {} used", world.emulator.host_port());
    for (profile, how) in [
        ("", "access_key"),
        ("key", "access_key"),
        ("session", "access_key"),
        ("role", "ram_role: app used, by access_key"),
        ("chained", "ram_role: app used, by ram_role: step used, by access_key"),
        ("node", "ecs_ram_role: node-role used, by metadata v2"),
        ("node-and-role", "ram_role: step used, by ecs_ram_role: node-role used, by metadata v2"),
        ("pod", "oidc: step used"),
        ("program", "process: used"),
        ("uri", uri.as_str()),
    ] {
        let (_client, source) = open(&world, &[PROFILE, ("aliyun_config_file", &file), ("aliyun_profile", profile)]);
        assert_live(&world, &source);
        let name = if profile.is_empty() { "key" } else { profile };
        assert_eq!(explanation(&source), format!("cli_profile: {name} of {file} used ({how})"));
    }
    let assumed: Vec<_> = world.emulator.recent_requests(ASSUME).iter().map(parameters).collect();
    let role = assumed.iter().find(|asked| asked["RoleSessionName"] == "from-a-profile").unwrap();
    assert_eq!((role["RoleArn"].as_str(), role["DurationSeconds"].as_str()), (ROLE, "1800"));
    assert!(assumed.iter().any(|asked| asked["RoleSessionName"].starts_with("evercred-")));

    for (profile, part) in [
        ("sso", "the mode CloudSSO needs an interactive sign-in"),
        ("oauth", "the mode OAuth needs an interactive sign-in"),
        ("rsa", "the mode RsaKeyPair is not supported"),
        ("odd", "its mode is not known"),
        ("half", "it has no access_key_secret"),
        ("short", "its expired_seconds is less than 900"),
        ("circle", "its source_profile is a chain of too many profiles, or refers to itself"),
    ] {
        let (_client, source) = open(&world, &[PROFILE, ("aliyun_config_file", &file), ("aliyun_profile", profile)]);
        let error = get_error(&source);
        assert_eq!(error.code(), Code::NoIdentity, "{error}");
        let wanted = format!("{file}: profile {profile}: {part}");
        assert!(error.message().contains(&wanted) && !error.message().contains("hunter2"), "{error}");
    }
    for (profile, part) in [("lost", "it has no profile nobody"), ("absent", "it has no profile absent")] {
        let (_client, source) = open(&world, &[PROFILE, ("aliyun_config_file", &file), ("aliyun_profile", profile)]);
        assert!(get_error(&source).message().contains(&format!("{file}: {part}")));
    }
}

#[test]
fn malformed_profile_files_are_errors_without_their_content() {
    let world = full_world();
    let folder = Folder::new("aliyun-profile-broken");
    for (content, part) in [
        (String::from("{\"never-to-be-shown"), "it is not JSON"),
        (String::from("[]"), "it is not a JSON object"),
        (String::from("{}"), "it has no current profile"),
        (String::from(r#"{"current":"a"}"#), "it has no profiles"),
        (String::from(r#"{"current":"a","profiles":[1,null,{"name":7}]}"#), "it has no profile a"),
        (String::from(r#"{"current":"a","profiles":[{"name":"a"}]}"#), "it has no mode"),
        (
            String::from(
                r#"{"current":"a","profiles":[{"name":"a","mode":"AK","access_key_id":"a\nb","access_key_secret":"never-to-be-shown"}]}"#,
            ),
            "control characters",
        ),
        (format!("{{\"current\":\"{}\"}}", "x".repeat(1 << 20)), "it has more than"),
    ] {
        let file = folder.write("config.json", content);
        let (_client, source) = open(&world, &[PROFILE, ("aliyun_config_file", &file), ("max_attempts", "1")]);
        let error = get_error(&source);
        let code = if part == "it has more than" { Code::File } else { Code::NoIdentity };
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().contains(&file) && error.message().contains(part), "{part}: {error}");
        assert!(!error.to_string().contains("never-to-be-shown"), "{error}");
    }
    let file = folder.write("credentials", [0xff, 0xfe]);
    let (_client, source) = open(&world, &[PROFILE, ("aliyun_credentials_file", &file), ("max_attempts", "1")]);
    assert!(get_error(&source).message().contains("not UTF-8"));
}

#[test]
fn a_profile_that_changes_is_adopted_when_its_key_is_refused() {
    let world = full_world();
    let folder = Folder::new("aliyun-profile-changes");
    let write = |id: &str, secret: &str| {
        folder.write(
            "credentials",
            format!("[default]\ntype=access_key\naccess_key_id={id}\naccess_key_secret={secret}\n"),
        )
    };
    let file = write(ASKER, ASKER_SECRET);
    let (client, source) = open(&world, &[PROFILE, ("aliyun_credentials_file", &file)]);
    assert_live(&world, &source);
    world.emulator.add_access_key("LTAIsuccessor", "the-successors-secret");
    world.remember("the-successors-secret");
    world.emulator.revoke_access_key(ASKER);
    write("LTAIsuccessor", "the-successors-secret");
    source.refresh(Some(LONG)).unwrap();
    assert_eq!(signer(&world), "LTAIsuccessor");
    assert_eq!(identity_status(&client, "profile").state, State::Fresh);
}

#[test]
fn a_profile_that_is_being_rewritten_is_neither_left_nor_a_refusal() {
    let world = full_world();
    let folder = Folder::new("aliyun-profile-rewritten");
    world.set_home(folder.path());
    let write = |id: &str, secret: &str| {
        folder.write(
            ".alibabacloud/credentials",
            format!("[default]\ntype=access_key\naccess_key_id={id}\naccess_key_secret={secret}\n"),
        )
    };
    let file = write(ASKER, ASKER_SECRET);
    let named = [PROFILE, ("aliyun_credentials_file", &file), ("max_attempts", "1")];
    for (options, id) in [(&named[2..], "LTAIsuccessor"), (&named, "LTAIanother")] {
        world.emulator.add_access_key(ASKER, ASKER_SECRET);
        write(ASKER, ASKER_SECRET);
        let (_client, source) = open(&world, options);
        assert_live(&world, &source);
        world.emulator.add_access_key(id, "the-successors-secret");
        world.remember("the-successors-secret");
        world.emulator.revoke_access_key(ASKER);
        folder.write(".alibabacloud/credentials", "[default]\ntype=acc");
        let error = source.refresh(Some(LONG)).unwrap_err();
        assert!(error.is_retryable() && error.cloud_could_not_be_asked(), "{error:?}");
        assert!(error.message().contains("its type is not known"), "{error}");
        write(id, "the-successors-secret");
        world.advance(2 * MINUTE);
        world.landed(&source);
        assert_eq!(signer(&world), id);
        assert!(!explanation(&source).contains("switched"), "{}", explanation(&source));
    }
}

#[test]
fn the_chain_takes_the_command_lines_profile_before_the_profile_file() {
    let folder = Folder::new("aliyun-chain-profiles");
    folder.write(
        ".aliyun/config.json",
        json!({"current": "main", "profiles": [{"name": "main", "mode": "AK", "access_key_id": ASKER, "access_key_secret": ASKER_SECRET}]})
            .to_string(),
    );
    folder.write(".alibabacloud/credentials", ini("/nowhere"));
    let world = full_world();
    world.set_home(folder.path());
    for identity in ["auto", "profile"] {
        let (_client, source) = open(&world, &[("aliyun_identity", identity)]);
        assert_live(&world, &source);
        let text = explanation(&source);
        assert!(
            text.contains("cli_profile: main of ") && text.ends_with(".aliyun/config.json used (access_key)"),
            "{text}"
        );
        assert_eq!(text.contains("environment: skipped"), identity == "auto", "{text}");
    }
    // Only the other file has this one.
    let (_client, source) = open(&world, &[("aliyun_profile", "session")]);
    assert_live(&world, &source);
    let text = explanation(&source);
    assert!(text.contains("cli_profile: skipped, ") && text.contains("it has no profile session"), "{text}");
    assert!(text.contains("profile: [session] of ") && signer(&world) == "STS.profile", "{text}");
    // A role is assumed by what the chain finds.
    let (_client, source) = open(&world, &[("aliyun_role_arn", STEP)]);
    assert_live(&world, &source);
    assert!(
        explanation(&source).starts_with("ram_role: step used, by environment: skipped"),
        "{}",
        explanation(&source)
    );
}

#[test]
fn variables_name_files_and_profiles_and_switch_the_command_line_off() {
    let folder = Folder::new("aliyun-profile-variables");
    let file = folder.write("elsewhere", ini("/nowhere"));
    let config =
        folder.write("config", json!({"current": "x", "profiles": [{"name": "session", "mode": "OAuth"}]}).to_string());
    let world = full_world();
    world.set_home(folder.path());
    world.set_variables(&[
        ("ALIBABA_CLOUD_PROFILE", "session"),
        ("ALIBABA_CLOUD_CREDENTIALS_FILE", &file),
        ("ALIBABA_CLOUD_CONFIG_FILE", &config),
        ("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true"),
    ]);
    let (_client, source) = open(&world, &[]);
    assert_live(&world, &source);
    let text = explanation(&source);
    assert!(text.contains("ALIBABA_CLOUD_CLI_PROFILE_DISABLED disables it"), "{text}");
    assert!(text.ends_with(&format!("profile: [session] of {file} used (access_key)")), "{text}");
}

#[test]
fn the_alternative_name_of_the_profile_file_is_read() {
    let folder = Folder::new("aliyun-profile-ini");
    folder.write(".alibabacloud/credentials.ini", ini("/nowhere"));
    let world = full_world();
    world.set_home(folder.path());
    world.set_variables(&[("ALIBABA_CLOUD_STS_REGION", "x/y")]);
    let (_client, source) = open(&world, &[PROFILE]);
    assert_live(&world, &source);
    assert!(explanation(&source).contains("credentials.ini used"), "{}", explanation(&source));

    // An invalid region is an error that names the variable.
    let mut config = config(&world, &[PROFILE, ("aliyun_profile", "role")]);
    config.set("aliyun_sts_endpoint", "").unwrap();
    let error = get_error(&world.client_of(config).open_managed(None, NAME).unwrap());
    assert!(error.message().contains("ALIBABA_CLOUD_STS_REGION"), "{error}");
}
