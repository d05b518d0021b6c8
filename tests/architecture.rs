//! Holds the floors of the house (DESIGN §1): parses every file of `src/` and fails on any edge, call or habit the plan forbids,
//! each with file, line and the reason. The second half turns the checker on made-up sources, so that it cannot go blind unnoticed.

#![expect(clippy::panic, clippy::disallowed_methods, reason = "a test program: it fails by panicking and asks cargo for the dependencies")]

#[path = "architecture/house.rs"]
mod house;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/scan.rs"]
mod scan;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rules::{Finding, Mutations, Source, judge, judge_dependencies};
use scan::parse_source;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A parsed file of `src/`.
struct File {
    /// Relative to the checkout.
    name: String,
    module: Vec<String>,
    text: String,
    spoken: scan::Spoken,
}

/// Every module reachable from `lib.rs` and `main.rs`, so that `#[cfg(test)] mod tests;` is known as test code wherever its file lies.
fn house_files() -> Vec<File> {
    let src = root().join("src");
    let mut files = Vec::new();
    let mut todo = vec![(src.join("lib.rs"), Vec::<String>::new(), false), (src.join("main.rs"), Vec::new(), false)];
    while let Some((path, module, in_test)) = todo.pop() {
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = path.strip_prefix(root()).expect("src is in the checkout").display().to_string();
        let spoken = parse_source(&module, &text, in_test).unwrap_or_else(|e| panic!("{name}:{}: {e}", e.span().start().line));
        for child in &spoken.children {
            let mut place = module.clone();
            place.push(child.name.clone());
            let file = src.join(place.join("/")).with_extension("rs");
            todo.push((file, place, child.in_test));
        }
        files.push(File { name, module, text, spoken });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn files_below(dir: &Path, extension: &str, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())).map(|e| e.expect("a directory entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, extension, out);
        } else if path.extension().is_some_and(|e| e == extension) {
            out.push(path);
        }
    }
}

/// Every operation of the SDK crates we link that is not a read, asked of the crates themselves: the list cannot fall behind.
fn sdk_mutations() -> Mutations {
    // Without a platform cargo would want the sources of every other system's dependencies too, and those are not on this machine.
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let rustc = String::from_utf8_lossy(&rustc.stdout).into_owned();
    let host = rustc.lines().find_map(|l| l.strip_prefix("host: ")).expect("rustc names its host");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let out = Command::new(cargo)
        .args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", host])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(out.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&out.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).expect("cargo metadata prints JSON");
    let mut operations = Mutations::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a package has a name");
        // sts, sso and ssooidc only hand out credentials.
        if !name.starts_with("aws-sdk-") || ["aws-sdk-sts", "aws-sdk-sso", "aws-sdk-ssooidc"].contains(&name) {
            continue;
        }
        let manifest = Path::new(package["manifest_path"].as_str().expect("a package has a manifest"));
        let mut files = Vec::new();
        files_below(&manifest.with_file_name("src").join("operation"), "rs", &mut files);
        operations.extend(
            files
                .iter()
                .filter(|f| f.parent().and_then(Path::file_name).is_some_and(|d| d == "operation"))
                .filter_map(|f| Some(f.file_stem()?.to_str()?.to_owned()))
                .filter(|op| !["describe_", "get_", "list_", "search_", "predict_"].iter().any(|read| op.starts_with(read))),
        );
    }
    operations
}

fn report(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} broken rules of the house:\n{}\n", lines.len(), lines.join("\n"));
}

#[test]
fn every_file_keeps_to_its_floor() {
    let mutations = sdk_mutations();
    let findings: Vec<Finding> = house_files()
        .iter()
        .flat_map(|f| judge(&Source { file: &f.name, module: &f.module, text: &f.text, spoken: &f.spoken }, &mutations))
        .collect();
    report(&findings);
}

#[test]
fn every_file_of_src_is_part_of_the_house() {
    let known: BTreeSet<String> = house_files().into_iter().map(|f| f.name).collect();
    let mut all = Vec::new();
    files_below(&root().join("src"), "rs", &mut all);
    let findings: Vec<Finding> = all
        .iter()
        .map(|p| p.strip_prefix(root()).expect("in the checkout").display().to_string())
        .filter_map(|name| {
            let why = if name.ends_with("/mod.rs") {
                "name.rs beside name/, not mod.rs"
            } else if !known.contains(&name) {
                "no `mod` line leads here"
            } else {
                return None;
            };
            Some(Finding { file: name, line: 1, why: why.to_owned() })
        })
        .collect();
    report(&findings);
}

#[test]
fn a_permit_is_granted_in_one_place() {
    let mut places = BTreeSet::new();
    for file in house_files() {
        for mention in &file.spoken.mentions {
            if !mention.in_test && mention.path.ends_with(&["WritePermit".to_owned(), "grant".to_owned()]) {
                places.insert((file.name.clone(), mention.line));
            }
        }
    }
    let places: Vec<String> = places.iter().map(|(file, line)| format!("{file}:{line}")).collect();
    assert!(
        places.len() <= 1,
        "WritePermit::grant is called in {} places, and one decides who may write: {}",
        places.len(),
        places.join(", ")
    );
}

#[test]
fn tests_keep_to_one_idea_a_file() {
    let mut files = Vec::new();
    for extension in ["rs", "py"] {
        files_below(&root().join("tests"), extension, &mut files);
    }
    for path in files {
        let text = fs::read_to_string(&path).expect("a test file is text");
        let lines = text.lines().count();
        assert!(lines <= house::LONGEST_FILE, "{}: {lines} lines", path.display());
    }
}

#[test]
fn every_dependency_says_why_it_is_there() {
    report(&judge_dependencies(&fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml")));
}

/// The checker itself, on sources made up for it.
mod checker {
    use super::{BTreeSet, Mutations, Source, judge, judge_dependencies, parse_source, sdk_mutations};

    fn findings(module: &str, source: &str) -> Vec<String> {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        let text = format!("//! Opens well.\n{source}");
        let spoken = parse_source(&module, &text, false).expect("the made-up source parses");
        let mutations: Mutations = ["set_desired_capacity", "terminate_instances"].map(str::to_owned).into();
        judge(&Source { file: "made-up.rs", module: &module, text: &text, spoken: &spoken }, &mutations)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[track_caller]
    fn caught(module: &str, source: &str, line: usize, word: &str) {
        let found = findings(module, source);
        let place = format!("made-up.rs:{}: ", line + 1);
        assert!(
            found.iter().any(|f| f.starts_with(&place) && f.contains(word)),
            "not caught in {module}, line {line}, `{word}`:\n{source}\nfound: {found:#?}"
        );
    }

    #[track_caller]
    fn fine(module: &str, source: &str) {
        assert_eq!(findings(module, source), Vec::<String>::new(), "in {module}:\n{source}");
    }

    #[test]
    fn imports_in_every_spelling_are_seen() {
        caught("app::update", "use crate::engine::Handle;", 1, "engine");
        caught("app::update", "use super::super::engine::Handle;", 1, "engine");
        caught("app::update", "use pilothouse::engine::Handle;", 1, "engine");
        caught("app::update", "use crate::{domain::Label, engine};", 1, "engine");
        caught("app::update", "use crate::{\n    domain::Label,\n    operate::{self, Operations},\n};", 3, "operate");
        caught("app::update", "fn f() { use crate::engine as e; e::start(); }", 1, "engine");
        caught("app", "use crate::*;", 1, "through a room");
        caught("app", "use crate::Handle;", 1, "through a room");
        caught("domain", "mod inner { use super::super::app::State; }", 1, "app");
    }

    #[test]
    fn inline_paths_are_seen() {
        caught("app::update", "fn f(h: &crate::engine::Handle) {}", 1, "engine");
        caught("app::update", "fn f() -> u8 {\n    crate::engine::start()\n}", 2, "engine");
        caught("app::update", "struct S<T = crate::engine::Handle>(T);", 1, "engine");
        caught("app::update", "impl From<u8> for crate::providers::ProviderError {}", 1, "providers");
        caught("ui", "fn f() { let x = <crate::operate::Operations as Default>::default(); }", 1, "operate");
        caught("app", "#[derive(crate::engine::Magic)]\nstruct S;", 1, "engine");
    }

    #[test]
    fn paths_inside_macros_are_seen() {
        caught("app", "fn f() { assert_eq!(1, crate::engine::one()); }", 1, "engine");
        caught("app", "fn f() { vec![vec![crate::providers::aws::X]]; }", 1, "providers");
        caught("app", "macro_rules! m { () => { $crate::engine::start() } }", 1, "engine");
        caught("app", "macro_rules! m { () => { use crate::engine::{Handle}; } }", 1, "engine");
        caught("domain", "fn f() { tokio::select! { _ = x => {} } }", 1, "tokio");
        caught("domain", "fn f() { dbg_nothing!(std::fs::read(\"x\")) }", 1, "std::fs");
    }

    #[test]
    fn floors_go_one_way() {
        caught("domain::plan", "use crate::command::Command;", 1, "floor");
        caught("command", "use crate::domain::Label;", 1, "floor");
        caught("journal", "use crate::budget::Bucket;", 1, "floor");
        caught("engine", "use crate::operate::Operations;", 1, "floor");
        caught("operate", "use crate::engine::Clock;", 1, "floor");
        caught("providers::aws", "use crate::engine::Clock;", 1, "floor");
        caught("terminal", "use crate::providers::sim::Sim;", 1, "never");
        caught("somewhere", "use crate::domain::Label;", 1, "no room");
        fine("app", "use crate::{command::Command, config::keymap::Key, domain::Label};");
        fine("cli", "use crate::{engine, operate, providers::aws, terminal};");
        fine("ui::deck", "use super::theme; use crate::app::state::State;");
    }

    #[test]
    fn the_outside_is_kept_out() {
        caught("app", "use tokio::sync::mpsc;", 1, "tokio");
        caught("app", "fn f() { std::fs::read(\"x\"); }", 1, "std::fs");
        caught("app", "use std::fs; fn f() { fs::read(\"x\"); }", 1, "std::fs");
        caught("app", "use std::env::var;", 1, "std::env");
        caught("app", "use std::{collections::BTreeMap, time::{Duration, Instant}};", 1, "Instant");
        caught("ui", "use std::time;\nfn f() { time::Instant::now(); }", 2, "Instant");
        caught("domain", "use jiff::Timestamp;\nfn f() { Timestamp::now(); }", 2, "Timestamp::now");
        caught("config::theme", "use ratatui::style::Color;", 1, "ratatui");
        caught("ui", "use crossterm::event::Event;", 1, "crossterm");
        caught("engine", "use aws_sdk_ec2::Client;", 1, "aws_sdk_ec2");
        caught("cli", "use aws_config::SdkConfig;", 1, "aws_config");
        caught("providers::sink", "use aws_sdk_ec2::Client;", 1, "aws_sdk_ec2");
        caught("journal", "use reqwest::Client;", 1, "reqwest");
        caught("config", "pub use tokio;", 1, "re-export");
        fine("domain", "use jiff::Timestamp; use std::time::Duration; fn f(t: Timestamp, d: Duration) {}");
        fine("providers::aws::ec2", "use aws_sdk_ec2::Client;");
        fine("ui", "use ratatui::Frame;");
    }

    #[test]
    fn providers_do_not_see_each_other() {
        caught("providers::aws", "use super::sim::Sim;", 1, "provider aws must not see provider sim");
        caught("providers::aws::groups", "use crate::providers::sim::Sim;", 1, "provider aws must not see provider sim");
        caught("providers::sink", "use super::aws;", 1, "contract must not know");
        fine("providers::aws::groups", "use super::convert; use crate::providers::{Page, PageSink, error::ProviderError};");
    }

    #[test]
    fn tests_may_wait_but_not_climb() {
        fine("app", "#[cfg(test)]\nmod tests { use std::fs; #[tokio::test] async fn t() { fs::read(\"x\").unwrap(); panic!(\"no\"); } }");
        caught("app", "#[cfg(test)]\nmod tests { use crate::engine; }", 2, "engine");
        caught("app", "#[cfg(not(test))]\nmod real { use std::fs; }", 2, "std::fs");
        fine("app", "#[test]\nfn t() { std::fs::read(\"x\").unwrap(); }");
    }

    #[test]
    fn habits_are_held() {
        caught("app", "fn f() { x.unwrap(); }", 1, "unwrap");
        caught("app", "fn f() { assert!(x.unwrap()); }", 1, "unwrap");
        caught("app", "fn f() { panic!(\"no\"); }", 1, "panic!");
        caught("app", "fn f() { println!(\"hi\"); }", 1, "println!");
        caught("app", "include!(\"x.rs\");", 1, "include!");
        caught("app::helpers", "", 0, "says nothing");
        caught("domain", "pub struct S { pub name: Option<String> }", 1, "Label");
        fine("cli", "fn f() { eprintln!(\"usage\"); }");
        fine("domain", "pub struct S { name: String, pub label: Label }");
        let long = "\n".repeat(800);
        caught("app", &long, 0, "lines");
        let spoken = parse_source(&[], "fn f() {}\n", false).expect("parses");
        assert!(!spoken.introduced);
    }

    #[test]
    fn changing_the_cloud_is_named_in_operator_files_alone() {
        let source = "fn f() {\n    client.set_desired_capacity().send();\n}";
        caught("providers::aws::groups", source, 2, "operator.rs");
        caught("providers::aws", "fn f() { select! { _ = c.terminate_instances() => {} } }", 1, "operator.rs");
        fine("providers::aws::operator", source);
        fine("providers::aws::operator::calls", source);
        let all = sdk_mutations();
        for call in ["set_desired_capacity", "update_auto_scaling_group", "terminate_instance_in_auto_scaling_group", "run_instances"] {
            assert!(all.contains(call), "the SDKs no longer name {call}");
        }
        let reads: BTreeSet<&str> = all.iter().map(String::as_str).filter(|c| c.starts_with("describe_")).collect();
        assert!(reads.is_empty(), "{reads:?}");
    }

    #[test]
    fn dependencies_without_a_reason_are_seen() {
        let manifest = "[dependencies]\n# -- group\nserde = \"1\" # config files\ntoml = \"1\"\n\n[lints]\nx = 1\n";
        let found: Vec<String> = judge_dependencies(manifest).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["Cargo.toml:4: `toml` does not say why it is there"]);
    }
}
