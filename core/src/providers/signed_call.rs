//! A call of a cloud's API, once more where that helps: the same for all clouds.

use crate::error::{Class, Result};
use crate::http::{Request, Response};
use crate::log::Level;
use crate::platform::Moment;
use crate::providers::{Clock, Context, IdentitySource, Material, Origin};

/// What a call brought.
pub struct CallResult<T> {
    /// The parsed answer.
    pub answer: T,
    /// The moment before the request was sent: lives are counted from here, so that a slow answer lengthens none.
    pub sent_at: Moment,
    /// The server's time of the answer, in milliseconds since 1970; ours, corrected, where it gave none.
    pub server_ms: i64,
    /// How the identity was found.
    pub explanation: Option<String>,
}

/// Where a call goes.
pub struct SignedCall<'a> {
    /// The action's name, for the log.
    pub action: &'a str,
    /// The host, for the log and for errors.
    pub host: &'a str,
    /// What is known of the cloud's clock.
    pub clock: &'a Clock,
}

impl SignedCall<'_> {
    /// Makes a signed call. An identity that is not accepted is rejected and fetched again, once; a signing time that is
    /// not accepted is corrected, once. `build` gets the identity and the time, in milliseconds since 1970; `parse` is told
    /// whether fetching the identity again could help.
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
            // A key from the configuration never changes: refusing it is final.
            let can_change = material.origin != Origin::Configuration;
            let call = self.with_clock_correction(context, |time| build(material, time), |response| parse(response, can_change));
            match call.await {
                Err(error) if error.class() == Class::Identity && can_change && !renewed && identity.reject() => {
                    context.log.write(Level::Info, || format!("the login identity is fetched again: {error}"));
                    renewed = true;
                }
                Err(error) => return Err(error),
                Ok(called) => return Ok(CallResult { explanation: identity.explanation(), ..called }),
            }
        }
    }

    /// Makes a call whose time is corrected, once, where the cloud does not accept it.
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
                    let server_ms =
                        Clock::date_ms(&response).unwrap_or_else(|| self.clock.cloud_ms(&*context.platform));
                    return Ok(CallResult { answer, sent_at, server_ms, explanation: None });
                }
                // An answer without a code of the service may come from something in between: say from where.
                Err(error) if error.provider_code().is_none() => error.in_context(host),
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
}
