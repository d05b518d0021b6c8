//! Every failure on its real way: a server that misbehaves, the SDK over it, our words at the end.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use tokio::io::AsyncWriteExt;

use super::*;
use crate::domain::SourceKind;
use crate::providers::aws::canned::Answer;
use crate::providers::aws::trial::{Home, KEYS, Trial};

const HTML: &str = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
const CUT: &str = "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member><AutoScalingGroupName>we";

/// What a read of groups ends in when every answer is this one.
async fn failure(answer: Answer) -> ProviderError {
    let trial = Trial::start(move |_| answer.clone()).await;
    let (result, page) = trial.read(SourceKind::Groups).await;
    assert!(page.rows.is_empty());
    result.unwrap_err()
}

#[tokio::test]
async fn answers_with_a_code() {
    use FailureKind::{Auth, Conflict, Forbidden, Invalid, NotFound, Quota, Server, Throttled, Unsupported};
    let denied =
        "User: arn:aws:iam::1:user/x is not authorized to perform: autoscaling:DescribeAutoScalingGroups because no policy allows it";
    for (status, code, message, kind, words, maybe_done) in [
        (403, "ExpiredToken", "The security token included in the request is expired", Auth, "expired", false),
        (403, "InvalidClientTokenId", "The security token included in the request is invalid.", Auth, "invalid", false),
        (403, "UnrecognizedClientException", "The security token is invalid", Auth, "UnrecognizedClient", false),
        (403, "SignatureDoesNotMatch", "The request signature we calculated does not match", Auth, "signature", false),
        (403, "SignatureDoesNotMatch", "Signature expired: 20261120T000000Z is now earlier than", Auth, "clock of this machine", false),
        (403, "RequestTimeTooSkewed", "The difference is too large", Auth, "clock of this machine", false),
        (403, "AccessDenied", denied, Forbidden, "autoscaling:DescribeAutoScalingGroups is not allowed", false),
        (403, "AccessDenied", "no", Forbidden, "autoscaling:DescribeAutoScalingGroups is not allowed", false),
        (400, "Throttling", "Rate exceeded", Throttled, "Rate exceeded", false),
        (503, "RequestLimitExceeded", "Request limit exceeded.", Throttled, "limit", false),
        (400, "ThrottledException", "slow", Throttled, "slow", false),
        (400, "LimitExceededException", "too many reads", Throttled, "too many", false),
        (400, "ValidationError", "AutoScalingGroup name not found - no such group: x", NotFound, "not found", false),
        (400, "ValidationError", "1 validation error detected", Invalid, "validation error", false),
        (500, "ResourceContention", "another update is pending", Conflict, "pending", false),
        (400, "InstanceRefreshInProgress", "An Instance Refresh is already in progress", Conflict, "already", false),
        (400, "ResourceInUse", "in use", Conflict, "in use", false),
        (400, "AlreadyExists", "AutoScalingGroup by this name already exists", Conflict, "already exists", false),
        (400, "InvalidDBInstanceState", "Instance orders is not available", Conflict, "not available", false),
        (400, "ActiveInstanceRefreshNotFound", "No in progress refresh was found", NotFound, "No in progress", false),
        (400, "IrreversibleInstanceRefresh", "no desired configuration", Invalid, "desired configuration", false),
        (400, "SnapshotQuotaExceeded", "quota", Quota, "quota", false),
        (400, "ValidationError", "The instance i-1 is not part of Auto Scaling group web.", NotFound, "i-1", false),
        (501, "NotImplemented", "not here", Unsupported, "not here", false),
        (500, "InternalFailure", "oops", Server, "oops", true),
        (503, "ServiceUnavailable", "down", Server, "down", true),
    ] {
        let error = failure(Answer::error(status, code, message)).await;
        assert_eq!((error.kind, error.maybe_done), (kind, maybe_done), "{code}: {error}");
        assert!(error.message.contains(words), "{code}: {}", error.message);
        assert_eq!(error.operation.as_str(), "autoscaling:DescribeAutoScalingGroups");
    }
}

#[tokio::test]
async fn the_error_form_of_ec2_is_read_too() {
    let body = "<?xml version=\"1.0\"?><Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform \
                this operation. User: arn:aws:iam::1:user/x is not authorized to perform: ec2:DescribeInstances because no identity-based policy \
                allows the ec2:DescribeInstances action</Message></Error></Errors><RequestID>r</RequestID></Response>";
    let answer = Answer { status: 403, ..Answer::xml(body) };
    let trial = Trial::start(move |_| answer.clone()).await;
    let error = trial.read(SourceKind::Instances).await.0.unwrap_err();
    assert_eq!(error.kind, FailureKind::Forbidden);
    assert!(error.message.starts_with("ec2:DescribeInstances is not allowed"), "{}", error.message);
}

#[tokio::test]
async fn answers_without_sense() {
    use FailureKind::{Decode, Server, Throttled, Unsupported};
    let html = |status| Answer { status, content_type: "text/html", ..Answer::xml(HTML) };
    for (answer, kind, words) in [
        (html(500), Server, "a web page titled \"502 Bad Gateway\", not an answer of AWS"),
        (html(404), Decode, "HTTP 404: a web page titled"),
        (html(403), Decode, "HTTP 403: a web page titled"),
        (html(200), Decode, "a web page titled \"502 Bad Gateway\", not an answer of AWS"),
        (Answer::xml(CUT), Decode, "ends too early"),
        (Answer::xml(""), Decode, "empty body"),
        (Answer::xml("<Something/>"), Decode, "<Something/>"),
        (Answer::xml("{\"json\": true}"), Decode, "json"),
        (Answer::status(501), Unsupported, "HTTP 501 with an empty body"),
        (Answer::status(429), Throttled, "HTTP 429"),
        (Answer::status(502), Server, "HTTP 502"),
    ] {
        let error = failure(answer).await;
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(words), "wanted {words:?} in {}", error.message);
    }
}

#[tokio::test]
async fn a_page_token_that_loops_is_an_end_with_words() {
    let page = "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups/><NextToken>again</NextToken>\
                </DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>";
    let trial = Trial::start(move |_| Answer::xml(page)).await;
    let error = trial.read(SourceKind::Groups).await.0.unwrap_err();
    assert_eq!(error.kind, FailureKind::Decode);
    assert!(error.message.contains("same page token"), "{}", error.message);
    assert!(trial.canned.requests().len() <= 3, "{}", trial.canned.requests().len());
}

#[tokio::test]
async fn no_answer_at_all() {
    let late = failure(Answer::xml("").after(Duration::from_secs(5))).await;
    assert_eq!((late.kind, late.maybe_done), (FailureKind::Timeout, true), "{late}");
    let lost = failure(Answer::lost()).await;
    assert_eq!((lost.kind, lost.maybe_done), (FailureKind::Network, true), "{lost}");
}

/// Reads groups at an endpoint where no [`Trial`] server answers.
async fn failure_at(endpoint: &str, ca_bundle: Option<&str>) -> ProviderError {
    let trial = Trial::start_with(
        KEYS,
        |settings| {
            settings.endpoint_url = Some(endpoint.to_owned());
            settings.ca_bundle = ca_bundle.map(Into::into);
        },
        |_| Answer::status(200),
    )
    .await
    .unwrap();
    trial.read(SourceKind::Groups).await.0.unwrap_err()
}

#[tokio::test]
async fn no_connection() {
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let refused = failure_at(&closed, None).await;
    assert_eq!((refused.kind, refused.maybe_done), (FailureKind::Network, false), "{refused}");
    assert!(refused.message.to_ascii_lowercase().contains("refused"), "{}", refused.message);

    let unknown = failure_at("http://autoscaling.nowhere-1.invalid", None).await;
    assert_eq!((unknown.kind, unknown.maybe_done), (FailureKind::Network, false), "{unknown}");
    assert!(unknown.message.contains("is there a region \"eu-central-1\"?"), "{}", unknown.message);
}

/// A certificate of nobody, made for this test; it signs nothing.
const NOBODY: &str = include_str!("nobody.pem");

#[tokio::test]
async fn no_trust() {
    let home = Home::with(KEYS);
    let bundle = home.path("ca.pem");
    std::fs::write(&bundle, NOBODY).unwrap();
    // A server that speaks plain http where TLS is expected: a proxy's port, a wrong endpoint.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let error = failure_at(&endpoint, bundle.to_str()).await;
    server.abort();
    assert_eq!((error.kind, error.maybe_done), (FailureKind::Network, false), "{error}");
    assert!(error.message.contains("no trusted connection"), "{}", error.message);
}

#[test]
fn missing_credentials_are_told_by_their_reason() {
    for (error, words) in [
        (CredentialsError::not_loaded_no_source(), "no credentials were found"),
        (CredentialsError::invalid_configuration("role without source_profile"), "profile cannot be used"),
        (CredentialsError::provider_timed_out(Duration::from_secs(1)), "took too long"),
        (CredentialsError::provider_error("the SSO session has expired"), "sign-in has ended"),
        (CredentialsError::provider_error("process exited 1"), "could not be fetched"),
    ] {
        let (kind, text) = judge_credentials(&error);
        assert_eq!(kind, FailureKind::Auth);
        assert!(text.contains(words), "{text}");
    }
}

#[tokio::test]
async fn a_profile_that_gives_no_credentials_is_an_auth_failure() {
    for (config, words) in [
        ("[default]\nregion = eu-central-1\ncredential_process = false\n", "could not be fetched"),
        ("[default]\nregion = eu-central-1\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = absent\n", "absent"),
    ] {
        let trial = Trial::start_with(config, |_| {}, |_| Answer::status(200)).await.unwrap();
        let error = trial.read(SourceKind::Groups).await.0.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (FailureKind::Auth, false), "{error}");
        assert!(error.message.contains(words), "{}", error.message);
        assert!(trial.canned.requests().is_empty());
    }
}

#[tokio::test]
async fn no_error_shows_a_key() {
    for answer in [Answer::error(403, "SignatureDoesNotMatch", "no"), Answer::lost(), Answer::xml(CUT), Answer::status(500)] {
        let error = failure(answer).await;
        let all = format!("{error} {error:?}");
        for secret in ["not-a-secret", "AKIAFIRST", "Authorization"] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
}
