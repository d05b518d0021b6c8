//! Signing in: one [`Session`] per context, shared by its regions. Holds the credentials and makes them anew when asked to forget.
//!
//! The SDK parses profile files once and keeps them; after `aws sso login` only a new provider sees the new token. So a refused
//! call makes the session forget its login, and the next read signs in from the files again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::imds;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_sts::config::IdentityCache;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use jiff::Timestamp;

use crate::config::aws_profiles::{ProfileKind, Profiles, read_profiles};
use crate::domain::{FailureKind, Scope};
use crate::providers::ProviderError;

use super::error::words;
use super::mfa::{self, MfaMemory};
use super::settings::{AwsSettings, Clock};

/// Reads are repeated once by the SDK; the engine backs off beyond that.
const READ_ATTEMPTS: u32 = 2;
/// Credentials this close to their end are fetched anew.
const BEFORE_EXPIRY: Duration = Duration::from_mins(1);
/// A metadata service answers at once or is not there.
const METADATA: Duration = Duration::from_millis(700);

/// Why no provider could be made at all. Everything here is known without a call to the cloud.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// A profile that is not there, with the nearest one that is.
    #[error("{0}")]
    Profile(String),
    #[error("no region: none was given, AWS_REGION is not set and profile {0:?} names none; use --region or `aws configure set region`")]
    NoRegion(String),
    #[error("the trust store cannot be used: {0}")]
    Trust(String),
}

/// The sign-in all regions of a context share.
pub(super) struct Session {
    pub settings: Arc<AwsSettings>,
    http: SharedHttpClient,
    /// Longest one attempt of one call may take.
    attempt_limit: Duration,
    /// Region and scope of sign-in calls.
    home: Scope,
    attempt: Mutex<Option<Attempt>>,
    mfa: MfaMemory,
}

type Attempt = Shared<BoxFuture<'static, Result<Arc<Login>, ProviderError>>>;

/// Credentials in use, kept until shortly before they end.
pub(super) struct Login {
    source: SharedCredentialsProvider,
    kept: tokio::sync::Mutex<Option<Credentials>>,
    expires: Mutex<Option<Timestamp>>,
    clock: Clock,
    /// Assumed by us with a code: a refusal makes the code's session worthless too.
    by_mfa: bool,
}

impl Session {
    pub fn new(settings: Arc<AwsSettings>, http: SharedHttpClient, home: Scope, attempt_limit: Duration) -> Self {
        let mfa = MfaMemory::default();
        if let Some(handed) = &settings.handed {
            mfa.keep(&handed.credentials());
        }
        Self { settings, http, attempt_limit, home, attempt: Mutex::default(), mfa }
    }

    /// Signs in, or joins the attempt under way: one prompt however many sources wait.
    pub async fn login(self: &Arc<Self>) -> Result<Arc<Login>, ProviderError> {
        let attempt = {
            let mut held = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
            held.get_or_insert_with(|| {
                let session = Arc::clone(self);
                async move { session.sign_in().await }.boxed().shared()
            })
            .clone()
        };
        let result = attempt.clone().await;
        if result.is_err() {
            self.forget_if(|held| held.ptr_eq(&attempt));
        }
        result
    }

    /// Drops a login that was refused, so that the next one is made from the files as they are then.
    pub fn forget(&self, login: &Arc<Login>) {
        self.forget_if(|held| matches!(held.peek(), Some(Ok(l)) if Arc::ptr_eq(l, login)));
        if login.by_mfa {
            self.mfa.forget();
        }
    }

    fn forget_if(&self, same: impl Fn(&Attempt) -> bool) {
        let mut held = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_some_and(same) {
            *held = None;
        }
    }

    /// The configuration of a region's reading clients.
    pub async fn config(&self, login: &Arc<Login>, region: &str) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .http_client(self.http.clone())
            .profile_files(self.files())
            .credentials_provider(SharedCredentialsProvider::new(Keeping(Arc::clone(login))))
            // `Login` keeps them; a second cache would hide a new sign-in.
            .identity_cache(IdentityCache::no_cache())
            .retry_config(RetryConfig::standard().with_max_attempts(READ_ATTEMPTS).with_initial_backoff(Duration::from_millis(250)))
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(self.attempt_limit).build())
            // The attempt's time-out is the one rule for slow answers.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        // Only a name that was asked for: the SDK finds `AWS_PROFILE` and the default by itself, and a default that is not there is
        // an error only where it was named.
        if let Some(name) = &self.settings.profile {
            loader = loader.profile_name(name);
        }
        if let Some(url) = &self.settings.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        loader.load().await
    }

    async fn sign_in(&self) -> Result<Arc<Login>, ProviderError> {
        let settings = &self.settings;
        let places = settings.surroundings.places.clone();
        let profiles = tokio::task::spawn_blocking(move || read_profiles(&places)).await.unwrap_or_default();
        let name = settings.profile_name();
        let provider = ProviderConfig::without_region()
            .with_region(Some(Region::new(self.home.region().to_owned())))
            .with_http_client(self.http.clone());
        let by_mfa = !settings.uses_environment_keys() && profiles.wants_mfa(name);
        let source = if by_mfa {
            let credentials = mfa::assume(self, &profiles, name, &provider).await?;
            SharedCredentialsProvider::new(credentials)
        } else {
            self.chain(&profiles, name, provider).await?
        };
        let login =
            Login { source, kept: tokio::sync::Mutex::default(), expires: Mutex::default(), clock: Arc::clone(&settings.clock), by_mfa };
        // Fetched here, outside of any call: a credential process may ask its user, and a call's time-out would cut that short.
        login.credentials().await.map_err(|e| self.refusal("sign in", &e))?;
        Ok(Arc::new(login))
    }

    /// The SDK's own chain. A profile asked for by name is meant, whatever keys the environment holds; so does the AWS CLI.
    async fn chain(&self, profiles: &Profiles, name: &str, provider: ProviderConfig) -> Result<SharedCredentialsProvider, ProviderError> {
        if self.settings.profile.is_some() {
            match profiles.find(name) {
                None => return Err(ProviderError::new(FailureKind::Auth, "sign in", &self.home, profiles.explain_missing(name))),
                Some(profile) if profile.kind != ProfileKind::Bare => {
                    let provider = self.of_profile(name, &provider);
                    return Ok(SharedCredentialsProvider::new(provider));
                }
                Some(_) => {}
            }
        }
        let metadata = imds::Client::builder()
            .configure(&provider)
            .connect_timeout(METADATA)
            .operation_attempt_timeout(METADATA)
            .operation_timeout(METADATA * 2)
            .max_attempts(1)
            .build();
        let mut chain = DefaultCredentialsChain::builder().imds_client(metadata).configure(provider);
        if let Some(name) = &self.settings.profile {
            chain = chain.profile_name(name);
        }
        Ok(SharedCredentialsProvider::new(chain.build().await))
    }

    /// What the SDK makes of one profile.
    pub fn of_profile(&self, name: &str, provider: &ProviderConfig) -> ProfileFileCredentialsProvider {
        ProfileFileCredentialsProvider::builder().configure(provider).profile_files(self.files()).profile_name(name.to_owned()).build()
    }

    /// The files we read, for the SDK to read: a file that is not there is no error.
    pub fn files(&self) -> EnvConfigFiles {
        let places = &self.settings.surroundings.places;
        // A set without a single file makes the SDK panic, so an empty one is always in it.
        let mut files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, "");
        for (kind, path) in [(EnvConfigFileKind::Config, places.config()), (EnvConfigFileKind::Credentials, places.credentials())] {
            if let Some(path) = path.filter(|p| p.exists()) {
                files = files.with_file(kind, path);
            }
        }
        files.build()
    }

    pub fn home(&self) -> &Scope {
        &self.home
    }

    pub fn http(&self) -> &SharedHttpClient {
        &self.http
    }

    pub fn mfa(&self) -> &MfaMemory {
        &self.mfa
    }

    /// An error of a credential provider in words of a sign-in.
    pub fn refusal(&self, operation: &str, error: &CredentialsError) -> ProviderError {
        let (kind, text) = super::error::judge_credentials(error);
        tracing::debug!(error = %words(error), "sign-in failed");
        let mut out = ProviderError::new(kind, operation, &self.home, text);
        out.maybe_done = false;
        out
    }
}

impl Login {
    /// The credentials, fetched again shortly before they end.
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let mut kept = self.kept.lock().await;
        let soon = (self.clock)().wall + BEFORE_EXPIRY;
        if let Some(credentials) = kept.as_ref().filter(|c| expiry(c).is_none_or(|end| end > soon)) {
            return Ok(credentials.clone());
        }
        let fresh = self.source.provide_credentials().await?;
        *self.expires.lock().unwrap_or_else(PoisonError::into_inner) = expiry(&fresh);
        *kept = Some(fresh.clone());
        Ok(fresh)
    }

    /// When the credentials in use end; `None`: never, or not known.
    pub fn expires(&self) -> Option<Timestamp> {
        *self.expires.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn expiry(credentials: &Credentials) -> Option<Timestamp> {
    credentials.expiry().and_then(|end| Timestamp::try_from(end).ok())
}

/// A [`Login`] as the SDK wants it.
struct Keeping(Arc<Login>);

impl std::fmt::Debug for Keeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keeping")
    }
}

impl ProvideCredentials for Keeping {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.0.credentials())
    }
}

#[cfg(test)]
mod tests;
