//! The variables and profiles of the vendor's command line.

use crate::setup::*;
use crate::support::*;
use evercred_core::error::Code;

#[test]
fn both_variables_of_the_session_token_are_read() {
    for variable in ["TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"] {
        let world = World::new();
        world.emulator.add_session_key("AKIDsession", "a-session-key", "a-session-token", None);
        world.set_variables(&[
            ("TENCENTCLOUD_SECRET_ID", "AKIDsession"),
            ("TENCENTCLOUD_SECRET_KEY", "a-session-key"),
            (variable, "a-session-token"),
        ]);
        let (client, source) = open(&world, &[("tencent_identity", "environment")]);
        get(&source);
        assert_eq!(signer(&world), ("AKIDsession".into(), Some("a-session-token".into())));
        world.remember("a-session-key");
        assert_no_secret(&world, &client, &[]);
    }
}

#[test]
fn a_role_and_its_session_can_come_from_the_environment() {
    let world = World::new();
    let options = [("tencent_identity", "assume_role")];
    let error = world.client(&options).open_database(None, REGION, INSTANCE, USER).unwrap_err();
    assert!(error.code() == Code::InvalidOption && error.message().contains("TENCENTCLOUD_ROLE_ARN"), "{error}");

    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    world.set_variables(&[("TENCENTCLOUD_ROLE_ARN", ARN), ("TENCENTCLOUD_ROLE_SESSION_NAME", "from-the-environment")]);
    let client = world.client(&options);
    get(&world.source(&client));
    let parameters = sent(&world, ASSUME);
    assert_eq!((&parameters["RoleArn"], &parameters["RoleSessionName"]), (&ARN.into(), &"from-the-environment".into()));
    // The option has precedence, and the variable alone changes no identity.
    let client = world.client(&[options[0], ("tencent_role_session_name", "from-an-option")]);
    get(&world.source(&client));
    assert_eq!(sent(&world, ASSUME)["RoleSessionName"], "from-an-option");
    get(&world.source(&world.client(&[])));
    assert_eq!(signer(&world).0, SECRET_ID);
}

#[test]
fn the_profile_of_the_command_line_is_the_last_of_the_chain() {
    let folder = Folder::new("tccli");
    let world = World::new();
    world.set_home(folder.path());
    world.emulator.add_session_key("AKIDcli", "a-cli-key", "a-cli-token", None);
    for secret in ["a-cli-key", "a-cli-token"] {
        world.remember(secret);
    }
    let keys = r#""secretId":"AKIDcli","secretKey":"a-cli-key","token":"a-cli-token""#;
    let file = folder.write(".tccli/default.credential", format!("{{{keys}}}"));
    let (client, source) = open(&world, &[]);
    get(&source);
    assert_eq!(signer(&world), ("AKIDcli".into(), Some("a-cli-token".into())));
    let said = explanation(&source);
    assert!(said.contains("oidc: skipped, ") && said.ends_with(&format!("cli_profile: {file} used")), "{said}");
    assert_no_secret(&world, &client, &[]);

    // Where the official SDK finds an identity, that one is used.
    world.emulator.set_role("reader", 2 * HOUR);
    let (_client, source) = open(&world, &[]);
    get(&source);
    assert!(explanation(&source).ends_with("cvm_role: reader used"), "{}", explanation(&source));
}

#[test]
fn a_profile_of_the_command_line_can_name_a_role() {
    let folder = Folder::new("tccli-role");
    let world = World::new();
    world.set_home(folder.path());
    world.set_variables(&[("TCCLI_PROFILE", "work")]);
    world.emulator.set_role_arn(ARN, None, 2 * HOUR);
    let profile = format!(
        r#"{{"secretId":"{SECRET_ID}","secretKey":"{SECRET_KEY}","token":null,"role-arn":"{ARN}","role-session-name":"from-tccli"}}"#
    );
    let file = folder.write(".tccli/work.credential", profile);
    let (client, source) = open(&world, &[]);
    get(&source);
    assert_eq!(sent(&world, ASSUME)["RoleSessionName"], "from-tccli");
    assert_eq!(signer_of(&world.emulator.last_request(ASSUME).unwrap()).0, SECRET_ID);
    assert!(signer(&world).1.is_some());
    let said = explanation(&source);
    assert!(said.ends_with(&format!("cli_profile: {file} used (assume_role: used, by its key)")), "{said}");
    assert_no_secret(&world, &client, &[]);
}

#[test]
fn an_unusable_profile_of_the_command_line_is_named_and_not_quoted() {
    let folder = Folder::new("tccli-bad");
    let world = World::new();
    world.set_home(folder.path());
    world.remember("never-to-be-shown");
    for (content, part) in [
        (r#"{"secretId":"never-to-be-shown""#, "it is not JSON"),
        (r#"["never-to-be-shown"]"#, "it is not a JSON object"),
        (r#"{"secretKey":"never-to-be-shown"}"#, "it has no usable secretId"),
        (r#"{"secretId":"a","secretKey":"never-to-be-shown\n"}"#, "it has no usable secretKey"),
        (r#"{"type":"oauth","secretId":"a","secretKey":"never-to-be-shown"}"#, "an interactive sign-in"),
    ] {
        let file = folder.write(".tccli/default.credential", content);
        let error = get_error(&open(&world, &[]).1);
        assert_eq!(error.code(), Code::NoIdentity, "{error}");
        assert!(error.message().contains(&format!("cli_profile: skipped, {file}: ")), "{error}");
        assert!(error.message().contains(part), "{part}: {error}");
    }
    let error = get_error(&open(&world, &[("tencent_profile", "../elsewhere")]).1);
    assert!(error.message().contains("must not contain a slash"), "{error}");
}
