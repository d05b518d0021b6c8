//! Roles that want an MFA code. The SDK's chain ignores `mfa_serial`, so a chain that holds one is walked here: base credentials,
//! then AssumeRole for each role, with the code the user gives. Codes are never kept; the session they buy is, until it ends.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_types::retry::RetryConfig;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::region::Region;
use tokio::time::Instant;

use crate::config::aws_profiles::{Profile, ProfileKind, Profiles};
use crate::domain::{FailureKind, Label};
use crate::providers::ProviderError;

use super::error::convert_error;
use super::session::{Session, expiry};

const ASSUME: &str = "sts:AssumeRole";
/// A slip of the finger, or a code that had just been used, deserves another try.
const TRIES: u32 = 3;
/// Nobody wants the question back the moment it was dismissed; reads go on trying in the background.
const LEAVE_ALONE: Duration = Duration::from_mins(1);
/// What STS gives when not asked for another length.
const HOUR: Duration = Duration::from_hours(1);

/// What is kept between sign-ins: the session a code bought, and when the question was last dismissed.
#[derive(Default)]
pub(super) struct MfaMemory {
    session: Mutex<Option<Credentials>>,
    dismissed: Mutex<Option<Instant>>,
}

impl MfaMemory {
    pub fn forget(&self) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub fn session(&self) -> Option<Credentials> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn keep(&self, credentials: &Credentials) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials.clone());
    }

    fn wait_left(&self) -> Option<Duration> {
        let at = (*self.dismissed.lock().unwrap_or_else(PoisonError::into_inner))?;
        LEAVE_ALONE.checked_sub(at.elapsed()).filter(|left| !left.is_zero())
    }

    fn dismiss(&self) {
        *self.dismissed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

/// Credentials of the profile `name`, whose chain wants a code somewhere.
pub(super) async fn assume(
    session: &Session,
    profiles: &Profiles,
    name: &str,
    provider: &ProviderConfig,
) -> Result<Credentials, ProviderError> {
    let now = (session.settings.clock)().wall;
    if let Some(kept) = session.mfa().session().filter(|c| expiry(c).is_some_and(|end| end > now + Duration::from_mins(1))) {
        return Ok(kept);
    }
    let chain = profiles.chain(name).map_err(|problem| auth(session, "sign in", problem.to_string()))?;
    let mut credentials = base(session, &chain, provider).await?;
    for role in chain.iter().rev().filter(|p| matches!(p.kind, ProfileKind::AssumeRole | ProfileKind::AssumeRoleWithMfa)) {
        credentials = assume_role(session, role, credentials).await?;
    }
    session.mfa().keep(&credentials);
    Ok(credentials)
}

/// The credentials the chain starts from: its last profile, which may be a role that names where its own come from.
async fn base(session: &Session, chain: &[&Profile], provider: &ProviderConfig) -> Result<Credentials, ProviderError> {
    let Some(last) = chain.last() else { return Err(auth(session, "sign in", "the profile's chain is empty")) };
    let fetched = match (last.kind, last.credential_source.as_deref()) {
        (ProfileKind::AssumeRole | ProfileKind::AssumeRoleWithMfa, None) => return own_keys(session, &last.name).await,
        (ProfileKind::AssumeRole | ProfileKind::AssumeRoleWithMfa, Some("Environment")) => {
            EnvironmentVariableCredentialsProvider::new().provide_credentials().await
        }
        (ProfileKind::AssumeRole | ProfileKind::AssumeRoleWithMfa, Some("Ec2InstanceMetadata")) => {
            ImdsCredentialsProvider::builder().configure(provider).build().provide_credentials().await
        }
        (ProfileKind::AssumeRole | ProfileKind::AssumeRoleWithMfa, Some("EcsContainer")) => {
            EcsCredentialsProvider::builder().configure(provider).build().provide_credentials().await
        }
        (ProfileKind::AssumeRole | ProfileKind::AssumeRoleWithMfa, Some(other)) => {
            return Err(auth(
                session,
                "sign in",
                format!("{}: credential_source {other:?} is none of Environment, Ec2InstanceMetadata, EcsContainer", last.origin),
            ));
        }
        _ => session.of_profile(&last.name, provider).provide_credentials().await,
    };
    fetched.map_err(|e| session.refusal("sign in", &e))
}

/// A role whose source is its own profile takes the keys written there.
async fn own_keys(session: &Session, name: &str) -> Result<Credentials, ProviderError> {
    let set = aws_config::profile::load(&Fs::real(), &Env::real(), &session.files(), None)
        .await
        .map_err(|e| auth(session, "sign in", format!("the profile files cannot be read: {e}")))?;
    let profile = set.get_profile(name);
    let key = |word| profile.and_then(|p| p.get(word)).map(str::to_owned);
    match (key("aws_access_key_id"), key("aws_secret_access_key")) {
        (Some(id), Some(secret)) => Ok(Credentials::new(id, secret, key("aws_session_token"), None, "profile")),
        _ => Err(auth(session, "sign in", format!("profile {name:?} names itself as source_profile but holds no keys"))),
    }
}

/// One role of the chain, with a code where it wants one.
async fn assume_role(session: &Session, role: &Profile, credentials: Credentials) -> Result<Credentials, ProviderError> {
    let config = {
        let mut builder = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(session.home().region().to_owned()))
            .http_client(session.http().clone())
            .credentials_provider(credentials)
            // A code works once: a repeat by the SDK would burn it.
            .retry_config(RetryConfig::disabled());
        builder.set_endpoint_url(session.settings.endpoint_url.clone());
        builder.build()
    };
    let client = aws_sdk_sts::Client::from_conf(config);
    let mut title = "MFA code".to_owned();
    for attempt in 1..=TRIES {
        let code = match &role.mfa_serial {
            Some(serial) => Some(ask(session, &title, &role.name, serial).await?),
            None => None,
        };
        if code.as_ref().is_some_and(|c| c.len() != 6 || !c.bytes().all(|b| b.is_ascii_digit())) {
            "That was no code: six digits".clone_into(&mut title);
            continue;
        }
        let answer = client
            .assume_role()
            .set_role_arn(role.role_arn.clone())
            .role_session_name(role.role_session_name.as_deref().unwrap_or("pilothouse"))
            .set_external_id(role.external_id.clone())
            .duration_seconds(i32::try_from(role.duration.unwrap_or(HOUR).as_secs()).unwrap_or(3_600))
            .set_serial_number(role.mfa_serial.clone().filter(|_| code.is_some()))
            .set_token_code(code.clone())
            .send()
            .await;
        match answer {
            Ok(out) => {
                let got = out.credentials().ok_or_else(|| auth(session, ASSUME, "the answer holds no credentials"))?;
                let end = std::time::SystemTime::try_from(*got.expiration()).ok();
                return Ok(Credentials::new(
                    got.access_key_id(),
                    got.secret_access_key(),
                    Some(got.session_token().to_owned()),
                    end,
                    "assume-role-with-mfa",
                ));
            }
            Err(error) => {
                let error = convert_error(ASSUME, session.home(), &error);
                let wrong_code = code.is_some() && error.message.contains("MultiFactorAuthentication failed");
                if !wrong_code {
                    let why = format!("role {} of profile {:?}: {}", role.role_arn.as_deref().unwrap_or("?"), role.name, error.message);
                    let kind = if error.kind == FailureKind::Forbidden { FailureKind::Auth } else { error.kind };
                    return Err(ProviderError { kind, message: Label::new(why), ..error });
                }
                if attempt == TRIES {
                    return Err(auth(session, ASSUME, format!("the MFA code was not accepted {TRIES} times: {}", error.message)));
                }
                "That code was not accepted; wait for the next one".clone_into(&mut title);
            }
        }
    }
    Err(auth(session, ASSUME, "no valid MFA code was given: a code is six digits"))
}

async fn ask(session: &Session, title: &str, profile: &str, serial: &str) -> Result<String, ProviderError> {
    let Some(prompt) = &session.settings.prompt else {
        return Err(auth(session, ASSUME, format!("profile {profile:?} wants a code of {serial}, and there is nobody to ask here")));
    };
    if let Some(left) = session.mfa().wait_left() {
        return Err(auth(session, ASSUME, format!("no MFA code was given; asks again in {} s", left.as_secs() + 1)));
    }
    let answer = prompt.ask(Label::new(title), Label::new(format!("Code of {serial} for profile {profile}"))).await;
    let Some(code) = answer else {
        session.mfa().dismiss();
        return Err(auth(session, ASSUME, "no MFA code was given"));
    };
    Ok(code.trim().to_owned())
}

fn auth(session: &Session, operation: &str, message: impl AsRef<str>) -> ProviderError {
    ProviderError::new(FailureKind::Auth, operation, session.home(), message)
}
