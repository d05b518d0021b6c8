//! What the config says, and every way in which it can be wrong.

use std::path::Path;

use super::*;
use crate::domain::plan::Strategy;

fn said(source: &str) -> Vec<(String, Gravity)> {
    parse(Path::new("/etc/x/config.toml"), source).1.iter().map(|p| (p.to_string().replace("/etc/x/", ""), p.gravity)).collect()
}

#[test]
fn the_example_file_is_valid_and_read() {
    let (config, problems) = parse(Path::new("config.example.toml"), include_str!("../../../config.example.toml"));
    assert_eq!(problems, []);
    let portal = config.context("portal").expect("the example defines portal");
    assert_eq!(portal.guard.environment, Environment::Production);
    assert_eq!(portal.regions, ["eu-central-1", "us-east-1"]);
    assert_eq!(portal.guard.max_step_percent, 10, "a context's guard wins over the common one");
    assert_eq!(config.guard.max_step_percent, 25);
    assert_eq!(portal.probe.targets.len(), 1);
    assert!(portal.guard.max_step_source.starts_with("config.example.toml:"), "{}", portal.guard.max_step_source);
}

/// What stands there commented out is an offer: taken up, it must be valid as well.
#[test]
fn what_the_example_file_offers_is_valid_too() {
    let offered: Vec<&str> = include_str!("../../../config.example.toml")
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest.starts_with('[')
                    || rest
                        .split_once(" = ")
                        .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '-')) =>
            {
                rest
            }
            _ => line,
        })
        .collect();
    let (config, problems) = parse(Path::new("config.toml"), &offered.join("\n"));
    let other: Vec<&Problem> = problems.iter().filter(|p| !p.text.starts_with("keys.")).collect();
    assert_eq!(other, [] as [&Problem; 0], "{}", offered.join("\n"));
    let portal = &config.context("portal").expect("the example defines portal").guard;
    assert_eq!((portal.windows.len(), portal.blackouts.len(), portal.deny.len(), portal.floor_percent), (1, 1, 1, Some(90)));
    assert!(portal.ticket.is_some() && portal.allow_override.len() == 3);
    let operations = &config.operations;
    assert_eq!(*operations, OperationSettings { redeploy: operations.redeploy.clone(), ..OperationSettings::default() });
    let set = operations.redeploy.over(Strategy::usual(operations.redeploy.strategy.unwrap()).unwrap());
    assert_eq!(set, Strategy::SurgeAndDrain { batch: 2 });
    for strategy in Strategy::WORDS.into_iter().filter_map(Strategy::usual) {
        assert_ne!(operations.redeploy.over(strategy.clone()), strategy, "every way has something to set");
    }
}

#[test]
fn what_the_example_file_says_are_the_defaults() {
    let (config, _) = parse(Path::new("config.example.toml"), include_str!("../../../config.example.toml"));
    assert_eq!(config.operations, OperationSettings::default());
    assert_eq!(config.polling, Polling::default());
    let (said, usual) = (&config.guard, GuardRules::default());
    assert_eq!(
        (said.max_step_percent, said.floor_percent, &said.allow_override),
        (usual.max_step_percent, usual.floor_percent, &usual.allow_override)
    );
    assert_eq!(said.owners.others, usual.owners.others);
}

#[test]
fn an_empty_file_is_all_defaults() {
    let (config, problems) = parse(Path::new("c"), "");
    assert_eq!(problems, []);
    assert_eq!(config.polling, Polling::default());
}

#[test]
fn what_only_looks_or_paces_is_a_remark_and_keeps_its_default() {
    for (source, want) in [
        (
            "[polling]\nfocus = \"fast\"",
            "config.toml:2: polling.focus: \"fast\" is no duration; expected a number with a unit, such as \"10s\", \"500ms\", \"2m\" or \"1h\"",
        ),
        ("[polling]\nfocus = \"10ms\"", "config.toml:2: polling.focus: \"10ms\" is too short; the least is 1s"),
        ("[ui]\nthem = \"dark\"", "config.toml:2: unknown key ui.them (did you mean \"theme\"?)"),
        (
            "[ui]\n\ntime_zone = \"Mars/Base\"",
            "config.toml:3: ui.time_zone: \"Mars/Base\" is no time zone; expected a name such as \"Europe/Berlin\" or \"UTC\"",
        ),
        ("[keys]\nscale-upp = \"+\"", "config.toml:2: keys.scale-upp: no such command (did you mean \"scale-up\"?)"),
        (
            "[keys]\nquit = \"pgdn\"",
            "config.toml:2: keys.quit: \"pgdn\" is no key; expected one such as \"x\", \"G\", \"ctrl-r\", \"space\" or \"f5\"",
        ),
        ("[keys]\nquit = \"s\"", "config.toml:2: keys.quit: took a key from scale, which has none now"),
    ] {
        assert_eq!(said(source), [(want.to_owned(), Gravity::Remark)], "{source}");
        assert_eq!(parse(Path::new("c"), source).0.polling, Polling::default());
    }
}

#[test]
fn what_decides_where_and_what_may_be_done_is_fatal() {
    for (source, want) in [
        (
            "read_onyl = true",
            "config.toml:1: unknown key read_onyl; valid here: context, contexts, environments, guards, keys, operations, polling, ui",
        ),
        ("[contexts.a]\nread_onyl = true", "config.toml:2: unknown key contexts.a.read_onyl (did you mean \"read_only\"?)"),
        ("[contexts.a]\nread_only = \"yes\"", "config.toml:2: contexts.a.read_only: expected true or false, found the text \"yes\""),
        (
            "[contexts.a]\nenvironment = \"prod\"",
            "config.toml:2: contexts.a.environment: \"prod\" is no environment; expected production, staging, development or unclassified (did you mean \"production\"?)",
        ),
        ("[contexts.a]\naccount = \"12\"", "config.toml:2: contexts.a.account: \"12\" is no account; expected twelve digits in quotes"),
        (
            "[contexts.a]\nregions = [\"eu central 1\"]",
            "config.toml:2: contexts.a.regions: there is no region \"eu central 1\" (did you mean \"eu-central-1\"?)",
        ),
        (
            "[contexts.a]\nendpoint_url = \"localhost\"",
            "config.toml:2: contexts.a.endpoint_url: \"localhost\" is no endpoint; expected http://… or https://…",
        ),
        (
            "[guards]\nmax_step_percent = 0",
            "config.toml:2: guards.max_step_percent: expected a whole number from 1 to 100, found the number 0",
        ),
        ("context = \"protal\"\n[contexts.portal]", "config.toml:1: context \"protal\" is not defined below (did you mean \"portal\"?)"),
        ("[contexts]\na = 1", "config.toml:2: contexts.a: expected a table such as [contexts.a]"),
    ] {
        assert_eq!(said(source), [(want.to_owned(), Gravity::Fatal)], "{source}");
    }
}

#[test]
fn all_problems_are_named_in_one_go_in_line_order() {
    let source = "[contexts.a]\naccount = 1\n[polling]\nfocus = 3\n[ui]\nmouse = 1\n";
    let lines: Vec<String> = said(source).iter().map(|(t, _)| t.split(':').nth(1).unwrap_or("").to_owned()).collect();
    assert_eq!(lines, ["2", "4", "6"]);
}

#[test]
fn a_missing_file_is_empty_unless_it_was_asked_for() {
    let nowhere = Path::new("/nonexistent/pilothouse/config.toml");
    assert_eq!(load(nowhere, false).1, []);
    let (_, problems) = load(nowhere, true);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].gravity, Gravity::Fatal);
}
