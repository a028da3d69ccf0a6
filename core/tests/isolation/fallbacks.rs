//! A fallback that hangs: the flight lands with the first error.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use evercred_core::blocking::Lanes;
use evercred_core::cache::{Flight, Runner, Settings, Source, fly};
use evercred_core::error::{Code, Error, Result};
use evercred_core::http::{Http, HttpSettings, ProxyChoice};
use evercred_core::log::Sink;
use evercred_core::platform::{BoxFuture, Moment, Platform, StdPlatform};
use evercred_core::providers::{Context, Fetched, Provider};

use crate::support::LONG;

struct NoTimers;

impl Runner for NoTimers {
    fn is_closed(&self) -> bool {
        false
    }

    fn tls_verified(&self) -> bool {
        true
    }

    fn fly(&self, _source: &Arc<Source>) -> Result<()> {
        Ok(())
    }

    fn watch(&self, _source: &Arc<Source>, _at: Option<Moment>) -> Result<()> {
        Ok(())
    }
}

/// Its fallback never ends.
struct Hangs {
    fetch_hangs: bool,
}

impl Provider for Hangs {
    fn fetch<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            if self.fetch_hangs { pending().await } else { Err(Error::new(Code::Service, "the first error")) }
        })
    }

    fn fall_back<'a>(&'a self, _context: &'a Context, _error: Error) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(pending())
    }
}

#[test]
fn a_fallback_lies_under_the_deadline_of_its_flight() {
    let platform: Arc<dyn Platform> = Arc::new(StdPlatform);
    let lanes = Arc::new(Lanes::new(&platform));
    let settings = HttpSettings {
        connect_timeout: LONG,
        ca_pem: None,
        tls_verify: true,
        proxy: ProxyChoice::None,
        no_proxy: String::new(),
        user_agent: String::new(),
    };
    let http = Arc::new(Http::new(settings, Arc::clone(&platform), lanes));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (fetch_hangs, code) in [(false, Code::Service), (true, Code::Timeout)] {
        let settings = Settings { attempts: 1, total_timeout: Duration::from_millis(50), ..Settings::default() };
        let source = Arc::new(Source::new(
            String::from("hangs"),
            settings,
            Box::new(Hangs { fetch_hangs }),
            Arc::new(NoTimers),
            Arc::clone(&platform),
            Sink::default(),
        ));
        let flight = fly(Flight::new(&source), Arc::clone(&http));
        runtime.block_on(async { tokio::time::timeout(LONG, flight).await }).unwrap();
        let error = source.status().last_error.unwrap();
        assert_eq!(error.code(), code, "{error}");
    }
}
