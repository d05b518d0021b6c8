//! From SDK errors to [`ProviderError`]: one table of codes, one walk down the source chain for what never became an answer.
//!
//! Messages say what happened in words; the kind brings the remedy. Nothing of a request's headers or body gets in.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::domain::{FailureKind, Scope};
use crate::providers::ProviderError;

use super::wall::Walled;
use super::whole::Unsound;

/// Longest body excerpt shown, in characters.
const EXCERPT: usize = 120;

/// Converts the error of one call. `operation` in the cloud's words: `ec2:DescribeInstances`.
pub(super) fn convert_error<E>(operation: &str, scope: &Scope, error: &SdkError<E, HttpResponse>) -> ProviderError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let told = match error {
        SdkError::ServiceError(e) => Told::by_service(operation, e.err(), e.raw()),
        SdkError::ResponseError(e) => Told::by_unreadable(e.raw(), error),
        SdkError::TimeoutError(_) => Told::new(FailureKind::Timeout, "no answer in time"),
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => Told::by_chain(scope, error),
        _ => Told::new(FailureKind::Server, words(error)),
    };
    let mut out = ProviderError::new(told.kind, operation, scope, told.message);
    out.maybe_done = told.maybe_done;
    out.retry_after = told.retry_after;
    out
}

struct Told {
    kind: FailureKind,
    message: String,
    maybe_done: bool,
    retry_after: Option<Duration>,
}

impl Told {
    fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        let maybe_done = matches!(kind, FailureKind::Timeout | FailureKind::Network | FailureKind::Server | FailureKind::Decode);
        Self { kind, message: message.into(), maybe_done, retry_after: None }
    }

    /// The request surely did nothing.
    fn undone(mut self) -> Self {
        self.maybe_done = false;
        self
    }

    /// An answer that is an error, with or without a code we can read.
    fn by_service<E: ProvideErrorMetadata>(operation: &str, error: &E, response: &HttpResponse) -> Self {
        let status = response.status().as_u16();
        let message = error.message().unwrap_or_default().trim().to_owned();
        let Some(code) = error.code().filter(|c| !c.is_empty()) else { return Self::by_body(status, response) };
        let kind = kind_of_code(operation, code, status, &message);
        let text = match kind {
            FailureKind::Auth if is_clock_code(code, &message) => {
                format!("the clock of this machine is off: {}", join(code, &message))
            }
            FailureKind::Forbidden => match missing_permission(operation, &message) {
                Some(permission) => format!("{permission} is not allowed: {}", join(code, &message)),
                None => format!("{operation} is not allowed: {}", join(code, &message)),
            },
            _ => join(code, &message),
        };
        let mut told = Self::new(kind, text);
        if kind == FailureKind::Throttled {
            told.retry_after = retry_after(response);
        }
        // A coded refusal was understood and not carried out; only an unnamed failure on the service's side may have been.
        if kind != FailureKind::Server {
            told.maybe_done = false;
        }
        told
    }

    /// An error status with a body that names no code: a proxy's page, an emulator's, a cut-off answer.
    fn by_body(status: u16, response: &HttpResponse) -> Self {
        let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned();
        let text = format!("HTTP {status}{}", describe_body(&body));
        match status {
            407 => Self::new(FailureKind::Network, format!("the proxy wants a sign-in: {text}")).undone(),
            429 => {
                let mut told = Self::new(FailureKind::Throttled, text);
                told.retry_after = retry_after(response);
                told.undone()
            }
            // Not a service's refusal but a stranger's page: whatever is missing or forbidden there, it is not the thing asked for.
            400..=499 if looks_like_html(&body) => Self::new(FailureKind::Decode, text).undone(),
            401 => Self::new(FailureKind::Auth, text).undone(),
            403 => Self::new(FailureKind::Forbidden, text).undone(),
            404 => Self::new(FailureKind::NotFound, text).undone(),
            501 => Self::new(FailureKind::Unsupported, text).undone(),
            500.. => Self::new(FailureKind::Server, text),
            400..=499 => Self::new(FailureKind::Invalid, text).undone(),
            _ => Self::new(FailureKind::Decode, text),
        }
    }

    /// An answer that could not be read: HTML, XML that ends too early, nothing at all.
    fn by_unreadable(response: &HttpResponse, error: &(dyn Error + 'static)) -> Self {
        let status = response.status().as_u16();
        if !(200..300).contains(&status) {
            return Self::by_body(status, response);
        }
        let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned();
        if looks_like_html(&body) {
            Self::new(FailureKind::Decode, format!("HTTP {status}{}", describe_body(&body)))
        } else {
            let excerpt = || describe_body(&body).trim_start_matches(": ").to_owned();
            let message = match find::<Unsound>(error) {
                // It says it all; half a document of markup would not help anybody.
                Some(cut @ Unsound::Cut(_)) => cut.to_string(),
                Some(stranger @ Unsound::Stranger(_)) => format!("{stranger}: {}", excerpt()),
                None => format!("{}: {}", tail(&words(error)), excerpt()),
            };
            Self::new(FailureKind::Decode, message)
        }
    }

    /// What never became an answer: no credentials, no name, no connection, no TLS, or our own wall.
    fn by_chain<E>(scope: &Scope, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        if let Some(walled) = find::<Walled>(error) {
            return Self::new(FailureKind::Unsupported, walled.to_string()).undone();
        }
        let chain = words(error);
        if let Some(credentials) = find::<CredentialsError>(error) {
            return Self::by_credentials(credentials);
        }
        let lower = chain.to_ascii_lowercase();
        if lower.contains("identity resolver timed out") {
            return Self::new(FailureKind::Auth, "fetching credentials took too long").undone();
        }
        if lower.contains("dns error") || lower.contains("failed to lookup address") {
            return Self::new(
                FailureKind::Network,
                format!("the name of the service cannot be resolved; is there a region {:?}? ({})", scope.region(), tail(&chain)),
            )
            .undone();
        }
        if lower.contains("certificate") || lower.contains("handshake") || lower.contains("tls ") || lower.contains("invalid peer") {
            return Self::new(
                FailureKind::Network,
                format!("no trusted connection: {}; behind an inspecting proxy set ca_bundle or AWS_CA_BUNDLE", tail(&chain)),
            )
            .undone();
        }
        let never_connected = lower.contains("(connect)") || lower.contains("connect timeout") || lower.contains("tunnel");
        let told = match error {
            SdkError::DispatchFailure(d) if d.is_timeout() => Self::new(FailureKind::Timeout, tail(&chain)),
            SdkError::DispatchFailure(d) if d.is_user() => Self::new(FailureKind::Invalid, tail(&chain)).undone(),
            SdkError::DispatchFailure(_) => Self::new(FailureKind::Network, tail(&chain)),
            _ => Self::new(FailureKind::Invalid, tail(&chain)).undone(),
        };
        if never_connected { told.undone() } else { told }
    }

    fn by_credentials(error: &CredentialsError) -> Self {
        let (kind, text) = judge_credentials(error);
        Self::new(kind, text).undone()
    }
}

/// Why there are no credentials, in words.
pub(super) fn judge_credentials(error: &CredentialsError) -> (FailureKind, String) {
    let chain = words(error);
    let text = match error {
        CredentialsError::CredentialsNotLoaded(_) if error.source().is_none() => {
            "no credentials were found in the environment, the profile or the machine".to_owned()
        }
        CredentialsError::CredentialsNotLoaded(_) => format!("no credentials were found: {}", tail(&chain)),
        CredentialsError::ProviderTimedOut(_) => format!("fetching credentials took too long: {}", tail(&chain)),
        CredentialsError::InvalidConfiguration(_) => format!("the profile cannot be used: {}", tail(&chain)),
        _ if chain.to_ascii_lowercase().contains("sso") => format!("the sign-in has ended or is missing: {}", tail(&chain)),
        _ => format!("credentials could not be fetched: {}", tail(&chain)),
    };
    (FailureKind::Auth, text)
}

/// Codes of the services and what they mean for an operator. `aws.md` of every API's "common errors" page; code and status as sent.
fn kind_of_code(operation: &str, code: &str, status: u16, message: &str) -> FailureKind {
    let code = code.strip_suffix("Exception").unwrap_or(code);
    match code {
        "Throttling"
        | "Throttled"
        | "RequestThrottled"
        | "TooManyRequests"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded"
        | "EC2Throttled"
        | "ProvisionedThroughputExceeded"
        | "TransactionInProgress"
        | "PriorRequestNotComplete"
        | "SlowDown" => FailureKind::Throttled,
        // A quota where something would be made, a throttle where something is read.
        "LimitExceeded" if is_read(operation) => FailureKind::Throttled,
        "LimitExceeded"
        | "LimitExceededFault"
        | "SnapshotQuotaExceeded"
        | "TooManyTargets"
        | "TooManyRegistrationsForTargetId"
        | "TooManyActions"
        | "TooManyUniqueTargetGroupsPerLoadBalancer"
        | "TargetGroupAssociationLimit"
        | "InstanceLimitExceeded"
        | "VcpuLimitExceeded"
        | "MaxSpotInstanceCountExceeded"
        | "InsufficientInstanceCapacity" => FailureKind::Quota,
        "ExpiredToken"
        | "ExpiredTokenId"
        | "RequestExpired"
        | "TokenRefreshRequired"
        | "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "AuthFailure"
        | "MissingAuthenticationToken"
        | "InvalidAccessKeyId"
        | "InvalidSecurity"
        | "InvalidSecurityToken"
        | "SignatureDoesNotMatch"
        | "RequestTimeTooSkewed"
        | "InvalidSignature"
        | "IncompleteSignature"
        | "Unauthorized" => FailureKind::Auth,
        "AccessDenied"
        | "UnauthorizedOperation"
        | "UnauthorizedAccess"
        | "OptInRequired"
        | "AuthorizationError"
        | "NotAuthorized"
        | "PendingVerification"
        | "Blocked" => FailureKind::Forbidden,
        // Something else is under way, or has the name already. ResourceContention comes as a 500, and still nothing was done: another update
        // of the same group is pending.
        "ScalingActivityInProgress"
        | "ResourceContention"
        | "ResourceInUse"
        | "InstanceRefreshInProgress"
        | "OperationInProgress"
        | "ConcurrentModification"
        | "AlreadyExists"
        | "DBSnapshotAlreadyExists"
        | "DBClusterSnapshotAlreadyExistsFault"
        | "InvalidDBInstanceState"
        | "InvalidDBInstanceStateFault"
        | "InvalidDBClusterStateFault"
        | "InvalidDBClusterSnapshotStateFault"
        | "IncorrectInstanceState"
        | "IncorrectState" => FailureKind::Conflict,
        // What would bring the old version back is not there any more: waiting does not help.
        "IrreversibleInstanceRefresh" => FailureKind::Invalid,
        "NotImplemented" | "InvalidAction" | "UnknownOperation" | "UnsupportedOperation" | "NotSupported" => FailureKind::Unsupported,
        // Auto Scaling answers an unknown group with a plain validation error.
        "ValidationError" | "Validation" if says_not_found(message) => FailureKind::NotFound,
        c if c.ends_with("NotFound") || c.ends_with("NotFoundFault") || c.contains(".NotFound") || c.starts_with("NoSuch") => {
            FailureKind::NotFound
        }
        "RequestTimeout" => FailureKind::Timeout,
        _ if status == 429 => FailureKind::Throttled,
        _ if status >= 500 => FailureKind::Server,
        _ => FailureKind::Invalid,
    }
}

fn is_read(operation: &str) -> bool {
    let verb = operation.rsplit(':').next().unwrap_or(operation);
    verb.starts_with("Describe") || verb.starts_with("Get") || verb.starts_with("List")
}

fn says_not_found(message: &str) -> bool {
    let m = message.to_ascii_lowercase();
    m.contains("name not found")
        || m.contains("does not exist")
        || m.contains("not found -")
        || m.contains("is not part of auto scaling group")
}

/// Whether an authentication code is really about time.
fn is_clock_code(code: &str, message: &str) -> bool {
    code.starts_with("RequestTimeTooSkewed")
        || code.starts_with("RequestExpired")
        || message.contains("Signature expired")
        || message.contains("Signature not yet current")
}

/// The permission a refusal names: `… is not authorized to perform: ec2:DescribeInstances on resource: …`.
fn missing_permission<'a>(operation: &'a str, message: &'a str) -> Option<&'a str> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let word = rest.split_whitespace().next()?.trim_end_matches([',', '.']);
    Some(if word.contains(':') { word } else { operation })
}

/// Seconds of a `Retry-After` header.
fn retry_after(response: &HttpResponse) -> Option<Duration> {
    response.headers().get("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}

fn join(code: &str, message: &str) -> String {
    if message.is_empty() { code.to_owned() } else { format!("{message} ({code})") }
}

fn looks_like_html(body: &str) -> bool {
    let start = body.trim_start().get(..64.min(body.trim_start().len())).unwrap_or_default().to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// `: a web page titled "502 Bad Gateway", not an answer of AWS`, or the beginning of the text.
fn describe_body(body: &str) -> String {
    if looks_like_html(body) {
        let title =
            body.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(t, _)| t.trim()).filter(|t| !t.is_empty());
        return match title {
            Some(title) => format!(": a web page titled {title:?}, not an answer of AWS"),
            None => ": a web page, not an answer of AWS".to_owned(),
        };
    }
    let words: String = body.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(EXCERPT).collect();
    if words.is_empty() { " with an empty body".to_owned() } else { format!(": {words}") }
}

/// The first error of this type in the source chain.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(e) = next {
        if let Some(found) = e.downcast_ref::<T>() {
            return Some(found);
        }
        next = e.source();
    }
    None
}

/// The chain of messages without repeats. `Display` only: `Debug` of SDK errors prints requests and responses.
pub(super) fn words(error: &(dyn Error + 'static)) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(e) = next {
        let text = e.to_string();
        if out.last().is_none_or(|last| !last.contains(&text)) {
            out.push(text);
        }
        next = e.source();
    }
    out.join(": ")
}

/// The end of a chain, where the cause stands; its head only says "dispatch failure".
fn tail(chain: &str) -> String {
    let parts: Vec<&str> = chain.split(": ").collect();
    let from = parts.iter().rposition(|p| p.contains("dispatch failure") || *p == "other" || *p == "io error").map_or(0, |n| n + 1);
    let text = parts[from..].join(": ");
    if text.is_empty() { chain.to_owned() } else { text }
}

#[cfg(test)]
mod tests;
