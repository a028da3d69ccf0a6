//! The stable error numbers.

/// Stable error numbers, the same as in the C header. A number is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Code {
    /// An argument is missing, empty, not UTF-8 or otherwise unusable. User action: correct the call.
    InvalidArgument = 1,
    /// No option has this name. User action: see the nearest name in the message.
    UnknownOption = 2,
    /// The value of an option has the wrong type or is out of range. User action: correct the value.
    InvalidOption = 3,
    /// A requested file cannot be read or parsed. User action: correct the file or its path.
    File = 4,
    /// The client is closed. User action: none, or open another client.
    Closed = 5,
    /// The timeout of the call ended before an answer arrived. User action: retry, or allow more time.
    Timeout = 6,
    /// The cloud cannot be reached. User action: check the network, the endpoint and the proxy.
    Network = 7,
    /// The server's certificate was not accepted, or no root certificates were found. User action: check the CA.
    Tls = 8,
    /// The cloud reported a temporary failure. User action: none; the library retries.
    Service = 9,
    /// The cloud limits the rate of requests. User action: make fewer requests.
    Throttled = 10,
    /// The cloud refuses the request: not permitted, switched off, no such resource. User action: see the message.
    Refused = 11,
    /// The login identity that signs requests is expired or unknown. User action: check the configured identity.
    Identity = 12,
    /// The signing time was not accepted, even after correction. User action: set this machine's clock.
    Clock = 13,
    /// The cloud's answer is malformed. User action: report it with the request id.
    Malformed = 14,
    /// Too many forced refreshes in a short time: this one was not made. User action: wait for `retry_after`.
    RateLimited = 15,
    /// No login identity was found. User action: configure one; the message says what was tried.
    NoIdentity = 16,
    /// This build or system does not support the operation. User action: see the message.
    Unsupported = 17,
    /// The process has no thread, descriptor or memory left. User action: raise its limits; the library retries.
    Resources = 18,
    /// A defect in evercred. User action: report it.
    Internal = 99,
}

impl Code {
    /// Every code, in the order of its number.
    pub const ALL: [Code; 19] = [
        Code::InvalidArgument,
        Code::UnknownOption,
        Code::InvalidOption,
        Code::File,
        Code::Closed,
        Code::Timeout,
        Code::Network,
        Code::Tls,
        Code::Service,
        Code::Throttled,
        Code::Refused,
        Code::Identity,
        Code::Clock,
        Code::Malformed,
        Code::RateLimited,
        Code::NoIdentity,
        Code::Unsupported,
        Code::Resources,
        Code::Internal,
    ];

    /// The constant's name in the C header.
    pub fn name(self) -> &'static str {
        match self {
            Code::InvalidArgument => "EVERCRED_E_INVALID_ARGUMENT",
            Code::UnknownOption => "EVERCRED_E_UNKNOWN_OPTION",
            Code::InvalidOption => "EVERCRED_E_INVALID_OPTION",
            Code::File => "EVERCRED_E_FILE",
            Code::Closed => "EVERCRED_E_CLOSED",
            Code::Timeout => "EVERCRED_E_TIMEOUT",
            Code::Network => "EVERCRED_E_NETWORK",
            Code::Tls => "EVERCRED_E_TLS",
            Code::Service => "EVERCRED_E_SERVICE",
            Code::Throttled => "EVERCRED_E_THROTTLED",
            Code::Refused => "EVERCRED_E_REFUSED",
            Code::Identity => "EVERCRED_E_IDENTITY",
            Code::Clock => "EVERCRED_E_CLOCK",
            Code::Malformed => "EVERCRED_E_MALFORMED",
            Code::RateLimited => "EVERCRED_E_RATE_LIMITED",
            Code::NoIdentity => "EVERCRED_E_NO_IDENTITY",
            Code::Unsupported => "EVERCRED_E_UNSUPPORTED",
            Code::Resources => "EVERCRED_E_RESOURCES",
            Code::Internal => "EVERCRED_E_INTERNAL",
        }
    }

    /// The number in the C header.
    pub fn number(self) -> i32 {
        self as i32
    }
}
