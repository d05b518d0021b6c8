//! What went wrong while reading or writing, in words with a way out. Providers produce these kinds; screens show them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::label::Label;
use super::time::Now;

/// The kinds of failure every provider maps its errors to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FailureKind {
    /// No credentials, or credentials that are wrong or expired.
    Auth,
    /// Known, but not allowed to do this.
    Forbidden,
    NotFound,
    Throttled,
    Network,
    Timeout,
    Quota,
    /// The cloud is busy with something that blocks this.
    Conflict,
    /// An answer that makes no sense: HTML, truncated XML, a page token that loops.
    Decode,
    /// The service has no such call here.
    Unsupported,
    /// The service failed on its side (5xx).
    Server,
    /// The request was refused as wrong (bounds, validation).
    Invalid,
}

impl FailureKind {
    /// Two or three words for a title line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auth => "credentials refused",
            Self::Forbidden => "access denied",
            Self::NotFound => "not found",
            Self::Throttled => "throttled",
            Self::Network => "no connection",
            Self::Timeout => "timed out",
            Self::Quota => "quota reached",
            Self::Conflict => "busy",
            Self::Decode => "unreadable answer",
            Self::Unsupported => "not supported here",
            Self::Server => "service error",
            Self::Invalid => "request refused",
        }
    }

    /// The one sentence that says what to do.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Auth => "sign in again (for SSO: aws sso login), then press ctrl-r",
            Self::Forbidden => "ask for the permission named here, or leave this pane be",
            Self::NotFound => "it may have been deleted or live in another region; press ctrl-r",
            Self::Throttled => "the console slows down by itself; other tools may be using the same quota",
            Self::Network => "check VPN, proxy and the endpoint; the console keeps trying",
            Self::Timeout => "the service is slow or unreachable; the console keeps trying",
            Self::Quota => "raise the quota or free capacity, then try again",
            Self::Conflict => "wait for the activity that blocks it, then try again",
            Self::Decode => "a proxy or a wrong endpoint may be answering; check --endpoint-url",
            Self::Unsupported => "this endpoint does not offer the call; the rest keeps working",
            Self::Server => "the service failed on its side; the console keeps trying",
            Self::Invalid => "change the request as the message says",
        }
    }

    /// The same where a call of an operation was refused: nobody tries it again by himself.
    pub fn remedy_of_call(self) -> &'static str {
        match self {
            Self::Auth => "sign in again (for SSO: aws sso login), then try again",
            Self::Forbidden => "ask for the permission named here",
            Self::NotFound => "look whether it is still there",
            Self::Throttled => "other tools may be using the same quota: try again later",
            Self::Network => "check VPN, proxy and the endpoint, then try again",
            Self::Timeout => "the service is slow or unreachable: try again later",
            Self::Unsupported => "this endpoint does not offer the call",
            Self::Server => "the service failed on its side: try again later",
            Self::Quota | Self::Conflict | Self::Decode | Self::Invalid => self.remedy(),
        }
    }

    /// Whether trying the same read again later can help by itself.
    pub fn is_passing(self) -> bool {
        !matches!(self, Self::Forbidden | Self::Unsupported | Self::Invalid)
    }
}

/// A failure of one source, as a pane shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// The call that failed, in the cloud's own words (`elasticloadbalancing:DescribeTargetHealth`).
    pub operation: Label,
    /// What the service said.
    pub message: Label,
    /// When this run of failures began.
    pub since: Now,
    /// Failures in a row.
    pub attempts: u32,
    /// When it is tried again; `None` while waiting for the user.
    pub next_try: Option<Now>,
}

impl Failure {
    /// Seconds until the next try, if one is planned.
    pub fn next_in(&self, now: Now) -> Option<Duration> {
        self.next_try.map(|t| t.mono.saturating_sub(now.mono))
    }
}
