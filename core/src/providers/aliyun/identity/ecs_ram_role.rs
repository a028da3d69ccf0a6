//! The identity `ecs_ram_role`: the RAM role of an ECS instance, from its metadata service.
//!
//! Facts (recorded from the official SDK): a `PUT` returns a token, a `GET` with it returns the keys (version 2). If either
//! fails, a `GET` without a token follows (version 1), unless version 1 is disabled.

use std::time::Duration;

use super::local::is_true;
use super::role::temporary;
use crate::error::{Class, Code, Error, Result};
use crate::http::{Method, Request, Response};
use crate::platform::{BoxFuture, Platform};
use crate::providers::aliyun::api::sts;
use crate::providers::{Context, Fetched, Origin, Provider, ServerTime};
use crate::sign::encode::percent_encode;

const TOKEN: &str = "/latest/api/token";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
const TOKEN_HEADER: &str = "X-aliyun-ecs-metadata-token";
const LIFE_HEADER: &str = "X-aliyun-ecs-metadata-token-ttl-seconds";
/// The longest life of a token, in seconds. It is used at once.
const TOKEN_LIFE_S: &str = "21600";
const HINT: &str = "in a container, raise the hop limit of the instance's metadata answers or use the host's network";

/// The settings of the metadata service.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The service's host, or host and port.
    pub endpoint: String,
    /// Whether requests without a token are allowed. `None`: unless `ALIBABA_CLOUD_IMDSV1_DISABLED` is `true`, or
    /// `ALIBABA_CLOUD_IMDSV1_DISABLE`, its name in some of the official documents.
    pub v1: Option<bool>,
    /// The time limit of the connection and of each request.
    pub timeout: Duration,
}

/// Keys of the instance's role. Requests to the metadata service are not encrypted and use no proxy.
pub struct EcsRamRole {
    /// The metadata service.
    pub metadata: Metadata,
    /// The role, instead of `ALIBABA_CLOUD_ECS_METADATA`. If neither is set, the metadata service names it.
    pub role: Option<String>,
    /// Whether `ALIBABA_CLOUD_ECS_METADATA_DISABLED` disables this identity. It does not if the configuration selects the
    /// identity by name.
    pub may_be_disabled: bool,
}

fn not_understood() -> Error {
    Error::new(Code::Malformed, "the metadata service's answer is not understood; check aliyun_metadata_endpoint")
        .with_class(Class::Unknown)
}

impl EcsRamRole {
    async fn send(
        &self,
        context: &Context,
        method: Method,
        path: &str,
        header: Option<(&str, &str)>,
    ) -> Result<Response> {
        let request = Request {
            method,
            url: format!("http://{}{path}", self.metadata.endpoint),
            headers: header.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: zeroize::Zeroizing::default(),
            direct: true,
        };
        context.http.send(request, self.metadata.timeout.min(context.remaining())).await
    }

    async fn token(&self, context: &Context) -> Result<String> {
        let response = self.send(context, Method::Put, TOKEN, Some((LIFE_HEADER, TOKEN_LIFE_S))).await?;
        if response.status != 200 {
            let text = format!("the metadata service returned no token (HTTP status {})", response.status);
            return Err(Error::new(Code::Service, text).with_class(Class::Unknown).with_http_status(response.status));
        }
        let token = std::str::from_utf8(&response.body).map_err(|_| not_understood())?.trim();
        let valid = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        if valid { Ok(token.to_owned()) } else { Err(not_understood()) }
    }

    async fn get(&self, context: &Context, name: &str, token: Option<&str>) -> Result<Response> {
        let path = name.split('/').map(percent_encode).collect::<Vec<_>>().join("/");
        let header = token.map(|token| (TOKEN_HEADER, token));
        let response = self.send(context, Method::Get, &format!("{ROLES}{path}"), header).await?;
        match response.status {
            200 => Ok(response),
            404 => Err(Error::new(
                Code::NoIdentity,
                "the metadata service does not know the role; attach a RAM role to the instance, or check its name",
            )
            .with_http_status(404)),
            status => {
                let text = format!("the metadata service returned no keys (HTTP status {status})");
                let error = Error::new(Code::Service, text).with_http_status(status);
                Err(if status < 500 { error.with_class(Class::Unknown) } else { error })
            }
        }
    }

    async fn role(&self, context: &Context, token: Option<&str>) -> Result<String> {
        if let Some(role) = self.role.clone().or_else(|| context.variable("ALIBABA_CLOUD_ECS_METADATA")) {
            return Ok(role);
        }
        let response = self.get(context, "", token).await?;
        let text = std::str::from_utf8(&response.body).map_err(|_| not_understood())?;
        let role = text.lines().next().unwrap_or_default().trim();
        if role.is_empty() {
            let text = "the metadata service named no role; attach a RAM role to the instance";
            return Err(Error::new(Code::NoIdentity, text));
        }
        // A proxy may answer with a page of HTML.
        let valid = role.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter));
        if valid { Ok(role.to_owned()) } else { Err(not_understood()) }
    }

    async fn keys(&self, context: &Context, token: Option<&str>) -> Result<Fetched> {
        let role = self.role(context, token).await?;
        let sent_at = context.platform.now();
        let response = self.get(context, &role, token).await?;
        let keys = sts::parse_flat(&response)
            .map_err(|error| error.in_context("the metadata service").with_http_status(response.status))?;
        let server_time = ServerTime::of(&*context.platform, &response);
        let (material, expires_ms) = temporary(Origin::Metadata, keys);
        let version = if token.is_some() { "v2" } else { "v1" };
        let explanation = format!("ecs_ram_role: {role} used, by metadata {version}");
        Fetched::temporary(context, material, explanation, sent_at, server_time, Some(expires_ms))
    }

    fn may_use_v1(&self, platform: &dyn Platform) -> bool {
        let disabled = |name| is_true(platform, name);
        self.metadata
            .v1
            .unwrap_or_else(|| !disabled("ALIBABA_CLOUD_IMDSV1_DISABLED") && !disabled("ALIBABA_CLOUD_IMDSV1_DISABLE"))
    }
}

impl Provider for EcsRamRole {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            if self.may_be_disabled && is_true(&*context.platform, "ALIBABA_CLOUD_ECS_METADATA_DISABLED") {
                let text = "the environment variable ALIBABA_CLOUD_ECS_METADATA_DISABLED disables it";
                return Err(Error::new(Code::NoIdentity, text));
            }
            // Outside of an instance the address is not reachable: find out once, not with each request.
            let reached =
                context.http.reach(&self.metadata.endpoint, 80, self.metadata.timeout.min(context.remaining()));
            reached.await.map_err(|error| error.in_context("the metadata service"))?;
            let v1 = self.may_use_v1(&*context.platform);
            match self.token(context).await {
                Ok(token) => match self.keys(context, Some(&token)).await {
                    // The error of version 2 is the one to report.
                    Err(error) if v1 => self.keys(context, None).await.map_err(|_| error),
                    result => result,
                },
                Err(error) => {
                    let hint = if error.code() == Code::Network { format!("; {HINT}") } else { String::new() };
                    if !v1 {
                        let text = format!("{}{hint}; version 1 is disabled", error.message());
                        return Err(Error::new(error.code(), text).with_class(error.class()));
                    }
                    let result = self.keys(context, None).await;
                    result.map_err(|without| {
                        let text =
                            format!("{} (without a token; with one: {}{hint})", without.message(), error.message());
                        Error::new(without.code(), text).with_class(without.class())
                    })
                }
            }
        })
    }
}
