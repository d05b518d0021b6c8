//! What may be declared as a guard, which table wins, and every way in which it can be wrong.

use std::path::Path;

use super::super::settings::{Config, parse};

use crate::domain::Environment;
use crate::domain::plan::Rule;
use crate::domain::plan::guard::OnOwner;

fn read(source: &str) -> Config {
    let (config, problems) = parse(Path::new("/etc/x/config.toml"), source);
    assert_eq!(problems, [], "{source}");
    config
}

fn said(source: &str) -> Vec<String> {
    parse(Path::new("config.toml"), source).1.iter().map(ToString::to_string).collect()
}

const WINDOW: &str = "days = \"mon-fri\"\nfrom = \"9:00\"\nto = \"17:00\"\ntime_zone = \"Europe/Berlin\"\n";

#[test]
fn what_is_nearer_to_the_context_wins_and_denials_add_up() {
    let source = format!(
        "[guards]\nmax_step_percent = 50\nfloor_percent = 60\nallow_override = [\"max-step\"]\n\
         [[guards.change_window]]\n{WINDOW}\
         [[guards.deny]]\ngroups = \"jumpbox*\"\noperations = [\"terminate\"]\n\
         [environments.production.guards]\nfloor_percent = 90\n\
         [environments.production.guards.ticket]\npattern = \"OPS-#\"\noperations = \"redeploy\"\n\
         [contexts.portal]\nenvironment = \"production\"\n\
         [contexts.portal.guards]\nmax_step_percent = 10\nallow_override = []\n\
         [[contexts.portal.guards.change_window]]\n{WINDOW}\
         [[contexts.portal.guards.deny]]\noperations = [\"reboot*\"]\nreason = \"they do not come back\"\n\
         [contexts.lab]\nenvironment = \"development\"\n"
    );
    let config = read(&source);
    let portal = &config.context("portal").unwrap().guard;
    assert_eq!((portal.environment, portal.max_step_percent, portal.floor_percent), (Environment::Production, 10, Some(90)));
    assert_eq!(
        (&*portal.max_step_source, &*portal.floor_source, &*portal.environment_source),
        ("config.toml:21", "config.toml:14", "config.toml:19")
    );
    assert_eq!((portal.windows.len(), portal.deny.len()), (1, 2));
    assert_eq!(&*portal.windows[0].source, "config.toml:23", "a context's windows stand for the common ones");
    assert_eq!(portal.ticket.as_ref().map(|t| t.source.to_string()).as_deref(), Some("config.toml:15"));
    assert_eq!(portal.allow_override, []);
    let lab = &config.context("lab").unwrap().guard;
    assert_eq!((lab.environment, lab.max_step_percent, lab.floor_percent), (Environment::Development, 50, Some(60)));
    assert_eq!((&*lab.windows[0].source, lab.deny.len(), lab.ticket.is_none()), ("config.toml:5", 1, true));
    assert_eq!(lab.allow_override, [Rule::MaxStep]);
    assert_eq!(config.guard_for(Environment::Production).floor_percent, Some(90), "for estates that flags alone name");
    assert_eq!(config.guard_for(Environment::Simulated).environment, Environment::Simulated);
}

#[test]
fn nothing_said_is_the_defaults() {
    let rules = read("").guard;
    assert_eq!((rules.max_step_percent, rules.floor_percent, rules.allow_override.as_slice()), (25, None, &[Rule::Busy][..]));
    for source in [&rules.max_step_source, &rules.floor_source, &rules.allow_override_source, &rules.environment_source] {
        assert_eq!(&**source, "built-in default");
    }
}

#[test]
fn owners_are_refused_by_name_or_all_of_them() {
    let owners = read("[guards.owners]\nterraform = \"refuse\"\nhomegrown = \"warn\"\n").guard.owners;
    assert_eq!((owners.of("terraform").0, &**owners.of("Terraform").1), (OnOwner::Refuse, "config.toml:2"));
    assert_eq!((owners.of("helm").0, &**owners.of("helm").1), (OnOwner::Warn, "built-in default"));
    let owners = read("[guards.owners]\nothers = \"refuse\"\nhelm = \"warn\"\n").guard.owners;
    assert_eq!((owners.of("terraform").0, owners.of("helm").0), (OnOwner::Refuse, OnOwner::Warn));
}

#[test]
fn days_of_a_blackout_are_meant_to_their_end() {
    let source = "[[guards.blackout]]\nfrom = 2026-12-21\nto = 2027-01-03\ntime_zone = \"UTC\"\nreason = \"holidays\"\n\
                  [[guards.blackout]]\nfrom = \"2026-11-27 06:00\"\nto = 2026-11-30T12:00:00\ntime_zone = \"UTC\"\n";
    let blackouts = read(source).guard.blackouts;
    let spans: Vec<String> = blackouts.iter().map(|b| format!("{} {}", b.from, b.to)).collect();
    assert_eq!(spans, ["2026-12-21T00:00:00 2027-01-04T00:00:00", "2026-11-27T06:00:00 2026-11-30T12:00:00"]);
}

#[test]
fn every_mistake_is_fatal_and_named_with_its_line() {
    let operations = "scale, redeploy, freeze, thaw, suspend-processes, resume-processes, terminate, replace, standby, standby-replaced, \
                      in-service, protect, unprotect, deregister, register, reboot, cancel-refresh, roll-back-refresh, retire, reroute, \
                      reboot-database, reboot-database-with-failover, fail-over, snapshot, mute, unmute";
    let overridable = "managed, max-step, capacity-floor, freeze, busy, change-window, blackout, deny, ticket";
    for (source, want) in [
        (
            "[guards]\nallow_override = [\"max_step\"]",
            format!("config.toml:2: guards.allow_override: there is no rule \"max_step\" (did you mean \"max-step\"?); those that can be overridden: {overridable}"),
        ),
        (
            "[guards]\nallow_override = [\"bounds\"]",
            format!("config.toml:2: guards.allow_override: bounds can never be overridden; those that can: {overridable}"),
        ),
        (
            "[guards.owners]\nteraform = \"refuse\"",
            "config.toml:2: guards.owners.teraform: no tool is called so (did you mean \"terraform\"?)".to_owned(),
        ),
        (
            "[guards.owners]\nhelm = \"refused\"",
            "config.toml:2: guards.owners.helm: expected \"warn\" or \"refuse\", found \"refused\" (did you mean \"refuse\"?)".to_owned(),
        ),
        (
            "[guards.ticket]\noperations = \"scale\"",
            "config.toml:1: guards.ticket.pattern is missing: expected what a ticket looks like, such as pattern = \"OPS-#\"".to_owned(),
        ),
        (
            "[guards.ticket]\npattern = \"OPS #\"",
            "config.toml:2: guards.ticket.pattern: \"OPS #\" can be no ticket; # stands for digits, * for any characters".to_owned(),
        ),
        (
            "[[guards.change_window]]\ndays = \"mon-fry\"\nfrom = \"9:00\"\nto = \"17:00\"\ntime_zone = \"UTC\"",
            "config.toml:2: guards.change_window.days: \"mon-fry\" is no day; expected one such as \"mon\", \"mon-fri\" or \"daily\"".to_owned(),
        ),
        (
            "[[guards.change_window]]\ndays = \"mon\"\nfrom = \"9\"\nto = \"17:00\"\ntime_zone = \"UTC\"",
            "config.toml:3: guards.change_window.from: \"9\" is no time of day; expected a time of day such as \"09:00\"".to_owned(),
        ),
        (
            "[[guards.change_window]]\ndays = \"mon\"\nfrom = \"9:00\"\nto = \"9:00\"\ntime_zone = \"UTC\"",
            "config.toml:1: guards.change_window.to: a window that opens and closes at the same time; the whole day is \"00:00\" to \"24:00\"".to_owned(),
        ),
        (
            "[[guards.change_window]]\ndays = \"mon\"\nfrom = \"9:00\"\nto = \"17:00\"",
            "config.toml:1: guards.change_window.time_zone is missing: expected a name such as \"Europe/Berlin\" or \"UTC\"".to_owned(),
        ),
        (
            "[[guards.change_window]]\ndays = \"mon\"\nfrom = \"9:00\"\nto = \"17:00\"\ntime_zone = \"Mars/Base\"",
            "config.toml:5: guards.change_window.time_zone: \"Mars/Base\" is no time zone; expected a name such as \"Europe/Berlin\" or \"UTC\"".to_owned(),
        ),
        (
            "[[guards.blackout]]\nfrom = 2026-12-24\nto = 2026-12-23\ntime_zone = \"UTC\"",
            "config.toml:1: guards.blackout.to: the blackout ends before it begins".to_owned(),
        ),
        (
            "[[guards.blackout]]\nfrom = 2026-12-24T18:00:00Z\nto = 2026-12-27\ntime_zone = \"UTC\"",
            "config.toml:2: guards.blackout.from: \"2026-12-24T18:00:00Z\" is no day; expected a day such as 2026-12-24, or \"2026-12-24 18:00\" without an offset: time_zone says it".to_owned(),
        ),
        ("[[guards.deny]]\nreason = \"no\"", "config.toml:1: guards.deny.groups: names nothing: expected groups, databases, alarms or operations".to_owned()),
        ("[[guards.deny]]\noperations = \"freeze\"", "config.toml:2: guards.deny.operations: a freeze is never denied: it only holds things still".to_owned()),
        (
            "[[guards.deny]]\noperations = [\"redeply\"]",
            format!("config.toml:2: guards.deny.operations: there is no operation \"redeply\" (did you mean \"redeploy\"?); there are {operations}"),
        ),
        (
            "[environments.prod.guards]\nfloor_percent = 1",
            "config.toml:1: environments.prod: there is no such environment (did you mean \"production\"?); there are production, staging, development, unclassified, simulated".to_owned(),
        ),
        (
            "[guards]\nmax_step = 5",
            "config.toml:2: unknown key guards.max_step (did you mean \"max_step_percent\"?)".to_owned(),
        ),
    ] {
        assert_eq!(said(source), [want], "{source}");
    }
}
