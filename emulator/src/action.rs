//! Answers that a test registers for actions, of any product of both clouds.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Cloud {
    /// Tencent Cloud.
    Tencent,
    /// Alibaba Cloud.
    Aliyun,
}

/// An action and what it answers, once the signature of the request is checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionAnswer {
    /// The cloud.
    pub cloud: Cloud,
    /// Tencent Cloud: the service in the scope of the signature, such as `cvm`. Alibaba Cloud: the product at the start of the
    /// host, such as `ecs`; a host that is not one of the cloud's names is of any product. `None`: any.
    #[serde(default)]
    pub service: Option<String>,
    /// The version, such as `2017-03-12`.
    pub version: String,
    /// The action, such as `DescribeZones`.
    pub action: String,
    /// HTTP status.
    #[serde(default = "ok")]
    pub status: u16,
    /// The answer. `RequestId` is added where it is missing; for Tencent Cloud it is put into `Response` unless it has that.
    pub answer: Value,
}

fn ok() -> u16 {
    200
}

impl ActionAnswer {
    fn is_of(&self, cloud: Cloud, version: &str, action: &str) -> bool {
        self.cloud == cloud && self.version == version && self.action == action
    }

    /// The answer with a request id.
    pub(crate) fn with_id(&self, request_id: &str) -> Value {
        let mut answer = self.answer.clone();
        let wrapped = self.cloud == Cloud::Tencent && answer.get("Response").is_some();
        let fields = if wrapped { answer.get_mut("Response") } else { Some(&mut answer) };
        if let Some(Value::Object(fields)) = fields {
            fields.entry("RequestId").or_insert_with(|| request_id.into());
        }
        if self.cloud == Cloud::Tencent && !wrapped { json!({"Response": answer}) } else { answer }
    }
}

/// What is registered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Actions(Vec<ActionAnswer>);

impl Actions {
    /// Registers an answer; one for the same action is replaced.
    pub(crate) fn put(&mut self, answer: ActionAnswer) {
        self.remove(answer.cloud, answer.service.as_deref(), &answer.version, &answer.action);
        self.0.push(answer);
    }

    /// Removes an answer; false if there is none.
    pub(crate) fn remove(&mut self, cloud: Cloud, service: Option<&str>, version: &str, action: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|known| !(known.is_of(cloud, version, action) && known.service.as_deref() == service));
        self.0.len() < before
    }

    /// The answer of an action: that of its service, else that of any service. A request may not say its service.
    pub(crate) fn find(
        &self,
        cloud: Cloud,
        service: Option<&str>,
        version: &str,
        action: &str,
    ) -> Option<&ActionAnswer> {
        let of_action = || self.0.iter().filter(|known| known.is_of(cloud, version, action));
        let own = of_action().find(|known| known.service.is_some() && known.service.as_deref() == service);
        own.or_else(|| of_action().find(|known| known.service.is_none() || service.is_none()))
    }

    /// Whether any service has the action.
    pub(crate) fn has(&self, cloud: Cloud, action: &str) -> bool {
        self.0.iter().any(|known| known.cloud == cloud && known.action == action)
    }

    /// What is registered, without the answers.
    pub(crate) fn describe(&self) -> Vec<Value> {
        let one = |known: &ActionAnswer| {
            json!({"cloud": known.cloud, "service": known.service, "version": known.version, "action": known.action,
                   "status": known.status})
        };
        self.0.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(cloud: Cloud, service: Option<&str>, answer: Value) -> ActionAnswer {
        let (version, action) = ("1".to_owned(), "A".to_owned());
        ActionAnswer { cloud, service: service.map(str::to_owned), version, action, status: 200, answer }
    }

    #[test]
    fn found_by_service_version_and_action() {
        let mut actions = Actions::default();
        actions.put(answer(Cloud::Tencent, Some("cvm"), json!({"n": 0})));
        actions.put(answer(Cloud::Tencent, Some("cvm"), json!({"n": 1})));
        let find = |actions: &Actions, service, version, action| {
            actions.find(Cloud::Tencent, service, version, action).map(|found| found.answer["n"].clone())
        };
        assert_eq!(find(&actions, Some("cvm"), "1", "A"), Some(json!(1)));
        assert_eq!(find(&actions, None, "1", "A"), Some(json!(1)));
        assert_eq!(find(&actions, Some("vpc"), "1", "A"), None);
        assert_eq!(find(&actions, Some("cvm"), "2", "A"), None);
        assert_eq!(find(&actions, Some("cvm"), "1", "B"), None);
        assert!(actions.find(Cloud::Aliyun, None, "1", "A").is_none());
        actions.put(answer(Cloud::Tencent, None, json!({"n": 2})));
        assert_eq!(find(&actions, Some("vpc"), "1", "A"), Some(json!(2)));
        assert_eq!(find(&actions, Some("cvm"), "1", "A"), Some(json!(1)));
        assert!(actions.remove(Cloud::Tencent, Some("cvm"), "1", "A"));
        assert!(!actions.remove(Cloud::Tencent, Some("cvm"), "1", "A") && actions.has(Cloud::Tencent, "A"));
    }

    #[test]
    fn in_the_form_of_the_cloud() {
        let made = |cloud, value| answer(cloud, None, value).with_id("id");
        let inner = json!({"a": 1, "RequestId": "id"});
        assert_eq!(made(Cloud::Tencent, json!({"a": 1})), json!({"Response": inner}));
        assert_eq!(made(Cloud::Tencent, json!({"Response": {"a": 1}})), json!({"Response": inner}));
        assert_eq!(made(Cloud::Aliyun, json!({"a": 1})), inner);
        assert_eq!(made(Cloud::Aliyun, json!({"RequestId": "own"})), json!({"RequestId": "own"}));
        assert_eq!(made(Cloud::Aliyun, json!([1])), json!([1]));
    }
}
