//! Signing in, against a server: who we are, what a new sign-in changes, codes, and accounts that are not the expected one.

use std::sync::Arc;

use crate::config::aws_profiles::Hints;
use crate::domain::{FailureKind, SourceKind};
use crate::providers::aws::canned::{Answer, Request};
use crate::providers::aws::trial::{ACCOUNT, Answers, Home, KEYS, Trial, me, who};
use crate::providers::aws::{ConnectError, connect};
use crate::providers::{Access, Provider, WritePermit};

/// The access key a request was signed with.
fn key_of(request: &Request) -> String {
    let header = &request.headers["authorization"];
    header.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn it_says_who_we_are() {
    let trial = Trial::start(|_| me()).await;
    let identity = trial.identity().await;
    assert_eq!(identity.account.as_str(), ACCOUNT);
    assert_eq!(identity.principal.as_str(), "arn:aws:iam::111122223333:user/ops");
    assert_eq!(identity.expires, None, "static keys do not end");
    assert_eq!(identity.scope.region(), "eu-central-1", "the profile's region");
}

#[tokio::test]
async fn after_a_refusal_the_files_are_read_again() {
    let trial = Trial::start(|request| match key_of(request).as_str() {
        "AKIAFIRST" => Answer::error(403, "ExpiredToken", "The security token included in the request is expired"),
        _ => me(),
    })
    .await;
    let (result, _) = trial.read(SourceKind::Identity).await;
    assert_eq!(result.unwrap_err().kind, FailureKind::Auth);
    // In another terminal: a new sign-in.
    trial.home.rewrite(&KEYS.replace("AKIAFIRST", "AKIASECOND"));
    assert_eq!(trial.identity().await.account.as_str(), ACCOUNT);
    assert_eq!(trial.canned.requests().iter().map(key_of).collect::<Vec<_>>(), ["AKIAFIRST", "AKIASECOND"]);
}

#[tokio::test]
async fn another_account_than_the_expected_is_refused_and_cannot_be_changed() {
    let trial = Trial::start_with(KEYS, |s| s.expected_account = Some("999988887777".to_owned()), |_| me()).await.unwrap();
    for source in [SourceKind::Identity, SourceKind::Groups, SourceKind::Pools] {
        let error = trial.read(source).await.0.unwrap_err();
        assert_eq!(error.kind, FailureKind::Auth);
        assert!(error.message.contains(ACCOUNT) && error.message.contains("999988887777"), "{}", error.message);
    }
    assert!(trial.canned.actions().iter().all(|a| a == "GetCallerIdentity"), "{:?}", trial.canned.actions());
    // Not even with a permit that was somehow granted.
    let other = Trial::start(|_| me()).await;
    assert!(trial.provider.operator(&other.permit().await).is_none());
}

#[tokio::test]
async fn read_only_has_no_operator() {
    let trial = Trial::start_with(KEYS, |s| s.access = Access::ReadOnly, |_| me()).await.unwrap();
    assert!(WritePermit::grant(Access::ReadOnly, &trial.identity().await).is_none());
    let permit = trial.permit().await;
    assert!(trial.provider.operator(&permit).is_none());
}

#[tokio::test]
async fn what_is_wrong_in_the_settings_is_told_before_any_call() {
    let home = Home::with(&format!("{KEYS}[profile production]\nregion = eu-west-1\n[profile bare]\n"));
    let mut settings = home.settings();
    settings.profile = Some("producton".to_owned());
    let error = connect(settings).await.err().unwrap();
    assert!(matches!(&error, ConnectError::Profile(text) if text.contains("production")), "{error}");

    let mut settings = home.settings();
    settings.profile = Some("bare".to_owned());
    let error = connect(settings).await.err().unwrap();
    assert_eq!(error, ConnectError::NoRegion("bare".to_owned()));
}

#[tokio::test]
async fn regions_are_one_provider_each_and_named_once() {
    let home = Home::with(KEYS);
    let mut settings = home.settings();
    settings.regions = ["us-east-1", "eu-west-1", "us-east-1"].map(str::to_owned).into();
    let providers = connect(settings).await.unwrap();
    assert_eq!(providers.iter().map(|p| p.scope().to_string()).collect::<Vec<_>>(), ["aws:default:us-east-1", "aws:default:eu-west-1"]);
}

#[tokio::test]
async fn a_profile_asked_for_by_name_beats_keys_in_the_environment() {
    let trial =
        Trial::start_with(KEYS, |s| s.surroundings.hints = Hints { environment_keys: true, ..Hints::default() }, |_| me()).await.unwrap();
    trial.identity().await;
    assert_eq!(key_of(&trial.canned.requests()[0]), "AKIAFIRST");
}

const MFA: &str = "[default]\naws_access_key_id = AKIAFIRST\naws_secret_access_key = not-a-secret\n\
                   [profile ops]\nrole_arn = arn:aws:iam::111122223333:role/ops\nsource_profile = default\n\
                   mfa_serial = arn:aws:iam::111122223333:mfa/me\nexternal_id = ext\nregion = eu-central-1\n";

/// STS that knows one good code, and refuses it the second time.
fn sts(request: &Request) -> Answer {
    match request.action().as_str() {
        "AssumeRole" if request.form("TokenCode").as_deref() == Some("123456") => Answer::xml(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIASESSION</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
             <SessionToken>t</SessionToken><Expiration>2026-11-20T01:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
        ),
        "AssumeRole" => Answer::error(403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. "),
        _ => who(ACCOUNT, "arn:aws:sts::111122223333:assumed-role/ops/pilothouse"),
    }
}

async fn mfa_trial(answers: &Arc<Answers>, answer: fn(&Request) -> Answer) -> Trial {
    let prompt = Arc::clone(answers);
    let set = |s: &mut crate::providers::aws::AwsSettings| {
        s.profile = Some("ops".to_owned());
        s.prompt = Some(prompt);
    };
    Trial::start_with(MFA, set, answer).await.unwrap()
}

#[tokio::test]
async fn a_role_with_mfa_asks_for_the_code_once() {
    // A typo, a wrong code, the right one.
    let answers = Answers::new(vec!["12345", "000000", " 123456 "]);
    let trial = mfa_trial(&answers, sts).await;
    // Many sources start at once; they share one question.
    let (identity, again) = tokio::join!(trial.identity(), trial.identity());
    assert_eq!(identity, again);
    assert_eq!(identity.principal.as_str(), "arn:aws:sts::111122223333:assumed-role/ops/pilothouse");
    assert_eq!(identity.expires.unwrap().to_string(), "2026-11-20T01:00:00Z");
    let asked = answers.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(asked[0], "MFA code: Code of arn:aws:iam::111122223333:mfa/me for profile ops");
    assert!(asked[1].contains("six digits") && asked[2].contains("not accepted"), "{asked:?}");
    let requests = trial.canned.requests();
    let assumed: Vec<_> = requests.iter().filter(|r| r.action() == "AssumeRole").collect();
    assert_eq!(assumed.len(), 2, "a code that is none is not sent");
    assert_eq!(assumed[1].form("SerialNumber").as_deref(), Some("arn:aws:iam::111122223333:mfa/me"));
    assert_eq!(assumed[1].form("ExternalId").as_deref(), Some("ext"));
    assert_eq!(key_of(assumed[1]), "AKIAFIRST");
    assert_eq!(key_of(requests.last().unwrap()), "ASIASESSION");
}

#[tokio::test]
async fn wrong_codes_end_with_clear_words() {
    let answers = Answers::new(vec!["111111", "222222", "333333", "444444"]);
    let trial = mfa_trial(&answers, sts).await;
    let error = trial.read(SourceKind::Groups).await.0.unwrap_err();
    assert_eq!(error.kind, FailureKind::Auth);
    assert!(error.message.contains("the MFA code was not accepted 3 times"), "{}", error.message);
    assert!(!format!("{error:?}").contains("333333"), "a code is not shown");
}

#[tokio::test]
async fn a_dismissed_question_does_not_come_back_at_once() {
    let answers = Answers::new(Vec::new());
    let trial = mfa_trial(&answers, sts).await;
    let error = trial.read(SourceKind::Groups).await.0.unwrap_err();
    assert!(error.message.contains("no MFA code was given"), "{}", error.message);
    let error = trial.read(SourceKind::Pools).await.0.unwrap_err();
    assert!(error.message.contains("asks again in"), "{}", error.message);
    assert_eq!(answers.asked().len(), 1);
    assert!(trial.canned.requests().is_empty());
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_is_named() {
    let answers = Answers::new(vec!["123456"]);
    let denied = |_: &Request| Answer::error(403, "AccessDenied", "User: x is not authorized to perform: sts:AssumeRole on resource: y");
    let trial = mfa_trial(&answers, denied).await;
    let error = trial.read(SourceKind::Groups).await.0.unwrap_err();
    assert_eq!(error.kind, FailureKind::Auth);
    assert!(error.message.contains("role arn:aws:iam::111122223333:role/ops of profile \"ops\""), "{}", error.message);
    assert_eq!(answers.asked().len(), 1, "another code would not help");
}
