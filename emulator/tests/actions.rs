//! Answers that a test registers for actions of any product.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod wire;

use evercred_emulator::{ActionAnswer, Cloud, Emulator, Fault, FaultKind, Options};
use serde_json::{Value, json};
use wire::rpc::{Key, target_of};
use wire::sha256::{acs3, tc3};
use wire::{Answer, Wire};

fn control(cloud: &Emulator, name: &str, body: &Value) -> (u16, Value) {
    let answer = Wire::to(&cloud.host_port()).post(&format!("/_emulator/{name}"), &body.to_string());
    (answer.status, answer.json())
}

fn ask(cloud: &Emulator, request: &str) -> Answer {
    let mut wire = Wire::to(&cloud.host_port());
    wire.send(request);
    wire.read().unwrap()
}

#[test]
fn any_action_of_tencent_cloud() {
    let cloud = Emulator::http().unwrap();
    cloud.add_key("id", "key");
    let zones = json!({"TotalCount": 1, "ZoneSet": [{"Zone": "ap-guangzhou-3"}]});
    let ask_for = |secret: &str, service: &str, version: &str| {
        ask(&cloud, &tc3(&cloud, ("id", secret), service, version, "DescribeZones", "{}"))
    };
    let code = |answer: &Answer| answer.json()["Response"]["Error"]["Code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(code(&ask_for("key", "cvm", "2017-03-12")), "InvalidAction");
    let action = json!({"cloud": "tencent", "service": "cvm", "version": "2017-03-12", "action": "DescribeZones"});
    let mut whole = action.clone();
    whole["answer"] = zones.clone();
    assert_eq!(control(&cloud, "action", &whole), (200, json!({})));
    let answer = ask_for("key", "cvm", "2017-03-12");
    let response = &answer.json()["Response"];
    assert_eq!((answer.status, &response["ZoneSet"]), (200, &zones["ZoneSet"]));
    assert_eq!(response["RequestId"].as_str().unwrap().len(), 36);
    // After the signature: key, signature and scope are checked as for any action.
    assert_eq!(code(&ask_for("other", "cvm", "2017-03-12")), "AuthFailure.SignatureFailure");
    assert_eq!(code(&ask_for("key", "vpc", "2017-03-12")), "AuthFailure.SignatureFailure");
    assert_eq!(code(&ask_for("key", "cvm", "2017-03-13")), "InvalidAction");
    cloud.remove_key("id");
    assert_eq!(code(&ask_for("key", "cvm", "2017-03-12")), "AuthFailure.SecretIdNotFound");
    cloud.add_key("id", "key");
    // It is counted, and faults find it.
    assert_eq!(cloud.requests("DescribeZones"), 5);
    cloud.inject(Fault { action: Some("DescribeZones".into()), times: 1, kind: FaultKind::Drop });
    let mut wire = Wire::to(&cloud.host_port());
    wire.send(&tc3(&cloud, ("id", "key"), "cvm", "2017-03-12", "DescribeZones", "{}"));
    assert!(wire.read().is_err());
    // An error of the service's, in its own form, and another service with an action of the same name.
    let error = json!({"Response": {"Error": {"Code": "ResourceInsufficient", "Message": "m"}}});
    let of_vpc = |answer: Value| ActionAnswer {
        cloud: Cloud::Tencent,
        service: Some("vpc".into()),
        version: "2017-03-12".into(),
        action: "DescribeZones".into(),
        status: 200,
        answer,
    };
    cloud.answer_action(of_vpc(error));
    assert_eq!(code(&ask_for("key", "vpc", "2017-03-12")), "ResourceInsufficient");
    assert_eq!(code(&ask_for("key", "cvm", "2017-03-12")), "");
    assert_eq!(control(&cloud, "remove-action", &action), (200, json!({})));
    assert_eq!(control(&cloud, "remove-action", &action).0, 400);
    assert!(cloud.remove_action(Cloud::Tencent, Some("vpc"), "2017-03-12", "DescribeZones"));
    assert_eq!(code(&ask_for("key", "cvm", "2017-03-12")), "InvalidAction");
}

#[test]
fn any_action_of_alibaba_cloud() {
    let cloud = Emulator::http().unwrap();
    cloud.add_access_key("id", "secret");
    let key = |secret: &str| Key::lasting("id", secret);
    let rpc = |secret: &str| {
        let target = target_of(&cloud, &key(secret), "2014-05-26", "DescribeZones", &[("RegionId", "cn-hangzhou")]);
        ask(&cloud, &format!("GET {target} HTTP/1.1\r\nHost: ecs.cn-hangzhou.aliyuncs.com\r\n\r\n"))
    };
    let code = |answer: &Answer| answer.json()["Code"].as_str().unwrap_or_default().to_owned();
    assert_eq!((rpc("secret").status, code(&rpc("secret")).as_str()), (404, "InvalidAction.NotFound"));
    let action = json!({"cloud": "aliyun", "service": "ecs", "version": "2014-05-26", "action": "DescribeZones",
                        "answer": {"Zones": {"Zone": []}}});
    assert_eq!(control(&cloud, "action", &action).0, 200);
    let answer = rpc("secret");
    assert_eq!((answer.status, &answer.json()["Zones"]), (200, &json!({"Zone": []})));
    assert_eq!(answer.json()["RequestId"].as_str().unwrap().len(), 36);
    assert_eq!(code(&rpc("other")), "SignatureDoesNotMatch");
    // ACS3, at another product's host and at the loopback one.
    let acs3_to = |host: &str| {
        let request = acs3(&cloud, ("id", "secret"), ("POST", "/"), host, ("2014-05-26", "DescribeZones"), "");
        ask(&cloud, &request)
    };
    assert_eq!(code(&acs3_to("vpc.cn-hangzhou.aliyuncs.com")), "InvalidAction.NotFound");
    assert_eq!((acs3_to("ecs.aliyuncs.com").status, acs3_to("127.0.0.1").status), (200, 200));
    // A path, another method, and a status of its own.
    cloud.answer_action(ActionAnswer {
        cloud: Cloud::Aliyun,
        service: None,
        version: "2015-12-15".into(),
        action: "CreateCluster".into(),
        status: 202,
        answer: json!({"cluster_id": "c"}),
    });
    let call = ("2015-12-15", "CreateCluster");
    let path = ("PUT", "/clusters/c%20d");
    let answer = ask(&cloud, &acs3(&cloud, ("id", "secret"), path, "cs.aliyuncs.com", call, "{\"name\":1}"));
    assert_eq!((answer.status, &answer.json()["cluster_id"]), (202, &json!("c")));
    let answer = ask(&cloud, &acs3(&cloud, ("id", "wrong"), path, "cs.aliyuncs.com", call, "{}"));
    assert_eq!(code(&answer), "SignatureDoesNotMatch");
    assert_eq!(cloud.requests("CreateCluster"), 2);
    // One that the emulator has itself is replaced.
    let own = json!({"cloud": "aliyun", "version": "2015-04-01", "action": "GetCallerIdentity", "status": 403,
                     "answer": {"Code": "NoPermission", "Message": "m"}});
    assert_eq!(control(&cloud, "action", &own).0, 200);
    assert_eq!(wire::rpc::identity(&cloud, &key("secret")), "NoPermission");
}

#[test]
fn what_is_registered_is_described_and_saved() {
    let path = std::env::temp_dir().join(format!("evercred-emulator-actions-{}.json", std::process::id()));
    std::fs::remove_file(&path).ok();
    let options = Options { state_file: Some(path.clone()), ..Options::default() };
    let cloud = Emulator::start(options.clone()).unwrap();
    let action = json!({"cloud": "tencent", "version": "1", "action": "A", "answer": {"n": 1}});
    assert_eq!(control(&cloud, "action", &action).0, 200);
    drop(cloud);
    let cloud = Emulator::start(options).unwrap();
    let state = Wire::to(&cloud.host_port()).get("/_emulator/state").json();
    let described = json!([{"cloud": "tencent", "service": null, "version": "1", "action": "A", "status": 200}]);
    assert_eq!(state["actions"], described);
    for (wrong, part) in [
        (json!({"cloud": "aws", "version": "1", "action": "A", "answer": {}}), "unknown variant `aws`"),
        (json!({"cloud": "tencent", "action": "A", "answer": {}}), "missing field `version`"),
        (json!({"cloud": "tencent", "version": "1", "action": "A"}), "missing field `answer`"),
        (json!({"cloud": "tencent", "version": "1", "action": "A", "answer": {}, "status": 100}), "status"),
        (json!({"cloud": "tencent", "version": "1", "action": "A", "answer": {}, "frob": 1}), "unknown field"),
    ] {
        let (status, answer) = control(&cloud, "action", &wrong);
        assert!(status == 400 && answer["error"].as_str().unwrap().contains(part), "{answer}");
    }
    drop(cloud);
    std::fs::remove_file(&path).unwrap();
}
