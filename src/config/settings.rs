//! The config file as values. What only looks or paces has safe defaults and becomes a remark when it is wrong; what decides where the
//! console points and what it may do there is fatal when it is wrong.

use std::path::Path;
use std::time::Duration;

use toml::de::DeTable;

use super::aws_regions::{RegionCheck, check_region, nearest_region};
use super::guards::{ENVIRONMENTS, read_guards};
use super::keymap::{Key, Keymap};
use super::operations::{OperationSettings, read_operations};
use super::probe::{ProbeSettings, ProbeTarget};
use super::reader::{At, Document, Gravity, Problem, Section};
use super::suggest::did_you_mean;
use crate::command::{self, Command};
use crate::domain::{Environment, GuardRules, Label};

/// Everything the config file says, with defaults where it is silent.
#[derive(Clone, Debug)]
pub struct Config {
    /// Context to open when none is named on the command line.
    pub context: Option<String>,
    pub theme: String,
    /// IANA zone for clocks; `None` = the system's.
    pub time_zone: Option<String>,
    pub mouse: bool,
    pub keymap: Keymap,
    pub polling: Polling,
    pub contexts: Vec<ContextConfig>,
    /// Guards of contexts that set none and whose environment sets none.
    pub guard: GuardRules,
    /// The same with what each environment adds; see [`Config::guard_for`].
    pub environments: Vec<(Environment, GuardRules)>,
    /// How operations go in contexts that say nothing themselves.
    pub operations: OperationSettings,
    /// Name of the file, for messages that point into it.
    pub file: String,
}

/// How often things are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polling {
    pub focus: Duration,
    pub background: Duration,
    pub operation: Duration,
    pub metrics: Duration,
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            focus: Duration::from_secs(10),
            background: Duration::from_secs(60),
            operation: Duration::from_secs(3),
            metrics: Duration::from_secs(60),
        }
    }
}

/// One named estate.
#[derive(Clone, Debug)]
pub struct ContextConfig {
    pub name: String,
    pub profile: Option<String>,
    pub regions: Vec<String>,
    /// The account it must be; another one is refused.
    pub account: Option<String>,
    pub read_only: bool,
    pub endpoint_url: Option<String>,
    pub guard: GuardRules,
    pub operations: OperationSettings,
    pub probe: ProbeSettings,
    /// Where it stands, for messages.
    pub line: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            context: None,
            theme: "dark".to_owned(),
            time_zone: None,
            mouse: true,
            keymap: Keymap::default(),
            polling: Polling::default(),
            contexts: Vec::new(),
            guard: GuardRules::default(),
            environments: Vec::new(),
            operations: OperationSettings::default(),
            file: "config.toml".to_owned(),
        }
    }
}

impl Config {
    pub fn file_name(&self) -> &str {
        &self.file
    }

    /// Guards of an estate of this environment that no context names.
    pub fn guard_for(&self, environment: Environment) -> GuardRules {
        let own = self.environments.iter().find(|(e, _)| *e == environment).map(|(_, rules)| rules);
        GuardRules { environment, ..own.unwrap_or(&self.guard).clone() }
    }

    pub fn context(&self, name: &str) -> Option<&ContextConfig> {
        self.contexts.iter().find(|c| c.name == name)
    }
}

/// Reads a file. A missing file is an empty one unless `required`.
pub fn load(file: &Path, required: bool) -> (Config, Vec<Problem>) {
    match std::fs::read_to_string(file) {
        Ok(source) => parse(file, &source),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && !required => (Config::default(), Vec::new()),
        Err(e) => {
            let text = format!("cannot read the config file: {e}");
            (Config::default(), vec![Problem { file: file.to_owned(), line: 0, text, gravity: Gravity::Fatal }])
        }
    }
}

/// Reads the text of a config file; all problems in one go, in line order.
pub fn parse(file: &Path, source: &str) -> (Config, Vec<Problem>) {
    let doc = Document::new(file, source);
    let mut config = Config::default();
    if let Some(name) = file.file_name() {
        config.file = name.to_string_lossy().into_owned();
    }
    if let Some(table) = doc.parse() {
        read_root(&doc, &table, &mut config);
    }
    (config, doc.into_problems())
}

fn read_root<'s>(doc: &Document<'s>, table: &DeTable<'s>, config: &mut Config) {
    let root = Section::new(doc, "", table, Gravity::Fatal);
    let wanted = root.text("context");
    if let Some(ui) = root.table("ui") {
        read_ui(&Section::new(doc, "ui", ui.value, Gravity::Remark), config);
    }
    if let Some(keys) = root.table("keys") {
        read_keys(&Section::new(doc, "keys", keys.value, Gravity::Remark), &mut config.keymap);
    }
    if let Some(polling) = root.table("polling") {
        read_polling(&Section::new(doc, "polling", polling.value, Gravity::Remark), &mut config.polling);
    }
    if let Some(guards) = root.table("guards") {
        read_guards(&Section::new(doc, "guards", guards.value, Gravity::Fatal), &mut config.guard);
    }
    if let Some(environments) = root.table("environments") {
        read_environments(&Section::new(doc, "environments", environments.value, Gravity::Fatal), config);
    }
    if let Some(operations) = root.table("operations") {
        read_operations(&Section::new(doc, "operations", operations.value, Gravity::Fatal), &mut config.operations);
    }
    if let Some(contexts) = root.table("contexts") {
        let section = Section::new(doc, "contexts", contexts.value, Gravity::Fatal);
        let mut contexts_read = Vec::new();
        for (name, line, value) in section.entries() {
            match value.as_table() {
                Some(t) => contexts_read.push(read_context(doc, name, line, t, config)),
                None => doc.report(line, format!("contexts.{name}: expected a table such as [contexts.{name}]"), Gravity::Fatal),
            }
        }
        config.contexts = contexts_read;
    }
    if let Some(At { value, line }) = wanted {
        if config.context(&value).is_none() {
            let hint = did_you_mean(&value, config.contexts.iter().map(|c| c.name.as_str()));
            doc.report(line, format!("context \"{}\" is not defined below{hint}", Label::new(&value)), Gravity::Fatal);
        }
        config.context = Some(value);
    }
    root.finish();
}

fn read_ui(s: &Section<'_, '_>, config: &mut Config) {
    if let Some(t) = s.text("theme") {
        config.theme = t.value;
    }
    if let Some(At { value, line }) = s.text("time_zone") {
        match jiff::tz::TimeZone::get(&value) {
            Ok(_) => config.time_zone = Some(value),
            Err(_) => s.report(
                line,
                format!("ui.time_zone: \"{}\" is no time zone; expected a name such as \"Europe/Berlin\" or \"UTC\"", Label::new(&value)),
            ),
        }
    }
    if let Some(m) = s.flag("mouse") {
        config.mouse = m.value;
    }
    s.finish();
}

fn read_keys(s: &Section<'_, '_>, keymap: &mut Keymap) {
    for (name, line, value) in s.entries() {
        let Some(cmd) = Command::from_name(name) else {
            let hint = did_you_mean(name, command::ALL.iter().map(|c| c.name()));
            s.report(line, format!("keys.{}: no such command{hint}", Label::new(name)));
            continue;
        };
        let words: Option<Vec<&str>> = match value.as_str() {
            Some(one) => Some(vec![one]),
            None => value.as_array().and_then(|a| a.iter().map(|v| v.get_ref().as_str()).collect()),
        };
        let Some(words) = words else {
            s.report(line, format!("keys.{name}: expected a key in quotes, or a list of them"));
            continue;
        };
        let mut keys = Vec::new();
        for word in words {
            match Key::parse(word) {
                Some(k) => keys.push(k),
                None => s.report(
                    line,
                    format!(
                        "keys.{name}: \"{}\" is no key; expected one such as \"x\", \"G\", \"ctrl-r\", \"space\" or \"f5\"",
                        Label::new(word)
                    ),
                ),
            }
        }
        if keys.is_empty() {
            continue;
        }
        if let Some(lost) = keymap.bind(cmd, &keys) {
            s.report(line, format!("keys.{name}: took a key from {}, which has {} now", lost.name(), keys_left(keymap, lost)));
        }
    }
}

fn keys_left(keymap: &Keymap, command: Command) -> String {
    let left: Vec<String> = keymap.keys_of(command).iter().map(ToString::to_string).collect();
    if left.is_empty() { "none".to_owned() } else { left.join(", ") }
}

fn read_polling(s: &Section<'_, '_>, p: &mut Polling) {
    let least = Duration::from_secs(1);
    for (key, slot) in
        [("focus", &mut p.focus), ("background", &mut p.background), ("operation", &mut p.operation), ("metrics", &mut p.metrics)]
    {
        if let Some(d) = s.duration(key, least) {
            *slot = d.value;
        }
    }
    s.finish();
}

fn read_environments(s: &Section<'_, '_>, config: &mut Config) {
    for (word, line, value) in s.entries() {
        let Some((_, environment)) = ENVIRONMENTS.iter().find(|(w, _)| *w == word) else {
            let hint = did_you_mean(word, ENVIRONMENTS.iter().map(|(w, _)| *w));
            let all = ENVIRONMENTS.map(|(w, _)| w).join(", ");
            s.report(line, format!("environments.{}: there is no such environment{hint}; there are {all}", Label::new(word)));
            continue;
        };
        let Some(table) = value.as_table() else {
            s.report(line, format!("environments.{word}: expected a table such as [environments.{word}.guards]"));
            continue;
        };
        let own = Section::new(s.doc(), s.path(word), table, Gravity::Fatal);
        let mut rules = GuardRules { environment: *environment, ..config.guard.clone() };
        if let Some(guards) = own.table("guards") {
            read_guards(&Section::new(s.doc(), own.path("guards"), guards.value, Gravity::Fatal), &mut rules);
        }
        own.finish();
        config.environments.push((*environment, rules));
    }
}

fn read_context<'s>(doc: &Document<'s>, name: &str, line: usize, table: &DeTable<'s>, config: &Config) -> ContextConfig {
    let s = Section::new(doc, format!("contexts.{name}"), table, Gravity::Fatal);
    let mut c = ContextConfig {
        name: name.to_owned(),
        profile: s.text("profile").map(|t| t.value),
        regions: Vec::new(),
        account: None,
        read_only: s.flag("read_only").is_some_and(|f| f.value),
        endpoint_url: None,
        guard: config.guard_for(Environment::Unclassified),
        operations: config.operations.clone(),
        probe: ProbeSettings::default(),
        line,
    };
    if let Some(At { value, line }) = s.text("environment") {
        let mut choices = ENVIRONMENTS.iter().filter(|(_, e)| *e != Environment::Simulated);
        match choices.clone().find(|(w, _)| *w == value) {
            Some((_, e)) => {
                c.guard = config.guard_for(*e);
                c.guard.environment_source = Label::new(doc.place(line));
            }
            None => {
                let hint = did_you_mean(&value, choices.by_ref().map(|(w, _)| *w));
                let text = format!(
                    "{}: \"{}\" is no environment; expected production, staging, development or unclassified{hint}",
                    s.path("environment"),
                    Label::new(&value)
                );
                s.report(line, text);
            }
        }
    }
    let own_endpoint = table.iter().any(|(k, _)| k.get_ref() == "endpoint_url");
    for At { value, line } in s.texts("regions").unwrap_or_default() {
        // Behind an endpoint of one's own any name may be a region.
        if own_endpoint || check_region(&value) != RegionCheck::Impossible {
            c.regions.push(value);
        } else {
            let hint = nearest_region(&value).map_or_else(String::new, |near| format!(" (did you mean \"{near}\"?)"));
            s.report(line, format!("{}: there is no region \"{}\"{hint}", s.path("regions"), Label::new(&value)));
        }
    }
    if let Some(At { value, line }) = s.text("account") {
        if value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit()) {
            c.account = Some(value);
        } else {
            s.report(line, format!("{}: \"{}\" is no account; expected twelve digits in quotes", s.path("account"), Label::new(&value)));
        }
    }
    if let Some(At { value, line }) = s.text("endpoint_url") {
        if value.starts_with("http://") || value.starts_with("https://") {
            c.endpoint_url = Some(value);
        } else {
            s.report(
                line,
                format!("{}: \"{}\" is no endpoint; expected http://… or https://…", s.path("endpoint_url"), Label::new(&value)),
            );
        }
    }
    if let Some(g) = s.table("guards") {
        read_guards(&Section::new(doc, format!("contexts.{name}.guards"), g.value, Gravity::Fatal), &mut c.guard);
    }
    if let Some(o) = s.table("operations") {
        read_operations(&Section::new(doc, s.path("operations"), o.value, Gravity::Fatal), &mut c.operations);
    }
    read_probes(&s, &mut c.probe);
    s.finish();
    c
}

fn read_probes(s: &Section<'_, '_>, probe: &mut ProbeSettings) {
    for At { value: table, .. } in s.tables("probe") {
        let p = Section::new(s.doc(), s.path("probe"), table, Gravity::Fatal);
        let (matches, url) = (p.text("matches"), p.text("url"));
        if let (Some(m), Some(u)) = (matches, url) {
            let target = ProbeTarget { matches: m.value, url: u.value };
            match target.check() {
                Ok(()) => probe.targets.push(target),
                Err(problem) => p.report(u.line, format!("{}: {}", p.path("url"), Label::new(problem))),
            }
        }
        p.finish();
    }
}

#[cfg(test)]
mod tests;
