//! The AWS profiles a user has, found without the SDK: for the first screen, for messages that name the nearest profile, and for
//! roles that want an MFA code, which the SDK's own chain does not ask for.
//!
//! Files are read line by line. Secrets are seen but never kept: a key is noted as present, its value is dropped with its line.
//! Nothing here signs in, runs a credential process or touches the network.

mod hints;
mod parse;

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use hints::{Hints, find_hints};

use super::suggest::did_you_mean;

/// Where to look. The caller knows the environment; this module does not.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub home: Option<PathBuf>,
    /// `AWS_CONFIG_FILE`.
    pub config_file: Option<PathBuf>,
    /// `AWS_SHARED_CREDENTIALS_FILE`.
    pub credentials_file: Option<PathBuf>,
}

impl Places {
    /// The file of profiles, there or not.
    pub fn config(&self) -> Option<PathBuf> {
        self.resolve(self.config_file.as_deref(), ".aws/config")
    }

    /// The file of keys, there or not.
    pub fn credentials(&self) -> Option<PathBuf> {
        self.resolve(self.credentials_file.as_deref(), ".aws/credentials")
    }

    /// A leading `~` means home, as in the SDKs.
    fn resolve(&self, named: Option<&Path>, usual: &str) -> Option<PathBuf> {
        match (named.filter(|p| !p.as_os_str().is_empty()), &self.home) {
            (Some(p), Some(home)) => Some(p.strip_prefix("~").map_or_else(|_| p.to_owned(), |rest| home.join(rest))),
            (Some(p), None) => Some(p.to_owned()),
            (None, Some(home)) => Some(home.join(usual)),
            (None, None) => None,
        }
    }
}

/// Where a profile or a remark comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// How a profile gets its credentials, in the order in which the SDK decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileKind {
    /// A role of another profile, with a code from the user's device.
    AssumeRoleWithMfa,
    AssumeRole,
    WebIdentity,
    Sso,
    /// `aws login`.
    Login,
    Process,
    StaticKeys,
    /// Nothing that gives credentials; settings only.
    Bare,
}

impl ProfileKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::AssumeRoleWithMfa => "assume role, MFA",
            Self::AssumeRole => "assume role",
            Self::WebIdentity => "web identity",
            Self::Sso => "sso",
            Self::Login => "login",
            Self::Process => "process",
            Self::StaticKeys => "static keys",
            Self::Bare => "no credentials",
        }
    }
}

/// IAM Identity Center settings, from the profile or its `sso_session`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sso {
    /// Name of the `[sso-session]`; `None` for the old form, whose tokens are not refreshed.
    pub session: Option<String>,
    pub start_url: Option<String>,
    pub region: Option<String>,
    pub account_id: Option<String>,
    pub role_name: Option<String>,
}

/// One profile: all that is not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Raw, as it must be given to the SDK; make a label of it before drawing.
    pub name: String,
    pub kind: ProfileKind,
    pub region: Option<String>,
    pub origin: Origin,
    pub role_arn: Option<String>,
    pub mfa_serial: Option<String>,
    pub source_profile: Option<String>,
    /// `Environment`, `Ec2InstanceMetadata`, `EcsContainer`.
    pub credential_source: Option<String>,
    pub external_id: Option<String>,
    pub role_session_name: Option<String>,
    /// `duration_seconds`, within what STS takes (15 min to 12 h).
    pub duration: Option<Duration>,
    pub sso: Option<Sso>,
    pub endpoint_url: Option<String>,
    pub ca_bundle: Option<PathBuf>,
}

/// Something in the files that will bite, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub origin: Origin,
    pub text: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.text)
    }
}

/// All that was found, in file order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    pub list: Vec<Profile>,
    pub remarks: Vec<Remark>,
    /// The files that were looked for, there or not.
    pub looked_in: Vec<PathBuf>,
}

/// Reads the user's profiles. A missing file is no profile; an unreadable one is a remark.
pub fn read_profiles(places: &Places) -> Profiles {
    let mut tables = parse::Tables::default();
    let mut looked_in = Vec::new();
    for (path, kind) in [(places.config(), parse::FileKind::Config), (places.credentials(), parse::FileKind::Credentials)] {
        let Some(path) = path else { continue };
        match File::open(&path).and_then(|f| tables.apply_file(&path, kind, BufReader::new(f))) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => tables.remark(&path, 0, format!("cannot be read: {e}")),
        }
        looked_in.push(path);
    }
    tables.finish(looked_in)
}

/// Why the chain behind a profile does not end at credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainProblem {
    #[error("{0}")]
    Missing(String),
    #[error("profile \"{name}\" ({origin}) names itself in its source_profile chain")]
    Loop { name: String, origin: Origin },
}

impl Profiles {
    pub fn find(&self, name: &str) -> Option<&Profile> {
        self.list.iter().find(|p| p.name == name)
    }

    /// The sentence for a profile that is not there: where was looked, and what was probably meant.
    pub fn explain_missing(&self, name: &str) -> String {
        let hint = did_you_mean(name, self.list.iter().map(|p| p.name.as_str()));
        let files = self.looked_in.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(" and ");
        let files = if files.is_empty() { "any file: no home directory is known".to_owned() } else { files };
        if self.list.is_empty() {
            format!("no profile \"{name}\": there are no profiles in {files}; run `aws configure sso` or `aws configure`")
        } else {
            format!("no profile \"{name}\"{hint} in {files}")
        }
    }

    /// The profiles from `name` to the one that holds credentials: roles first, the source last.
    ///
    /// A profile that names itself as source takes its own keys, as in the SDKs; any longer circle is a [`ChainProblem::Loop`].
    pub fn chain(&self, name: &str) -> Result<Vec<&Profile>, ChainProblem> {
        let mut chain: Vec<&Profile> = Vec::new();
        let mut next = name;
        loop {
            let profile = self.find(next).ok_or_else(|| {
                ChainProblem::Missing(match chain.last() {
                    None => self.explain_missing(next),
                    Some(p) => format!("profile \"{}\" ({}): source_profile: {}", p.name, p.origin, self.explain_missing(next)),
                })
            })?;
            if let Some(first) = chain.iter().find(|p| p.name == profile.name) {
                return Err(ChainProblem::Loop { name: first.name.clone(), origin: first.origin.clone() });
            }
            chain.push(profile);
            let assumes = matches!(profile.kind, ProfileKind::AssumeRole | ProfileKind::AssumeRoleWithMfa);
            match profile.source_profile.as_deref().filter(|_| assumes) {
                Some(source) if source != profile.name => next = source,
                _ => return Ok(chain),
            }
        }
    }

    /// Whether a code must be asked for somewhere along the chain of `name`. A broken chain asks for nothing: the SDK will say why.
    pub fn wants_mfa(&self, name: &str) -> bool {
        self.chain(name).is_ok_and(|c| c.iter().any(|p| p.kind == ProfileKind::AssumeRoleWithMfa))
    }
}

#[cfg(test)]
mod tests;
