//! How operations go where the config says so, and what it may not say.

use std::path::Path;

use super::super::settings::parse;
use super::*;

fn said(source: &str) -> Vec<String> {
    parse(Path::new("config.toml"), source).1.iter().map(ToString::to_string).collect()
}

#[test]
fn the_words_are_those_of_the_strategies() {
    let settings = RedeploySettings::default();
    for word in STRATEGIES {
        assert_eq!(settings.strategy(word).map(|s| s.word()), Some(word));
    }
    assert_eq!(settings.strategy("both"), None);
}

#[test]
fn a_context_says_over_what_is_said_for_all() {
    let source = "[operations]\npause_gives_back_after = \"5m\"\n[operations.redeploy]\nbatch = 2\nstrategy = \"in-place\"\n\
                  [contexts.a]\n[contexts.a.operations]\nfreeze_processes = [\"Terminate\", \"Launch\"]\n\
                  [contexts.a.operations.redeploy]\ntraffic_steps = [5, 100]\n";
    let (config, problems) = parse(Path::new("config.toml"), source);
    assert_eq!(problems, []);
    let (all, own) = (config.operations_of(None), config.operations_of(Some("a")));
    assert_eq!(all.freeze_processes.len(), 7);
    assert_eq!(own.freeze_processes, ["Launch", "Terminate"].map(Label::new));
    assert_eq!(own.pause_gives_back_after, Duration::from_mins(5));
    assert_eq!(own.redeploy.strategy(own.redeploy.strategy.unwrap()), Some(Strategy::InPlace { batch: 2 }));
    assert_eq!((&*own.redeploy.traffic_steps, &*all.redeploy.traffic_steps), (&[5, 100][..], &[10, 50, 100][..]));
}

#[test]
fn every_mistake_is_named_with_its_line() {
    for (source, want) in [
        (
            "[operations]\nfreeze_processes = [\"Lauch\"]",
            "config.toml:2: operations.freeze_processes: there is no process \"Lauch\" (did you mean \"Launch\"?); there are AZRebalance, \
             AlarmNotification, HealthCheck, InstanceRefresh, Launch, ReplaceUnhealthy, ScheduledActions, Terminate",
        ),
        (
            "[operations]\nfreeze_processes = [\"AddToLoadBalancer\"]",
            "config.toml:2: operations.freeze_processes: AddToLoadBalancer is never suspended: members launched meanwhile would never be \
             registered",
        ),
        (
            "[operations]\npause_gives_back_after = \"1s\"",
            "config.toml:2: operations.pause_gives_back_after: \"1s\" is too short; the least is 10s",
        ),
        (
            "[operations.redeploy]\nstrategy = \"bluegreen\"",
            "config.toml:2: operations.redeploy.strategy: \"bluegreen\" is no strategy; expected native, surge-and-drain, in-place, \
             blue-green (did you mean \"blue-green\"?)",
        ),
        (
            "[operations.redeploy]\nbatch = 0",
            "config.toml:2: operations.redeploy.batch: expected a whole number from 1 to 1000, found the number 0",
        ),
        (
            "[operations.redeploy]\ntraffic_steps = [50, 10, 100]",
            "config.toml:2: operations.redeploy.traffic_steps: expected rising percentages, the last 100",
        ),
        (
            "[operations.redeploy]\nmin_healthy_percent = 50\nmax_healthy_percent = 200",
            "config.toml:3: operations.redeploy.max_healthy_percent: lies 150 above the minimum; the cloud takes at most 100",
        ),
        (
            "[operations]\nbatch = 1",
            "config.toml:2: unknown key operations.batch; valid here: freeze_processes, pause_gives_back_after, redeploy",
        ),
    ] {
        assert_eq!(said(source), [want], "{source}");
    }
}
