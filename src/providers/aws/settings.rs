//! What a connection to AWS is made of. Read from config and command line by the composition root; no defaults are guessed later.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use crate::config::aws_profiles::{Hints, Places};
use crate::domain::{Label, Now};
use crate::providers::Access;

use crate::config::probe::ProbeSettings;

use super::handover::Handover;

/// Tells the present; `operate`, `engine` and providers share one.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// Asks the user something while a connection is made: an MFA code.
#[async_trait]
pub trait Prompt: Send + Sync {
    /// The answer, or `None` when the question was dismissed. The answer is secret: neither logged nor kept.
    async fn ask(&self, title: Label, prompt: Label) -> Option<String>;
}

/// What the environment says; read once by the composition root.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `AWS_PROFILE`.
    pub profile: Option<String>,
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub region: Option<String>,
    /// Where the profile files are.
    pub places: Places,
    pub hints: Hints,
}

/// One context's way into AWS.
#[derive(Clone)]
pub struct AwsSettings {
    /// A profile asked for by name: it beats keys in the environment. `None`: `AWS_PROFILE`, else `default`, after such keys.
    pub profile: Option<String>,
    /// Empty: the region of the environment, the profile, or the machine we run on.
    pub regions: Vec<String>,
    pub endpoint_url: Option<String>,
    pub access: Access,
    /// Any other account is refused.
    pub expected_account: Option<String>,
    /// PEM file that replaces the system's trust store (`AWS_CA_BUNDLE`).
    pub ca_bundle: Option<PathBuf>,
    /// Who asks for MFA codes; without one, roles that need a code fail with clear words.
    pub prompt: Option<Arc<dyn Prompt>>,
    /// A session that another process of ours bought with a code.
    pub handed: Option<Handover>,
    pub probe: ProbeSettings,
    pub clock: Clock,
    pub surroundings: Surroundings,
}

impl AwsSettings {
    /// The profile that counts, whether it was asked for or is only the usual one.
    pub(super) fn profile_name(&self) -> &str {
        self.profile.as_deref().or(self.surroundings.profile.as_deref()).unwrap_or("default")
    }

    /// Keys in the environment are used: they are there, and no profile was asked for by name.
    pub(super) fn uses_environment_keys(&self) -> bool {
        self.profile.is_none() && self.surroundings.hints.environment_keys
    }

    /// The account part of the scope, as configured: real numbers are shown by the identity.
    pub(super) fn account_word(&self) -> &str {
        if self.uses_environment_keys() { "environment" } else { self.profile_name() }
    }
}

impl fmt::Debug for AwsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsSettings")
            .field("profile", &self.profile)
            .field("regions", &self.regions)
            .field("endpoint_url", &self.endpoint_url)
            .field("access", &self.access)
            .field("expected_account", &self.expected_account)
            .field("ca_bundle", &self.ca_bundle)
            .finish_non_exhaustive()
    }
}
