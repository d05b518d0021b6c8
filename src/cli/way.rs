//! The way to a scope, as an operation's record keeps it: profile, region, endpoint, files. A runner reaches the same scope by it again.
//! Never a secret: what signs in comes from the environment and the profile files of whoever starts the runner.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::estate::{AwsEstate, Surroundings};
use crate::config::aws_profiles::Places;
use crate::config::probe::ProbeSettings;
use crate::domain::{Now, Scope};
use crate::providers::Access;
use crate::providers::aws::{self, AwsSettings, Handover};

/// One region of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The registry's word; a record of another provider is refused, never guessed at.
    provider: String,
    /// `None`: what the environment signs in with.
    pub profile: Option<String>,
    region: String,
    endpoint_url: Option<String>,
    ca_bundle: Option<PathBuf>,
    /// The account it must be, where the config says so.
    account: Option<String>,
    config_file: Option<PathBuf>,
    credentials_file: Option<PathBuf>,
    /// Name of the context it was begun in.
    context: String,
}

impl Way {
    const PROVIDER: &'static str = "aws";

    /// The way into one scope of an estate.
    pub fn to(scope: &Scope, estate: &AwsEstate) -> Self {
        let around = &estate.surroundings;
        // Keys in the environment beat `AWS_PROFILE`, but not a profile that was asked for.
        let usual = around.profile.clone().filter(|_| !around.hints.environment_keys);
        Self {
            provider: Self::PROVIDER.to_owned(),
            profile: estate.profile.clone().or(usual),
            region: scope.region().to_owned(),
            endpoint_url: estate.endpoint_url.clone(),
            ca_bundle: estate.ca_bundle.clone(),
            account: estate.account.clone(),
            config_file: around.places.config_file.clone(),
            credentials_file: around.places.credentials_file.clone(),
            context: estate.name.to_string(),
        }
    }

    /// Reads it back from the record. The error is a sentence.
    pub fn parse(value: &serde_json::Value) -> Result<Self, String> {
        let way: Self = serde_json::from_value(value.clone()).map_err(|e| format!("how to reach its scope is not on record: {e}"))?;
        if way.provider != Self::PROVIDER {
            return Err(format!("it was begun on {}, which this version cannot reach", way.provider));
        }
        Ok(way)
    }

    /// For the record.
    pub fn record(&self) -> serde_json::Value {
        // A struct of strings always serializes.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// What a connection along this way is made of. Nobody can be asked anything.
    pub fn settings(
        &self,
        around: &Surroundings,
        clock: impl Fn() -> Now + Send + Sync + 'static,
        handed: Option<Handover>,
    ) -> AwsSettings {
        let named = |own: &Option<PathBuf>, usual: &Option<PathBuf>| own.clone().or_else(|| usual.clone());
        let places = &around.aws.places;
        AwsSettings {
            profile: self.profile.clone(),
            regions: vec![self.region.clone()],
            endpoint_url: self.endpoint_url.clone(),
            access: Access::ReadWrite,
            expected_account: self.account.clone(),
            ca_bundle: named(&self.ca_bundle, &around.ca_bundle),
            prompt: None,
            handed,
            probe: ProbeSettings::default(),
            clock: std::sync::Arc::new(clock),
            surroundings: aws::Surroundings {
                places: Places {
                    home: places.home.clone(),
                    config_file: named(&self.config_file, &places.config_file),
                    credentials_file: named(&self.credentials_file, &places.credentials_file),
                },
                // The profile is named above, or the environment's keys are meant.
                profile: None,
                region: None,
                hints: around.aws.hints.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::aws_profiles::Hints;
    use crate::domain::{GuardRules, Label};

    fn estate(profile: Option<&str>, usual: Option<&str>, keys: bool) -> AwsEstate {
        AwsEstate {
            name: Label::new("production"),
            profile: profile.map(str::to_owned),
            regions: vec!["eu-central-1".to_owned(), "us-east-1".to_owned()],
            endpoint_url: Some("http://127.0.0.1:5000".to_owned()),
            ca_bundle: None,
            account: Some("471100000000".to_owned()),
            access: Access::ReadWrite,
            guard: GuardRules::default(),
            operations: crate::config::OperationSettings::default(),
            probe: ProbeSettings::default(),
            surroundings: aws::Surroundings {
                profile: usual.map(str::to_owned),
                region: None,
                places: Places::default(),
                hints: Hints { environment_keys: keys, ..Hints::default() },
            },
        }
    }

    #[test]
    fn the_profile_that_signed_in_is_on_record() {
        let scope = Scope::new("aws", "ops", "us-east-1");
        for (asked, usual, keys, recorded) in [
            (Some("ops"), None, false, Some("ops")),
            (Some("ops"), Some("other"), true, Some("ops")),
            (None, Some("other"), false, Some("other")),
            (None, Some("other"), true, None),
            (None, None, true, None),
        ] {
            let way = Way::to(&scope, &estate(asked, usual, keys));
            assert_eq!(way.profile.as_deref(), recorded, "{asked:?} {usual:?} {keys}");
            assert_eq!(Way::parse(&way.record()), Ok(way));
        }
    }

    #[test]
    fn a_way_leads_to_its_one_region() {
        let way = Way::to(&Scope::new("aws", "ops", "us-east-1"), &estate(Some("ops"), None, false));
        let settings = way.settings(&Surroundings::default(), || Now::at(0), None);
        assert_eq!(settings.regions, ["us-east-1"]);
        assert_eq!(settings.endpoint_url.as_deref(), Some("http://127.0.0.1:5000"));
        assert_eq!(settings.expected_account.as_deref(), Some("471100000000"));
        assert_eq!(settings.access, Access::ReadWrite);
    }

    #[test]
    fn a_record_of_something_else_is_refused() {
        for value in [serde_json::json!(null), serde_json::json!({"provider": "gcp"}), serde_json::json!({"profile": "x"})] {
            assert!(Way::parse(&value).is_err(), "{value}");
        }
        let mut value = Way::to(&Scope::new("aws", "ops", "us-east-1"), &estate(None, None, true)).record();
        value["provider"] = "gcp".into();
        assert!(Way::parse(&value).unwrap_err().contains("gcp"));
    }
}
