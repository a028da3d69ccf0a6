//! Calls of Tencent Cloud's API: signed with whoever the identity source says, once more where that helps.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::UNIX_EPOCH;

use crate::error::{Class, Code, Error, Result};
use crate::http::{Request, Response};
use crate::log::Level;
use crate::platform::{Moment, Platform};
use crate::providers::tencent::request::{self, Action, Endpoint, SignMethod, Signing, Unsigned};
use crate::providers::{Context, IdentitySource, Material, Origin};

/// How the requests name us; the service keeps it for its statistics.
const REQUEST_CLIENT: &str = concat!("evercred_", env!("CARGO_PKG_VERSION"));
/// Less than this is the whole-second `Date` header, not a wrong clock.
const LEAST_SKEW_MS: i64 = 2000;

/// How far the cloud's clock is ahead of ours. Learned from the `Date` of an answer that refused our time.
#[derive(Debug, Default)]
pub struct Clock(AtomicI64);

impl Clock {
    /// How far the cloud is ahead, in milliseconds.
    pub fn skew_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The cloud's time, in milliseconds since 1970, as far as we know.
    pub fn cloud_ms(&self, platform: &dyn Platform) -> i64 {
        platform.wall_ms().saturating_add(self.skew_ms())
    }

    /// Learns from an answer; whether that changes anything.
    fn learn(&self, platform: &dyn Platform, response: &Response) -> bool {
        let Some(date) = date_ms(response) else { return false };
        let skew = date.saturating_sub(platform.wall_ms());
        let skew = if skew.abs() < LEAST_SKEW_MS { 0 } else { skew };
        let before = self.0.swap(skew, Ordering::Relaxed);
        before.abs_diff(skew) >= LEAST_SKEW_MS.unsigned_abs()
    }
}

/// The server's clock as its answer tells it, in milliseconds since 1970.
pub fn date_ms(response: &Response) -> Option<i64> {
    let date = httpdate::parse_http_date(response.header("Date")?).ok()?;
    i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Where and how a service is called.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The service's endpoint.
    pub endpoint: Endpoint,
    /// How requests are signed.
    pub sign_method: SignMethod,
    /// The language of the service's messages.
    pub language: String,
    /// What is known of the service's clock; shared by all callers of a client.
    pub clock: Arc<Clock>,
}

/// What a call brought.
pub struct Called<T> {
    /// The parsed answer.
    pub answer: T,
    /// The moment before the request was sent: lives are counted from here, so that a slow answer lengthens none.
    pub sent_at: Moment,
    /// The server's time of the answer, in milliseconds since 1970; ours, corrected, where it gave none.
    pub server_ms: i64,
    /// How the identity was found.
    pub explanation: Option<String>,
}

impl Caller {
    /// Makes a signed call. An identity that is not accepted is rejected and fetched again, once; a signing time that is
    /// not accepted is corrected, once.
    pub async fn signed<T>(
        &self,
        context: &Context,
        identities: &dyn IdentitySource,
        action: &Action<'_>,
        region: &str,
        parse: fn(&Response, bool) -> Result<T>,
    ) -> Result<Called<T>> {
        let mut renewed = false;
        loop {
            let identity =
                identities.identity(context).await.map_err(|error| error.in_context("the login identity"))?;
            let material = identity.material();
            // A key from the configuration never changes: refusing it is final.
            let can_change = material.origin != Origin::Configuration;
            let build = |timestamp| self.build(context, action, material, region, timestamp);
            match self.in_time(context, action.action, build, |response| parse(response, can_change)).await {
                Err(error) if error.class() == Class::Identity && can_change && !renewed && identity.reject() => {
                    context.log.write(Level::Info, || format!("the login identity is fetched again: {error}"));
                    renewed = true;
                }
                Err(error) => return Err(error),
                Ok(called) => return Ok(Called { explanation: identity.explanation(), ..called }),
            }
        }
    }

    /// Makes a call that proves itself by what it carries.
    pub async fn unsigned<T>(
        &self,
        context: &Context,
        action: &Action<'_>,
        region: &str,
        parse: fn(&Response, bool) -> Result<T>,
    ) -> Result<Called<T>> {
        let build = |timestamp| {
            let trace_id = trace_id(context);
            let unsigned = Unsigned {
                timestamp,
                language: &self.language,
                client_region: Some(region),
                request_client: REQUEST_CLIENT,
                trace_id: &trace_id,
            };
            request::build_unsigned(&self.endpoint, action, &unsigned)
        };
        self.in_time(context, action.action, build, |response| parse(response, true)).await
    }

    async fn in_time<T>(
        &self,
        context: &Context,
        action: &str,
        build: impl Fn(i64) -> Request,
        parse: impl Fn(&Response) -> Result<T>,
    ) -> Result<Called<T>> {
        let mut corrected = false;
        loop {
            let sent_at = context.platform.now();
            let timestamp = self.clock.cloud_ms(&*context.platform).div_euclid(1000);
            let response = context.http.send(build(timestamp), context.remaining()).await?;
            context.log.write(Level::Debug, || {
                let took = context.platform.now().since(sent_at).as_millis();
                format!(
                    "{action}: {} answered with status {} after {took} ms",
                    self.endpoint.host_and_port, response.status
                )
            });
            let error = match parse(&response) {
                Ok(answer) => {
                    let server_ms = date_ms(&response).unwrap_or_else(|| self.clock.cloud_ms(&*context.platform));
                    return Ok(Called { answer, sent_at, server_ms, explanation: None });
                }
                // An answer without a code of the service may come from something in between: say from where.
                Err(error) if error.provider_code().is_none() => error.in_context(&self.endpoint.host_and_port),
                Err(error) => error,
            };
            context.log.write(Level::Debug, || format!("{action}: {error}"));
            if error.class() != Class::Clock || corrected || !self.clock.learn(&*context.platform, &response) {
                return Err(error.with_server_skew_ms(Some(self.clock.skew_ms())));
            }
            corrected = true;
            let skew = self.clock.skew_ms();
            context.log.write(Level::Warn, || {
                format!("this machine's clock is {skew} ms behind the cloud's: the signing time is corrected")
            });
        }
    }

    fn build(
        &self,
        context: &Context,
        action: &Action<'_>,
        material: &Material,
        region: &str,
        timestamp: i64,
    ) -> Request {
        let trace_id = trace_id(context);
        let signing = Signing {
            method: self.sign_method,
            secret_id: material.access_key_id.expose(),
            secret_key: &material.access_key_secret,
            token: Some(&material.security_token).filter(|token| !token.is_empty()),
            timestamp,
            nonce: 1 + random_bits(context) / 2,
            language: &self.language,
            client_region: Some(region),
            request_client: REQUEST_CLIENT,
            trace_id: &trace_id,
            unsigned_payload: false,
        };
        request::build(&self.endpoint, action, &signing)
    }
}

fn random_bits(context: &Context) -> u64 {
    let half = || (context.platform.random() * f64::from(u32::MAX)) as u64;
    half() << 32 | half()
}

/// A random UUID (version 4), by which the service's support finds a request.
fn trace_id(context: &Context) -> String {
    let (high, low) = (random_bits(context), random_bits(context));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        0x8000 | low >> 48 & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}

/// An error of the metadata service or STS that is not the API's own form.
pub(super) fn not_understood(what: &str) -> Error {
    Error::new(Code::Malformed, format!("{what}: the answer could not be understood"))
}
