//! Calls a cloud's API, and repeats a call once where that can help. The same for all clouds.

use crate::error::{Class, Result};
use crate::http::{Request, Response};
use crate::log::Level;
use crate::platform::Moment;
use crate::providers::{Clock, Context, IdentitySource, Material, Origin, ServerTime};

/// The result of a successful call.
pub struct CallResult<T> {
    /// The parsed answer.
    pub answer: T,
    /// The moment before the request was sent. Lifetimes are counted from here, so that a slow answer does not extend
    /// them.
    pub sent_at: Moment,
    /// The server's time in the answer.
    pub server_time: ServerTime,
    /// Which login identity was used, and why others were skipped.
    pub explanation: Option<String>,
}

/// The target of a call.
pub struct SignedCall<'a> {
    /// The action's name, for the log.
    pub action: &'a str,
    /// The host, for the log and for errors.
    pub host: &'a str,
    /// The difference to the cloud's clock.
    pub clock: &'a Clock,
}

impl SignedCall<'_> {
    /// Makes a signed call. If the service does not accept the identity, it is fetched again, once. If the service does
    /// not accept the signing time, it is corrected, once.
    ///
    /// `build` gets the identity and the time, in milliseconds since 1970. `parse` gets whether fetching the identity
    /// again can help.
    pub async fn signed<T>(
        &self,
        context: &Context,
        identities: &dyn IdentitySource,
        build: impl Fn(&Material, i64) -> Result<Request>,
        parse: impl Fn(&Response, bool) -> Result<T>,
    ) -> Result<CallResult<T>> {
        let mut renewed = false;
        loop {
            let identity =
                identities.identity(context).await.map_err(|error| error.in_context("the login identity"))?;
            let material = identity.material();
            // A key from the configuration never changes, so its refusal is final.
            let can_change = material.origin != Origin::Configuration;
            let call = self.with_clock_correction(
                context,
                |time| build(material, time),
                |response| parse(response, can_change),
            );
            match call.await {
                Err(error) if error.class() == Class::Identity && can_change && !renewed && identity.reject() => {
                    context.log.write(Level::Info, || format!("the login identity is fetched again: {error}"));
                    renewed = true;
                }
                Err(error) => return Err(error),
                Ok(result) => return Ok(CallResult { explanation: identity.explanation(), ..result }),
            }
        }
    }

    /// Makes a call. If the service does not accept the signing time, it is corrected, once.
    pub async fn with_clock_correction<T>(
        &self,
        context: &Context,
        build: impl Fn(i64) -> Result<Request>,
        parse: impl Fn(&Response) -> Result<T>,
    ) -> Result<CallResult<T>> {
        let (action, host) = (self.action, self.host);
        let mut corrected = false;
        loop {
            let sent_at = context.platform.now();
            let request = build(self.clock.cloud_ms(&*context.platform))?;
            let response = context.http.send(request, context.remaining()).await?;
            context.log.write(Level::Debug, || {
                let took = context.platform.now().since(sent_at).as_millis();
                format!("{action}: {host} answered with status {} after {took} ms", response.status)
            });
            let error = match parse(&response) {
                Ok(answer) => {
                    let server_time = self.clock.server_time(&*context.platform, &response);
                    return Ok(CallResult { answer, sent_at, server_time, explanation: None });
                }
                // An answer without a code of the service may come from a proxy, so the error names the host.
                Err(error) if error.provider_code().is_none() => error.in_context(host),
                Err(error) => error,
            };
            let error = error.with_http_status(response.status);
            context.log.write(Level::Debug, || format!("{action}: {error}"));
            if error.class() != Class::Clock || corrected || !self.clock.update(&*context.platform, &response) {
                return Err(error.with_server_skew_ms(Some(self.clock.skew_ms())));
            }
            corrected = true;
            let skew = self.clock.skew_ms();
            context.log.write(Level::Warn, || {
                format!("this machine's clock is {skew} ms behind the cloud's: the signing time is corrected")
            });
        }
    }
}
