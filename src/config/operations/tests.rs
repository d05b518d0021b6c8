//! How operations go where the config says so, and what it may not say.

use std::path::Path;

use super::super::settings::parse;
use super::*;

fn said(source: &str) -> Vec<String> {
    parse(Path::new("config.toml"), source).1.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_not_said_is_left_to_what_fits_the_group() {
    for strategy in Strategy::WORDS.into_iter().filter_map(Strategy::usual) {
        assert_eq!(RedeploySettings::default().over(strategy.clone()), strategy);
    }
}

#[test]
fn what_is_said_counts_for_its_strategies() {
    let source = "[operations.redeploy]\nbatch = 3\nmin_healthy_percent = 0\nwarm_up = \"90s\"\ncheckpoints = [20, 100]\n\
                  checkpoint_delay = \"5m\"\nskip_matching = true\nauto_rollback = true\ntraffic_steps = [5, 100]\n\
                  traffic_pause = \"1m\"\nbake = \"7m\"\n";
    let (config, problems) = parse(Path::new("config.toml"), source);
    assert_eq!(problems, []);
    let set = |fits: Strategy| config.operations.redeploy.over(fits);
    let fits = RefreshPreferences { min_healthy_percent: Some(100), max_healthy_percent: Some(134), ..RefreshPreferences::default() };
    let want = RefreshPreferences {
        min_healthy_percent: Some(0),
        // The cloud takes at most 100 between the two.
        max_healthy_percent: Some(100),
        warmup: Some(Duration::from_secs(90)),
        checkpoints: vec![20, 100],
        checkpoint_delay: Some(Duration::from_mins(5)),
        skip_matching: true,
        auto_rollback: false,
        bake: Some(Duration::from_mins(7)),
        ..RefreshPreferences::default()
    };
    assert_eq!(set(Strategy::Native(fits.clone())), Strategy::Native(want.clone()));
    let version = Some(Label::new("v42"));
    let named = Strategy::Native(RefreshPreferences { version: version.clone(), ..fits });
    assert_eq!(set(named), Strategy::Native(RefreshPreferences { version, auto_rollback: true, ..want }), "back from a named one");
    assert_eq!(set(Strategy::InPlace { batch: 1 }), Strategy::InPlace { batch: 3 });
    let blue = BlueGreen { version: None, steps: vec![5, 100], pause: Duration::from_mins(1), bake: Duration::from_mins(7) };
    assert_eq!(set(Strategy::BlueGreen(BlueGreen::default())), Strategy::BlueGreen(blue));
}

#[test]
fn a_context_says_over_what_is_said_for_all() {
    let source = "[operations]\npause_gives_back_after = \"5m\"\n[operations.redeploy]\nbatch = 2\nstrategy = \"in-place\"\n\
                  [contexts.a]\n[contexts.a.operations]\nfreeze_processes = [\"Terminate\", \"Launch\"]\n\
                  [contexts.a.operations.redeploy]\ntraffic_steps = [5, 100]\n";
    let (config, problems) = parse(Path::new("config.toml"), source);
    assert_eq!(problems, []);
    let (all, own) = (&config.operations, &config.context("a").unwrap().operations);
    assert_eq!(all.freeze_processes.len(), 7);
    assert_eq!(own.freeze_processes, ["Launch", "Terminate"].map(Label::new));
    assert_eq!(own.pause_gives_back_after, Duration::from_mins(5));
    assert_eq!((own.redeploy.strategy, own.redeploy.batch), (Some("in-place"), Some(2)));
    assert_eq!((own.redeploy.traffic_steps.clone(), all.redeploy.traffic_steps.clone()), (Some(vec![5, 100]), None));
}

#[test]
fn every_mistake_is_named_with_its_line() {
    for (source, want) in [
        (
            "[operations]\nfreeze_processes = [\"Lauch\"]",
            "config.toml:2: operations.freeze_processes: there is no process \"Lauch\" (did you mean \"Launch\"?); there are Launch, \
             Terminate, AlarmNotification, AZRebalance, HealthCheck, InstanceRefresh, ReplaceUnhealthy, ScheduledActions",
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
