//! Alibaba Cloud over sockets: the life of keys and secrets, and disrupted regions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod wire;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use evercred_emulator::{Emulator, Fault, FaultKind, SecretKind};
use wire::Wire;
use wire::rpc::{Key, call, code, identity, secret, target};

const NAME: &str = "example/ram-credential-1";

fn cloud() -> (Emulator, Key) {
    let cloud = Emulator::http().unwrap();
    cloud.add_access_key("LTAIadmin", "s3cret");
    cloud.add_ram_secret(NAME);
    (cloud, Key::lasting("LTAIadmin", "s3cret"))
}

fn key_in(answer: &wire::Answer) -> Key {
    Key::of(&serde_json::from_str(answer.json()["SecretData"].as_str().unwrap()).unwrap())
}

#[test]
fn a_managed_key_through_its_rotations() {
    let (cloud, admin) = cloud();
    let main = cloud.host_port();
    let answer = secret(&cloud, &main, &admin, NAME).json();
    for (field, value) in [
        ("SecretName", NAME),
        ("SecretType", "RAMCredentials"),
        ("SecretDataType", "text"),
        ("AutomaticRotation", "Enabled"),
        ("RotationInterval", "604800s"),
        ("ExtendedConfig", r#"{"SecretSubType":"RamUserAccessKey","UserName":"ram-credential-1"}"#),
    ] {
        assert_eq!(answer[field], value, "{field}");
    }
    assert_eq!(answer["VersionStages"]["VersionStage"], serde_json::json!(["ACSCurrent"]));
    assert_eq!(answer["NextRotationDate"].as_str().unwrap().len(), 20);
    let first = key_in(&secret(&cloud, &main, &admin, NAME));
    assert_eq!(Some(&first.id), cloud.secret_access_key_id(NAME).as_ref());
    let described = call(&cloud, &main, &first, "GetCallerIdentity", &[]).json();
    assert_eq!(
        (&described["IdentityType"], &described["Arn"]),
        (&"RAMUser".into(), &"acs:ram::100000000000:user/ram-credential-1".into())
    );

    // On schedule: the old key lives on for two days.
    cloud.advance_clock(Duration::from_secs(7 * 24 * 3600 + 1));
    let second = key_in(&secret(&cloud, &main, &admin, NAME));
    assert_ne!(first.id, second.id);
    let previous =
        call(&cloud, &main, &admin, "GetSecretValue", &[("SecretName", NAME), ("VersionStage", "ACSPrevious")]);
    assert_eq!(key_in(&previous).id, first.id);
    assert_eq!((identity(&cloud, &first), identity(&cloud, &second)), (String::new(), String::new()));
    cloud.advance_clock(Duration::from_secs(2 * 24 * 3600));
    assert_eq!(
        (identity(&cloud, &first).as_str(), identity(&cloud, &second).as_str()),
        ("InvalidAccessKeyId.NotFound", "")
    );

    // At once, with ten minutes for the old key.
    assert!(cloud.rotate_secret(NAME, Duration::from_secs(600)));
    let third = key_in(&secret(&cloud, &main, &admin, NAME));
    assert_eq!((cloud.secret_rotations(NAME), cloud.is_access_key_live(&second.id)), (2, true));
    cloud.advance_clock(Duration::from_secs(601));
    let refused = call(&cloud, &main, &second, "GetCallerIdentity", &[]);
    assert_eq!((refused.status, code(&refused).as_str()), (404, "InvalidAccessKeyId.NotFound"));
    assert_eq!(identity(&cloud, &third), "");
    assert!(cloud.revoke_access_key(&third.id) && !cloud.revoke_access_key("nobody"));
    assert_eq!(identity(&cloud, &third), "InvalidAccessKeyId.NotFound");
    assert!(cloud.set_access_key_active("LTAIadmin", false));
    assert_eq!(identity(&cloud, &admin), "InvalidAccessKeyId.Inactive");
}

#[test]
fn other_secrets_and_odd_answers() {
    let (cloud, admin) = cloud();
    let main = cloud.host_port();
    cloud.add_secret("db", SecretKind::Rds { user: "app".into() });
    cloud.add_secret("text", SecretKind::Text("hello".into()));
    cloud.add_secret("binary", SecretKind::Binary("AAEC".into()));
    let kind = |name: &str| {
        let answer = secret(&cloud, &main, &admin, name).json();
        [&answer["SecretType"], &answer["SecretDataType"]].map(|value| value.as_str().unwrap().to_owned())
    };
    assert_eq!(
        [kind("db"), kind("text"), kind("binary")],
        [["Rds", "text"], ["Generic", "text"], ["Generic", "binary"]]
    );
    let data = cloud.secret_data("db").unwrap();
    assert!(data.contains(r#""AccountName":"app""#) && data.contains("AccountPassword"));
    cloud.rotate_secret("db", Duration::ZERO);
    assert_ne!(cloud.secret_data("db").unwrap(), data);
    cloud.set_secret_data("text", "later");
    assert_eq!(secret(&cloud, &main, &admin, "text").json()["SecretData"], "later");
    cloud.replace_secret_field(NAME, "RotationInterval", Some("soon"));
    cloud.replace_secret_field(NAME, "NextRotationDate", None);
    let answer = secret(&cloud, &main, &admin, NAME).json();
    assert_eq!((&answer["RotationInterval"], answer["NextRotationDate"].is_null()), (&"soon".into(), true));
    cloud.set_secret_denied(NAME, "LTAIadmin", true);
    let refused = secret(&cloud, &main, &admin, NAME);
    assert_eq!((refused.status, code(&refused).as_str()), (403, "Forbidden.NoPermission"));
    cloud.set_secret_denied(NAME, "LTAIadmin", false);
    cloud.set_secret_timestamps(NAME, true);
    cloud.rotate_secret(NAME, Duration::ZERO);
    assert!(cloud.secret_data(NAME).unwrap().contains("ExpireTimestamp"));
    cloud.remove_secret(NAME);
    let refused = secret(&cloud, &main, &admin, NAME);
    assert_eq!((refused.status, code(&refused).as_str()), (404, "Forbidden.ResourceNotFound"));
    let refused = call(&cloud, &main, &admin, "GetSecretValue", &[]);
    assert_eq!((refused.status, code(&refused).as_str()), (400, "MissingParameter"));
}

#[test]
fn sessions() {
    let (cloud, admin) = cloud();
    let main = cloud.host_port();
    let arn = "acs:ram::100000000000:role/app";
    cloud.set_ram_role(arn, Some("outside"), Duration::from_secs(1800));
    let role = [("RoleArn", arn), ("RoleSessionName", "me"), ("DurationSeconds", "900")];
    assert_eq!(code(&call(&cloud, &main, &admin, "AssumeRole", &role)), "NoPermission");
    let mut right = role.to_vec();
    right.push(("ExternalId", "outside"));
    let session = Key::of(&call(&cloud, &main, &admin, "AssumeRole", &right).json()["Credentials"]);
    assert_eq!(identity(&cloud, &session), "");
    // With a session's key another role can be had.
    cloud.set_ram_role("acs:ram::100000000000:role/next", None, Duration::from_secs(1));
    let next = [("RoleArn", "acs:ram::100000000000:role/next"), ("RoleSessionName", "me")];
    let short = Key::of(&call(&cloud, &main, &session, "AssumeRole", &next).json()["Credentials"]);
    let described = call(&cloud, &main, &short, "GetCallerIdentity", &[]).json();
    assert_eq!(described["Arn"], "acs:ram::100000000000:assumed-role/next/me");
    cloud.advance_clock(Duration::from_secs(3));
    let refused = call(&cloud, &main, &short, "GetCallerIdentity", &[]);
    assert_eq!((refused.status, code(&refused).as_str()), (400, "InvalidSecurityToken.Expired"));
    assert_eq!(identity(&cloud, &Key { token: None, ..session.clone() }), "InvalidAccessKeyId.NotFound");
    assert!(cloud.expire_access_key(&session.id) && !cloud.expire_access_key("LTAIadmin"));
    assert_eq!(identity(&cloud, &session), "InvalidSecurityToken.Expired");
    for (name, value, expected) in [
        ("DurationSeconds", "899", "InvalidParameter.DurationSeconds"),
        ("DurationSeconds", "soon", "InvalidParameter.DurationSeconds"),
        ("RoleArn", "frob", "InvalidParameter.RoleArn"),
        ("RoleArn", "acs:ram::1:role/x", "EntityNotExist.Role"),
        ("RoleSessionName", "a b", "InvalidParameter.RoleSessionName"),
        ("RoleSessionName", "", "MissingRoleSessionName"),
    ] {
        let mut wrong = right.clone();
        wrong.retain(|(n, _)| *n != name);
        wrong.push((name, value));
        assert_eq!(code(&call(&cloud, &main, &admin, "AssumeRole", &wrong)), expected, "{name} {value}");
    }
    cloud.set_ram_oidc_token("acs:ram::1:oidc-provider/idp", "a.b.c", Some(Duration::from_secs(60)));
    let now = target(&cloud, &admin, "x", &[]);
    let time = now.split("Timestamp=").nth(1).unwrap();
    let oidc = |token: &str| {
        let common = "/?Action=AssumeRoleWithOIDC&Version=2015-04-01&Format=JSON&RoleSessionName=me";
        let target = format!(
            "{common}&RoleArn={arn}&OIDCProviderArn=acs:ram::1:oidc-provider/idp&OIDCToken={token}&Timestamp={time}"
        );
        Wire::to(&main).get(&target)
    };
    assert_eq!(identity(&cloud, &Key::of(&oidc("a.b.c").json()["Credentials"])), "");
    assert_eq!(code(&oidc("a.b.d")), "AuthenticationFail.OIDCToken.Invalid");
    cloud.advance_clock(Duration::from_secs(61));
    assert_eq!(code(&oidc("a.b.c")), "AuthenticationFail.OIDCToken.Expired");

    // The issuer's file: what is in it now is accepted, what was in it is not.
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
    let provider = "acs:ram::1:oidc-provider/idp";
    let path = cloud.issue_oidc_token_file(provider, Some(Duration::from_secs(600))).unwrap();
    let before = read(&path);
    assert_eq!(identity(&cloud, &Key::of(&oidc(&before).json()["Credentials"])), "");
    assert_eq!(cloud.issue_oidc_token_file(provider, None).as_ref(), Some(&path));
    assert_eq!(code(&oidc(&before)), "AuthenticationFail.OIDCToken.Invalid");
    assert_eq!(identity(&cloud, &Key::of(&oidc(&read(&path)).json()["Credentials"])), "");
}

#[test]
fn disrupted_regions() {
    let (cloud, admin) = cloud();
    let (near, far) = (cloud.region("cn-hangzhou"), cloud.region("cn-beijing"));
    assert_eq!(cloud.region("cn-hangzhou").host_port(), near.host_port());
    assert_ne!(near.host_port(), far.host_port());
    let ask = |to: &str| secret(&cloud, to, &admin, NAME);
    assert_eq!((ask(&near.host_port()).status, ask(&far.host_port()).status), (200, 200));
    near.throttle(2);
    for _ in 0..2 {
        let refused = ask(&near.host_port());
        assert_eq!((refused.status, code(&refused).as_str()), (429, "Rejected.Throttling"));
    }
    assert_eq!(ask(&near.host_port()).status, 200);
    near.throttle(1);
    let refused = call(&cloud, &near.host_port(), &admin, "GetCallerIdentity", &[]);
    assert_eq!((refused.status, code(&refused).as_str()), (400, "Throttling.User"));
    near.throttle_with(1, "Throttling.Api");
    assert_eq!(code(&ask(&near.host_port())), "Throttling.Api");
    near.set_unavailable(true);
    let refused = ask(&near.host_port());
    assert_eq!((refused.status, code(&refused).as_str()), (503, "ServiceUnavailableTemporary"));
    // The main port, when the region is named.
    let named = [("SecretName", NAME), ("RegionId", "cn-hangzhou")];
    assert_eq!(call(&cloud, &cloud.host_port(), &admin, "GetSecretValue", &named).status, 503);
    assert_eq!((ask(&cloud.host_port()).status, ask(&far.host_port()).status), (200, 200));
    near.set_unavailable(false);
    // Down: a connection of before is cut at its next request, a new one at once.
    let mut open = Wire::to(&near.host_port());
    assert_eq!(open.get(&target(&cloud, &admin, "GetCallerIdentity", &[])).status, 200);
    near.set_down(true);
    open.send(&format!("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", target(&cloud, &admin, "GetCallerIdentity", &[])));
    assert_eq!(open.rest(), Err(ErrorKind::ConnectionReset));
    assert!(Wire::to(&near.host_port()).read().is_err());
    near.set_down(false);
    near.set_delay(Duration::from_millis(200));
    let start = Instant::now();
    assert_eq!(ask(&near.host_port()).status, 200);
    assert!(start.elapsed() >= Duration::from_millis(200));
    near.set_delay(Duration::ZERO);
    near.set_silent(true);
    let mut waiting = Wire::to(&near.host_port());
    waiting.0.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    waiting.send(&format!("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", target(&cloud, &admin, "GetCallerIdentity", &[])));
    assert!(waiting.read().is_err());
    near.set_silent(false);
    assert_eq!(ask(&near.host_port()).status, 200);
    assert_eq!(far.requests(), 2);
}

#[test]
fn faults_have_the_form_of_the_service() {
    let (cloud, admin) = cloud();
    let kind = FaultKind::Answer {
        status: 500,
        code: Some("InternalFailure".into()),
        message: None,
        content_type: None,
        retry_after: None,
    };
    cloud.inject(Fault { action: Some("GetSecretValue".into()), times: 1, kind });
    let refused = secret(&cloud, &cloud.host_port(), &admin, NAME);
    assert_eq!((refused.status, code(&refused).as_str()), (500, "InternalFailure"));
    assert_eq!(secret(&cloud, &cloud.host_port(), &admin, NAME).status, 200);
    assert_eq!(cloud.requests("GetSecretValue"), 2);
}

#[test]
fn a_plain_port_with_tls() {
    let cloud = Emulator::https().unwrap();
    cloud.add_access_key("id", "secret");
    assert_ne!(cloud.plain_host_port(), cloud.host_port());
    assert_eq!(cloud.plain_host_port(), cloud.plain_host_port());
    assert_eq!(identity(&cloud, &Key::lasting("id", "secret")), "");
    assert!(cloud.region("x").url().starts_with("https://127.0.0.1:"));
    assert_eq!(cloud.last_error(), None);
}

const TTL: &str = "X-aliyun-ecs-metadata-token-ttl-seconds";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";

#[test]
fn instance_metadata() {
    let cloud = Emulator::https().unwrap();
    let plain = cloud.plain_host_port();
    let put = |ttl: &str| {
        let mut wire = Wire::to(&plain);
        wire.send(&format!("PUT /latest/api/token HTTP/1.1\r\nHost: x\r\n{TTL}: {ttl}\r\nContent-Length: 0\r\n\r\n"));
        wire.read().unwrap()
    };
    let get = |path: &str, token: &str| {
        let mut wire = Wire::to(&plain);
        let token = if token.is_empty() { String::new() } else { format!("X-aliyun-ecs-metadata-token: {token}\r\n") };
        wire.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n{token}\r\n"));
        wire.read().unwrap()
    };
    assert_eq!(get(ROLES, "").status, 404);
    cloud.set_ecs_role("app role", Duration::from_secs(3600));
    assert_eq!(get(ROLES, "").text(), "app role");
    let token = put("60").text();
    assert_eq!((put("0").status, put("21601").status, put("x").status), (400, 400, 400));
    let path = format!("{ROLES}app%20role");
    let answer = get(&path, &token).json();
    assert_eq!((&answer["Code"], identity(&cloud, &Key::of(&answer)).as_str()), (&"Success".into(), ""));
    assert_eq!(get(&path, "").json()["AccessKeyId"], answer["AccessKeyId"]);
    assert_eq!((get(&path, "frob").status, get(&format!("{ROLES}other"), &token).status), (403, 404));
    // The credentials URI hands out the same.
    let uri = cloud.credentials_uri(None);
    let uri = uri.strip_prefix(&format!("http://{plain}")).unwrap();
    assert_eq!(get(uri, "").json()["SecurityToken"], answer["SecurityToken"]);
    assert_eq!(get(&format!("{uri}/nobody"), "").status, 404);
    cloud.expire_access_key(answer["AccessKeyId"].as_str().unwrap());
    assert_ne!(get(&path, "").json()["AccessKeyId"], answer["AccessKeyId"]);
    cloud.set_ecs_metadata(false, true);
    assert_eq!((get(&path, "").status, get(&path, &token).status), (403, 200));
    cloud.advance_clock(Duration::from_secs(61));
    assert_eq!(get(&path, &token).status, 403);
    cloud.set_ecs_metadata(true, false);
    assert_eq!((put("60").status, get(&path, "").status), (404, 200));
    cloud.set_ecs_metadata(true, true);
    cloud.set_ecs_hop_limited(true);
    let mut wire = Wire::to(&plain);
    wire.0.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    wire.send(&format!("PUT /latest/api/token HTTP/1.1\r\nHost: x\r\n{TTL}: 60\r\nContent-Length: 0\r\n\r\n"));
    assert!(wire.read().is_err());
    assert_eq!(get(&path, "").status, 200);
    let counts = ["ecs-metadata-token", "ecs-metadata", "credentials-uri"].map(|name| cloud.requests(name));
    assert_eq!(counts, [6, 12, 2]);
}

#[test]
fn client_key_files() {
    let cloud = Emulator::http().unwrap();
    let key = cloud.make_client_key("p4ss-é").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&key.json_path.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&key.json_path).unwrap()).unwrap();
    assert_eq!(json["KeyId"], key.key_id);
    assert_eq!(std::fs::read_to_string(&key.password_path).unwrap(), "p4ss-é");
    let paths = [key.json_path.clone(), key.password_path.clone(), key.json_path.parent().unwrap().to_path_buf()];
    drop(key);
    assert!(paths.iter().all(|path| !path.exists()));
}
