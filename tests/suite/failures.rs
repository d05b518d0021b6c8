//! Everything that can go wrong with a read has its own kind and its own words, keeps the rows, and heals.

use std::time::Duration;

use pilothouse::domain::{FailureKind, SourceKind};
use pilothouse::providers::Provider;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::cloud::{Reading, failure, read, settings};

/// Lets the groups arrive, breaks their reading, expects the words, checks that the rows stay, mends it, and sees it heal.
async fn breaks_and_heals(rule: Value, kind: FailureKind, words: &[&str]) {
    let backend = Backend::start("portal");
    let reading = Reading::start(&backend).await;
    reading.until("the groups", |s| s.groups.iter().any(|g| &*g.item.name == "portal")).await;

    backend.faults(&json!([rule]));
    reading.engine.refresh();
    let failed = reading.failure_of(SourceKind::Groups).await;
    assert_eq!(failed.kind, kind, "{failed:?}");
    for word in words {
        assert!(failed.message.to_lowercase().contains(&word.to_lowercase()), "{word:?} is not in {:?}", failed.message);
    }
    assert!(failed.operation.contains("DescribeAutoScalingGroups"), "{:?}", failed.operation);
    assert!(!failed.message.contains('<'), "markup is not for people: {:?}", failed.message);
    assert!(!kind.remedy().is_empty());

    let snapshot = reading.engine.snapshots().borrow().clone();
    let portal = snapshot.groups.iter().find(|g| &*g.item.name == "portal").expect("a failure keeps the rows");
    assert_eq!(portal.item.members.len(), 4, "a failure keeps the rows");

    backend.faults(&json!([]));
    reading.engine.refresh();
    reading.until("the groups again", |s| failure(s, SourceKind::Groups).is_none()).await;
}

fn error(status: u16, code: &str, message: &str) -> Value {
    json!({"service": "autoscaling", "action": "DescribeAutoScalingGroups", "kind": "error", "status": status, "code": code, "message": message})
}

fn fault(kind: &str) -> Value {
    json!({"service": "autoscaling", "action": "DescribeAutoScalingGroups", "kind": kind})
}

#[tokio::test]
async fn an_expired_token() {
    let rule = error(403, "ExpiredToken", "The security token included in the request is expired");
    breaks_and_heals(rule, FailureKind::Auth, &["expired"]).await;
}

#[tokio::test]
async fn a_region_where_the_account_has_no_business() {
    let rule = error(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
    breaks_and_heals(rule, FailureKind::Auth, &["invalid"]).await;
}

#[tokio::test]
async fn a_forbidden_call_names_the_permission() {
    let message = "User: arn:aws:sts::123456789012:assumed-role/ops/me is not authorized to perform: autoscaling:DescribeAutoScalingGroups";
    breaks_and_heals(error(403, "AccessDenied", message), FailureKind::Forbidden, &["autoscaling:DescribeAutoScalingGroups"]).await;
}

#[tokio::test]
async fn throttling() {
    breaks_and_heals(error(400, "Throttling", "Rate exceeded"), FailureKind::Throttled, &["rate exceeded"]).await;
}

#[tokio::test]
async fn a_call_that_hangs() {
    let backend = Backend::start("portal");
    // The SDK's own limit for an attempt is 20 s, which its unit test shortens; here the engine is the less patient one.
    let reading = Reading::start_within(&backend, Duration::from_secs(3)).await;
    reading.until("the groups", |s| s.groups.iter().any(|g| &*g.item.name == "portal")).await;
    backend.faults(&json!([fault("hang")]));
    reading.engine.refresh();
    let failed = reading.failure_of(SourceKind::Groups).await;
    assert_eq!(failed.kind, FailureKind::Timeout, "{failed:?}");
    let snapshot = reading.engine.snapshots().borrow().clone();
    assert!(snapshot.groups.iter().any(|g| &*g.item.name == "portal"), "a failure keeps the rows");
}

#[tokio::test]
async fn a_dropped_connection() {
    breaks_and_heals(fault("reset"), FailureKind::Network, &[]).await;
}

#[tokio::test]
async fn a_500_with_an_html_body() {
    breaks_and_heals(fault("html"), FailureKind::Server, &["500"]).await;
}

#[tokio::test]
async fn html_with_status_200() {
    let rule = json!({"service": "autoscaling", "action": "DescribeAutoScalingGroups", "kind": "html", "status": 200});
    breaks_and_heals(rule, FailureKind::Decode, &[]).await;
}

#[tokio::test]
async fn truncated_xml() {
    breaks_and_heals(fault("truncate"), FailureKind::Decode, &[]).await;
}

#[tokio::test]
async fn a_page_token_that_loops() {
    breaks_and_heals(fault("loop_token"), FailureKind::Decode, &["token"]).await;
}

#[tokio::test]
async fn no_credentials() {
    let backend = Backend::start("empty");
    let home = tempfile::tempdir().expect("a temporary directory");
    let settings = settings(&backend.url(), &home);
    std::fs::write(home.path().join("credentials"), "").expect("a file");
    let provider = pilothouse::providers::aws::connect(settings).await.expect("settings are sound without keys").remove(0);
    let (result, _) = read(&provider, SourceKind::Groups).await;
    let error = result.expect_err("nobody may read");
    assert_eq!(error.kind, FailureKind::Auth, "{error}");
    assert!(error.message.contains("credentials"), "{error}");
    assert!(backend.calls().is_empty(), "nothing was sent unsigned: {:?}", backend.calls());
}

#[tokio::test]
async fn nobody_listens() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let home = tempfile::tempdir().expect("a temporary directory");
    let settings = settings(&format!("http://127.0.0.1:{port}"), &home);
    let provider = pilothouse::providers::aws::connect(settings).await.expect("settings are sound").remove(0);
    let error = read(&provider, SourceKind::Groups).await.0.expect_err("nobody answers");
    assert_eq!(error.kind, FailureKind::Network, "{error}");
}

#[tokio::test]
async fn another_account_than_expected_is_refused() {
    let backend = Backend::start("empty");
    let home = tempfile::tempdir().expect("a temporary directory");
    let mut settings = settings(&backend.url(), &home);
    settings.expected_account = Some("999999999999".to_owned());
    let provider = pilothouse::providers::aws::connect(settings).await.expect("settings are sound").remove(0);
    let error = read(&provider, SourceKind::Groups).await.0.expect_err("it is another account");
    assert!(error.message.contains("123456789012") && error.message.contains("999999999999"), "{error}");
    assert_eq!(provider.scope().region(), crate::backend::REGION);
    assert_eq!(backend.calls_of("autoscaling.DescribeAutoScalingGroups"), 0, "nothing of a foreign account is read");
}

#[tokio::test]
async fn one_failing_source_leaves_the_others_alone() {
    let backend = Backend::start("portal");
    backend.faults(&json!([{"service": "rds", "kind": "error", "status": 403, "code": "AccessDenied", "message": "no"}]));
    let reading = Reading::start(&backend).await;
    let failed = reading.failure_of(SourceKind::Databases).await;
    assert_eq!(failed.kind, FailureKind::Forbidden, "{failed:?}");
    reading.until("the groups all the same", |s| s.groups.iter().any(|g| &*g.item.name == "portal")).await;
}
