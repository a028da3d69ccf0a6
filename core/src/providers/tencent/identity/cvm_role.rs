//! The identity `cvm_role`: the role of a CVM instance, from its metadata service.

use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::http::{Method, Request, Response};
use crate::platform::BoxFuture;
use crate::providers::json::Document;
use crate::providers::tencent::api::not_understood;
use crate::providers::tencent::envelope::whole_number;
use crate::providers::{Context, Fetched, Material, Origin, Provider, ServerTime};
use crate::secret::Secret;

/// The path of the role and of its keys: `CVMRoleCredential` of tencentcloud-sdk-python-common
/// 3.1.195, which uses the host
/// `metadata.tencentyun.com`.
const PATH: &str = "/latest/meta-data/cam/security-credentials/";

/// Keys of the instance's role. Requests to the metadata service are not encrypted and use no proxy.
pub struct CvmRole {
    /// The host of the metadata service.
    pub endpoint: String,
    /// The role. If it is not configured, the metadata service names it.
    pub role: Option<String>,
    /// The time limit of one request.
    pub timeout: Duration,
}

impl CvmRole {
    async fn get(&self, context: &Context, name: &str) -> Result<Response> {
        let request = Request {
            method: Method::Get,
            url: format!("http://{}{PATH}{name}", self.endpoint),
            headers: Vec::new(),
            body: zeroize::Zeroizing::default(),
            direct: true,
        };
        let response = context.http.send(request, self.timeout.min(context.remaining())).await?;
        match response.status {
            200 => Ok(response),
            404 => Err(Error::new(
                Code::NoIdentity,
                "the metadata service does not know the role; bind one to the instance",
            )
            .with_http_status(404)),
            status => {
                let text = format!("the metadata service answered with status {status}");
                Err(Error::new(Code::Service, text).with_http_status(status))
            }
        }
    }

    async fn role(&self, context: &Context) -> Result<String> {
        if let Some(role) = &self.role {
            return Ok(role.clone());
        }
        let response = self.get(context, "").await?;
        let text = std::str::from_utf8(&response.body).map_err(|_| not_understood("the metadata service"))?;
        let role = text.lines().next().unwrap_or_default().trim();
        let valid = |letter: char| letter.is_ascii_alphanumeric() || "_-.+@=,".contains(letter);
        if role.is_empty() || !role.chars().all(valid) {
            return Err(Error::new(Code::NoIdentity, "the metadata service named no role; bind one to the instance"));
        }
        Ok(role.to_owned())
    }
}

impl Provider for CvmRole {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let role = self.role(context).await?;
            let sent_at = context.platform.now();
            let response = self.get(context, &role).await?;
            let document = Document::read(&response.body).ok_or_else(|| not_understood("the metadata service"))?;
            let text = |key: &str| document.fields()?.get(key)?.as_str().filter(|text| !text.is_empty());
            let key = |key: &str| text(key).map(Secret::from_text).filter(Secret::fits_header);
            if let Some(code) = text("Code").filter(|code| *code != "Success") {
                let shown: String = code.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
                let error = Error::new(Code::NoIdentity, "the metadata service returned no key for the role");
                return Err(error.with_provider_code(shown));
            }
            let (Some(id), Some(secret), Some(token)) = (key("TmpSecretId"), key("TmpSecretKey"), key("Token")) else {
                return Err(not_understood("the metadata service"));
            };
            let material = Material::access_key(Origin::Metadata, id.expose(), secret, Some(token));
            let expires_s = document.fields().and_then(|fields| whole_number(fields, "ExpiredTime"));
            let expires_ms = expires_s.map(|seconds| seconds.saturating_mul(1000));
            let server_time = ServerTime::of(&*context.platform, &response);
            Fetched::temporary(context, material, format!("cvm_role: {role} used"), sent_at, server_time, expires_ms)
        })
    }
}
