//! For tests of this folder: a whole provider, from settings to answers, against a [`Canned`] server. Nothing of the machine's own AWS
//! setup is seen: profiles come from a throw-away home.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;

use crate::config::aws_profiles::{Hints, Places};
use crate::domain::{Focus, Identity, Label, Now, Observation, SourceKind};
use crate::providers::{Access, Page, PageSink, Provider, ProviderError, WritePermit};

use super::canned::{Answer, Canned, Request};
use super::connect::connect_within;
use super::{AwsProvider, AwsSettings, ConnectError, ProbeSettings, Prompt, Surroundings};

/// Static keys, as `aws configure` writes them.
pub const KEYS: &str = "[default]\naws_access_key_id = AKIAFIRST\naws_secret_access_key = not-a-secret\nregion = eu-central-1\n";

pub const ACCOUNT: &str = "111122223333";

/// An answer to GetCallerIdentity.
pub fn who(account: &str, arn: &str) -> Answer {
    Answer::xml(format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>{arn}</Arn>\
         <UserId>AIDA</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    ))
}

/// The usual caller.
pub fn me() -> Answer {
    who(ACCOUNT, &format!("arn:aws:iam::{ACCOUNT}:user/ops"))
}

/// Settings with a home of their own.
pub struct Home {
    dir: TempDir,
}

impl Home {
    pub fn with(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config"), config).unwrap();
        Self { dir }
    }

    pub fn rewrite(&self, config: &str) {
        std::fs::write(self.path("config"), config).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn settings(&self) -> AwsSettings {
        let places = Places { home: None, config_file: Some(self.path("config")), credentials_file: Some(self.path("credentials")) };
        AwsSettings {
            profile: Some("default".to_owned()),
            regions: Vec::new(),
            endpoint_url: None,
            access: Access::ReadWrite,
            expected_account: None,
            ca_bundle: None,
            prompt: None,
            handed: None,
            probe: ProbeSettings::default(),
            clock: Arc::new(|| Now::at(0)),
            surroundings: Surroundings { profile: None, region: None, places, hints: Hints::default() },
        }
    }
}

pub struct Trial {
    pub canned: Canned,
    pub home: Home,
    pub provider: Arc<AwsProvider>,
}

impl Trial {
    /// A provider with static keys.
    pub async fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(KEYS, |_| {}, answer).await.unwrap()
    }

    pub async fn start_with(
        config: &str,
        change: impl FnOnce(&mut AwsSettings),
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Result<Self, ConnectError> {
        let canned = Canned::start(answer).await;
        let home = Home::with(config);
        let mut settings = home.settings();
        settings.endpoint_url = Some(canned.url.clone());
        change(&mut settings);
        let provider = connect_within(settings, Duration::from_millis(500)).await?.remove(0);
        Ok(Self { canned, home, provider })
    }

    pub async fn read(&self, source: SourceKind) -> (Result<(), ProviderError>, Page) {
        self.read_with(source, &Focus::default()).await
    }

    pub async fn read_with(&self, source: SourceKind, focus: &Focus) -> (Result<(), ProviderError>, Page) {
        let (sink, mut pages) = PageSink::new(1_000);
        let result = self.provider.read(source, focus, &sink).await;
        drop(sink);
        let mut all = Page::default();
        while let Some(page) = pages.recv().await {
            all.rows.extend(page.rows);
            all.gaps.extend(page.gaps);
            all.calls += page.calls;
        }
        (result, all)
    }

    /// The permit the composition root would grant after the identity was shown.
    pub async fn permit(&self) -> WritePermit {
        WritePermit::grant(Access::ReadWrite, &self.identity().await).unwrap()
    }

    pub async fn identity(&self) -> Identity {
        let (result, page) = self.read(SourceKind::Identity).await;
        result.unwrap();
        match page.rows.into_iter().next() {
            Some(Observation::Identity(identity)) => identity,
            other => panic!("no identity but {other:?}"),
        }
    }
}

/// Answers questions from a list, then dismisses them.
#[derive(Default)]
pub struct Answers {
    pub left: Mutex<Vec<&'static str>>,
    pub asked: Mutex<Vec<String>>,
}

impl Answers {
    pub fn new(mut answers: Vec<&'static str>) -> Arc<Self> {
        answers.reverse();
        Arc::new(Self { left: Mutex::new(answers), asked: Mutex::default() })
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Prompt for Answers {
    async fn ask(&self, title: Label, prompt: Label) -> Option<String> {
        self.asked.lock().unwrap().push(format!("{title}: {prompt}"));
        self.left.lock().unwrap().pop().map(str::to_owned)
    }
}
