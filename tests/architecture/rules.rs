//! Judges what a source file says by the plan of the house. Pure: a file's place, its text and the table in, findings out.

use std::collections::BTreeSet;
use std::fmt;

use crate::house::{EMPTY_NAMES, LONGEST_FILE, Outside, PROVIDER_CONTRACT, RAW_FIELDS, Room, outside, room};
use crate::scan::{Call, Mention, Spoken};

/// A broken rule, where, and why it is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub file: String,
    pub line: usize,
    pub why: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.why)
    }
}

/// A source file with its place in the crate.
pub struct Source<'a> {
    /// For messages: `src/app/update.rs`.
    pub file: &'a str,
    /// `["app", "update"]`; empty for `lib.rs`, `["cli"]`-like treatment for `main.rs`.
    pub module: &'a [String],
    pub text: &'a str,
    pub spoken: &'a Spoken,
}

/// Calls that change the cloud, as the SDKs name them (`terminate_instances`).
pub type Mutations = BTreeSet<String>;

/// Every rule that one file can break by itself.
pub fn judge(source: &Source<'_>, mutations: &Mutations) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |line: usize, why: String| findings.push(Finding { file: source.file.to_owned(), line, why });

    let lines = source.text.lines().count();
    if lines > LONGEST_FILE {
        found(1, format!("{lines} lines; a file is one idea and at most {LONGEST_FILE} lines"));
    }
    if !source.spoken.introduced {
        found(1, "opens without `//!`: say in two to six lines what this module owns and what it must not do".to_owned());
    }
    if let Some(name) = source.module.last().filter(|n| EMPTY_NAMES.contains(&n.as_str())) {
        found(1, format!("`{name}` says nothing about what lives here"));
    }
    for mention in &source.spoken.mentions {
        if let Some(why) = judge_mention(source.module, mention) {
            found(mention.line, why);
        }
    }
    for call in &source.spoken.calls {
        if let Some(why) = judge_call(source.module, call, mutations) {
            found(call.line, why);
        }
    }
    if source.module.first().is_some_and(|m| m == "domain") {
        for field in source.spoken.fields.iter().filter(|f| !f.in_test && f.type_words.iter().any(|w| w == "String")) {
            let (owner, name) = (&field.owner, &field.name);
            if RAW_FIELDS.iter().any(|(raw_owner, raw_name, _)| raw_owner == owner && raw_name == name) {
                continue;
            }
            found(field.line, format!("`{owner}.{name}` is a bare String: what comes from outside is a Label, and ids are a ResourceId"));
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

fn judge_mention(module: &[String], mention: &Mention) -> Option<String> {
    let place = module.join("::");
    let spelled = mention.path.join("::");
    let Some(name) = module.first() else {
        return None; // lib.rs and main.rs compose everything
    };
    let Some(here) = room(name) else {
        return Some(format!("`{name}` is no room of the house; add it to the plan (DESIGN §1) and to tests/architecture/house.rs"));
    };
    if mention.path.first().is_some_and(|w| w == "crate") {
        return judge_edge(here, module, &mention.path[1..]).map(|why| format!("{place} → {spelled}: {why}"));
    }
    let thing = outside(&mention.path)?;
    if mention.exported && !["ui", "terminal", "cli"].contains(&here.name) && !matches!(thing, Outside::Clock) {
        return Some(format!("{place} → pub use {spelled}: a re-export would let other rooms see it through this one"));
    }
    if mention.in_test {
        return None; // tests may start runtimes, read files and look at the clock
    }
    if here.name == "providers" && matches!(thing, Outside::Sdk) {
        let in_contract = module.get(1).is_none_or(|m| PROVIDER_CONTRACT.contains(&m.as_str()));
        return in_contract.then(|| format!("{place} → {spelled}: {}", thing.reason()));
    }
    here.outside.contains(&thing).then(|| format!("{place} → {spelled}: {}", thing.reason()))
}

/// An edge within the crate. `target` comes without `crate`.
fn judge_edge(here: &Room, module: &[String], target: &[String]) -> Option<String> {
    let first = target.first().map_or("", String::as_str);
    let Some(there) = room(first) else {
        return Some("paths go through a room; the crate root re-exports nothing".to_owned());
    };
    if here.name == there.name {
        return if here.name == "providers" { judge_neighbours(module, target) } else { None };
    }
    if here.never.contains(&there.name) {
        return Some(format!("{} must never see {}", here.name, there.name));
    }
    if there.floor >= here.floor {
        return Some(format!(
            "{} stands on floor {} and {} on floor {}; a room sees only the floors below",
            here.name, here.floor, there.name, there.floor
        ));
    }
    None
}

/// Within `providers/`: every system sees the contract and itself, never another system.
fn judge_neighbours(module: &[String], target: &[String]) -> Option<String> {
    let system = |path: &[String]| path.get(1).filter(|m| !PROVIDER_CONTRACT.contains(&m.as_str())).cloned();
    // `crate::providers::Provider` is an item of the contract, not a system; systems are modules and therefore lower case.
    let there = system(target).filter(|m| m.starts_with(|c: char| c.is_ascii_lowercase()))?;
    match system(module) {
        Some(here) if here == there => None,
        Some(here) => Some(format!("provider {here} must not see provider {there}")),
        None => Some(format!("the provider contract must not know {there}")),
    }
}

fn judge_call(module: &[String], call: &Call, mutations: &Mutations) -> Option<String> {
    if call.in_test {
        return None;
    }
    let name = call.name.as_str();
    if call.is_macro {
        return match name {
            "panic" | "todo" | "unimplemented" => Some(format!("{name}! outside tests: return an error that names the way out")),
            "println" | "print" | "eprintln" | "eprint" | "dbg" if module.first().is_some_and(|m| m != "cli") => {
                Some(format!("{name}! outside cli: the screen belongs to ui, words for the log to tracing"))
            }
            "include" => Some("include! hides paths from this test; make it a module".to_owned()),
            _ => None,
        };
    }
    if name == "unwrap" {
        return Some("unwrap() outside tests: handle it, or expect() the invariant".to_owned());
    }
    let in_provider = module.len() > 1 && module[0] == "providers";
    let is_operator = module.get(2).is_some_and(|m| m == "operator");
    if in_provider && !is_operator && mutations.contains(name) {
        return Some(format!("{name}() changes the cloud: mutating calls are named in providers/*/operator.rs alone"));
    }
    None
}

/// Lines of `[dependencies]` tables that do not say why they are there.
pub fn judge_dependencies(manifest: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut inside = false;
    for (n, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = matches!(line, "[dependencies]" | "[dev-dependencies]" | "[build-dependencies]");
            continue;
        }
        if !inside || line.is_empty() || line.starts_with('#') {
            continue;
        }
        let reason = line.rsplit_once(" # ").map_or("", |(_, reason)| reason.trim());
        if reason.is_empty() {
            let name = line.split(['=', ' ', '.']).next().unwrap_or(line);
            findings.push(Finding { file: "Cargo.toml".to_owned(), line: n + 1, why: format!("`{name}` does not say why it is there") });
        }
    }
    findings
}
