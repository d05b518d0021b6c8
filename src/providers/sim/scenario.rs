//! Scenarios: what happens to the estate, and when. TOML files, checked as they are read; an error names file, line and the nearest word.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

use crate::config::suggest::did_you_mean;
use crate::domain::plan::PROCESSES;
use crate::domain::{FailureKind, SourceKind};

use super::calendar::{DAY, HOUR, MINUTE, Millis, SECOND};

/// What a scenario is allowed to name: the estate of the portal app.
pub(super) const FLEETS: [&str; 6] = ["portal", "web", "api", "worker", "search", "reports"];
pub(super) const DATABASES: [&str; 3] = ["hardware-mysql", "hardware-mysql-replica", "portal-redis"];

/// How long before the start the model begins to run; no event may lie earlier.
pub(super) const PREROLL: Millis = 3 * HOUR;

/// A story for the simulated estate.
#[derive(Clone, Debug)]
pub struct Scenario(pub(super) Arc<Script>);

/// Why a scenario cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    #[error("there is no scenario {name:?}{hint}; there are: {}", Scenario::NAMES.join(", "))]
    Unknown { name: String, hint: String },
    #[error("{file}:{line}: {message}")]
    Malformed { file: String, line: usize, message: String },
}

impl Scenario {
    /// Every built-in story.
    pub const NAMES: [&'static str; 5] = ["quiet", "bad-deploy", "zone-outage", "db-failover", "traffic-spike"];

    /// The one that is played when none is named: trouble and health side by side.
    pub const DEFAULT: &'static str = "bad-deploy";

    /// A built-in story.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        let text = match name {
            "quiet" => include_str!("scenarios/quiet.toml"),
            "bad-deploy" => include_str!("scenarios/bad-deploy.toml"),
            "zone-outage" => include_str!("scenarios/zone-outage.toml"),
            "db-failover" => include_str!("scenarios/db-failover.toml"),
            "traffic-spike" => include_str!("scenarios/traffic-spike.toml"),
            _ => return Err(ScenarioError::Unknown { name: name.to_owned(), hint: did_you_mean(name, Self::NAMES) }),
        };
        Self::parse(&format!("{name}.toml"), text)
    }

    /// A story from text; `file` is the name errors carry.
    pub fn parse(file: &str, text: &str) -> Result<Self, ScenarioError> {
        let malformed = |offset: usize, message: &str| ScenarioError::Malformed {
            file: file.to_owned(),
            line: text[..offset.min(text.len())].matches('\n').count() + 1,
            message: message.to_owned(),
        };
        let script: Script = toml::from_str(text).map_err(|e| malformed(e.span().map_or(0, |s| s.start), e.message()))?;
        for event in &script.event {
            let named = event.get_ref().deeds();
            if named != 1 {
                return Err(malformed(event.span().start, &format!("an event does exactly one thing, this one {named}")));
            }
            if event.get_ref().at.0 < -PREROLL {
                return Err(malformed(event.span().start, "an event may lie at most 3h before the start"));
            }
        }
        Ok(Self(Arc::new(script)))
    }

    /// One line on what it shows.
    pub fn title(&self) -> &str {
        &self.0.title
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self::named(Self::DEFAULT).expect("the built-in scenarios parse; a test reads each")
    }
}

/// A whole story as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    pub title: String,
    /// Hour of the model's day at the start.
    pub hour: f64,
    #[serde(default)]
    pub event: Vec<toml::Spanned<Event>>,
}

/// One thing that happens at one time. Exactly one of the optional fields is set; [`Scenario::parse`] checks it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    pub at: Span,
    pub deploy: Option<Deploy>,
    pub halt: Option<Halt>,
    pub suspend: Option<Suspend>,
    pub resume: Option<Suspend>,
    pub resize: Option<Resize>,
    pub spike: Option<SpikeEvent>,
    pub zone_outage: Option<ZoneOutage>,
    pub failover: Option<Failover>,
    pub fault: Option<FaultEvent>,
}

impl Event {
    fn deeds(&self) -> usize {
        [
            self.deploy.is_some(),
            self.halt.is_some(),
            self.suspend.is_some(),
            self.resume.is_some(),
            self.resize.is_some(),
            self.spike.is_some(),
            self.zone_outage.is_some(),
            self.failover.is_some(),
            self.fault.is_some(),
        ]
        .into_iter()
        .filter(|set| *set)
        .count()
    }
}

/// A release reaches a group: the template changes, and `replace` members are swapped for new ones, each launched before one goes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deploy {
    pub group: FleetName,
    pub version: String,
    pub by: String,
    #[serde(default)]
    pub replace: u32,
    /// New members launched at once; all of them when absent.
    pub at_once: Option<u32>,
    /// Share of its answers that are 5xx; a sound release is not free of them.
    #[serde(default = "usual_errors")]
    pub errors: f64,
    /// Database connections per machine; as the version before when absent.
    pub connections: Option<u64>,
    /// Share of its machines that fall sick.
    #[serde(default)]
    pub sick: f64,
    #[serde(default)]
    pub sick_after: Span,
}

const fn usual_errors() -> f64 {
    0.001
}

/// A deployment stops where it stands and the template goes back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Halt {
    pub group: FleetName,
    pub version: String,
    pub by: String,
    pub reason: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suspend {
    pub group: FleetName,
    pub processes: Vec<ProcessName>,
    #[serde(default)]
    pub reason: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resize {
    pub group: FleetName,
    pub desired: u32,
    pub by: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpikeEvent {
    pub group: FleetName,
    pub factor: f64,
    pub ramp: Span,
    pub hold: Span,
    pub fall: Span,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ZoneOutage {
    pub zone: ZoneName,
    pub lasts: Span,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failover {
    pub database: DatabaseName,
    pub lasts: Span,
}

/// The API of the estate misbehaves for a while.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultEvent {
    pub source: SourceName,
    pub kind: KindName,
    pub lasts: Span,
}

/// `90s`, `-4m`, `3h`, `1m30s`: a stretch of model time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span(pub Millis);

/// `-1m30s` → milliseconds. `None` for anything else.
fn parse_span(text: &str) -> Option<Millis> {
    let (sign, mut rest) = text.strip_prefix('-').map_or((1, text), |r| (-1, r));
    let mut total: Millis = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let n: Millis = rest[..digits].parse().ok()?;
        let unit = match rest.as_bytes()[digits] {
            b's' => SECOND,
            b'm' => MINUTE,
            b'h' => HOUR,
            b'd' => DAY,
            _ => return None,
        };
        total = total.checked_add(n.checked_mul(unit)?)?;
        rest = &rest[digits + 1..];
    }
    Some(sign * total)
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        parse_span(&text)
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is no time; write it like \"90s\", \"-4m\" or \"1h30m\"")))
    }
}

/// A word out of a fixed list: the index of the word, with the nearest one in the error.
fn one_of<'de, D: Deserializer<'de>>(d: D, what: &str, words: &[&'static str]) -> Result<&'static str, D::Error> {
    let text = String::deserialize(d)?;
    words.iter().find(|w| **w == text).copied().ok_or_else(|| {
        D::Error::custom(format!(
            "there is no {what} {text:?}{}; there are: {}",
            did_you_mean(&text, words.iter().copied()),
            words.join(", ")
        ))
    })
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $words:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub(super) struct $name(pub &'static str);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                one_of(d, $what, &$words).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
    )*};
}

words! {
    FleetName, "group", FLEETS;
    DatabaseName, "database", DATABASES;
    ProcessName, "process", PROCESSES;
    ZoneName, "zone", ["a", "b", "c"];
    SourceName, "source", SOURCES.map(|(word, _)| word);
    KindName, "kind of failure", KINDS.map(|(word, _)| word);
}

impl ZoneName {
    pub fn index(self) -> u8 {
        self.0.as_bytes()[0] - b'a'
    }
}

const SOURCES: [(&str, SourceKind); 12] = [
    ("identity", SourceKind::Identity),
    ("groups", SourceKind::Groups),
    ("instances", SourceKind::Instances),
    ("pools", SourceKind::Pools),
    ("databases", SourceKind::Databases),
    ("caches", SourceKind::Caches),
    ("alarms", SourceKind::Alarms),
    ("activities", SourceKind::Activities),
    ("policies", SourceKind::Policies),
    ("metrics", SourceKind::Metrics),
    ("events", SourceKind::Events),
    ("probes", SourceKind::Probes),
];

const KINDS: [(&str, FailureKind); 12] = [
    ("auth", FailureKind::Auth),
    ("forbidden", FailureKind::Forbidden),
    ("not-found", FailureKind::NotFound),
    ("throttled", FailureKind::Throttled),
    ("network", FailureKind::Network),
    ("timeout", FailureKind::Timeout),
    ("quota", FailureKind::Quota),
    ("conflict", FailureKind::Conflict),
    ("decode", FailureKind::Decode),
    ("unsupported", FailureKind::Unsupported),
    ("server", FailureKind::Server),
    ("invalid", FailureKind::Invalid),
];

impl SourceName {
    pub fn source(self) -> SourceKind {
        SOURCES.iter().find(|(word, _)| *word == self.0).map_or(SourceKind::Groups, |(_, kind)| *kind)
    }
}

impl KindName {
    pub fn kind(self) -> FailureKind {
        KINDS.iter().find(|(word, _)| *word == self.0).map_or(FailureKind::Server, |(_, kind)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_story_parses() {
        for name in Scenario::NAMES {
            let scenario = Scenario::named(name).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(!scenario.title().is_empty(), "{name}");
        }
        assert!(Scenario::NAMES.contains(&Scenario::DEFAULT));
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_word() {
        let error = Scenario::named("bad-deplyo").unwrap_err().to_string();
        assert!(error.contains("did you mean \"bad-deploy\"?"), "{error}");
        assert!(error.contains("quiet, bad-deploy, zone-outage, db-failover, traffic-spike"), "{error}");
    }

    #[test]
    fn spans_of_time() {
        for (text, want) in [("90s", Some(90_000)), ("-4m", Some(-240_000)), ("1m30s", Some(90_000)), ("2d", Some(2 * DAY))] {
            assert_eq!(parse_span(text), want, "{text}");
        }
        for text in ["", "-", "4", "m", "4w", "1.5m", "9999999999999999999s", "9000000000000000000d"] {
            assert_eq!(parse_span(text), None, "{text}");
        }
    }

    #[test]
    fn errors_name_file_line_and_the_way_out() {
        let head = "title = \"t\"\nhour = 10.0\n\n[[event]]\n";
        for (body, line, says) in [
            ("at = \"soon\"\nresize = { group = \"web\", desired = 3, by = \"x\" }", 5, "is no time"),
            ("at = \"1m\"\nresize = { group = \"portl\", desired = 3, by = \"x\" }", 6, "did you mean \"portal\"?"),
            ("at = \"1m\"\nfault = { source = \"pool\", kind = \"throttled\", lasts = \"1m\" }", 6, "did you mean \"pools\"?"),
            ("at = \"1m\"\nfault = { source = \"pools\", kind = \"throtled\", lasts = \"1m\" }", 6, "did you mean \"throttled\"?"),
            ("at = \"1m\"\nexplode = true", 6, "unknown field"),
            ("at = \"1m\"", 4, "exactly one thing, this one 0"),
            ("at = \"-4h\"\nresize = { group = \"web\", desired = 3, by = \"x\" }", 4, "at most 3h before"),
        ] {
            let error = Scenario::parse("story.toml", &format!("{head}{body}\n")).unwrap_err().to_string();
            assert!(error.starts_with(&format!("story.toml:{line}: ")), "{body}: {error}");
            assert!(error.contains(says), "{body}: {error}");
        }
    }
}
