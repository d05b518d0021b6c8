//! What is typed and what it is taken for.

use std::time::Duration;

use clap::{CommandFactory, Parser};

use super::scripts::{MemberWord, OpsOrder, StrategyWord};
use super::values::Amount;
use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("pilothouse").chain(line.split_whitespace()))
}

fn verb(line: &str) -> Verb {
    parse(line).unwrap_or_else(|e| panic!("{line}: {e}")).command.unwrap_or_else(|| panic!("{line}: no verb"))
}

#[test]
fn the_declaration_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn flags_work_before_and_after_the_subcommand() {
    for words in [["pilothouse", "--read-only", "demo"], ["pilothouse", "demo", "--read-only"]] {
        assert!(Cli::parse_from(words).global.read_only);
    }
    let cli = Cli::parse_from(["pilothouse", "--region", "eu-central-1", "demo", "--region", "us-east-1"]);
    // clap keeps the innermost use of a repeated global flag.
    assert!(cli.global.regions.contains(&"us-east-1".to_owned()));

    let flags = "--profile ops --region eu-central-1 --context live --endpoint-url http://127.0.0.1:1 --config x.toml --read-only";
    for verb in ["scale portal -1", "freeze --all", "ops", "ops resume 20261120-031244-7f3a", "journal"] {
        for line in [format!("{flags} {verb}"), format!("{verb} {flags}")] {
            let global = parse(&line).unwrap_or_else(|e| panic!("{line}: {e}")).global;
            assert_eq!(global.profile.as_deref(), Some("ops"), "{line}");
            assert_eq!(global.regions, ["eu-central-1"], "{line}");
            assert_eq!(global.context.as_deref(), Some("live"), "{line}");
            assert_eq!(global.endpoint_url.as_deref(), Some("http://127.0.0.1:1"), "{line}");
            assert!(global.config.is_some() && global.read_only, "{line}");
        }
    }
}

#[test]
fn a_leading_minus_is_a_number_and_not_a_flag() {
    for (line, want) in [
        ("scale portal 6", Some(Amount::To(6))),
        ("scale portal +1", Some(Amount::By(1))),
        ("scale portal -1", Some(Amount::By(-1))),
        ("scale portal -10 --yes", Some(Amount::By(-10))),
        ("scale --yes portal -1", Some(Amount::By(-1))),
        ("scale portal -1 --dry-run -o json", Some(Amount::By(-1))),
        ("scale portal --wait -2", Some(Amount::By(-2))),
        ("scale portal -- -2", Some(Amount::By(-2))),
        ("scale portal --max 20", None),
    ] {
        let Verb::Scale(args) = verb(line) else { panic!("{line} is no scale") };
        assert_eq!((args.group.as_str(), args.to), ("portal", want), "{line}");
    }
    for line in ["scale portal", "scale", "scale portal six", "scale portal -x", "scale portal --lots", "scale portal 6 7"] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn what_is_missing_or_contradicts_is_bad_input() {
    for line in [
        "redeploy",
        "redeploy portal --strategy magic",
        "redeploy portal --strategy in-place --batch 0",
        "redeploy portal --strategy native --min-healthy 101",
        "freeze",
        "freeze portal --all",
        "thaw",
        "suspend portal",
        "member terminate portal",
        "member bake portal i-1",
        "mute portal-5xx",
        "mute portal-5xx --for 2h --until 2026-11-20T18:00:00Z",
        "mute portal-5xx --for 2",
        "scale portal 6 --override max-step",
        "ops explode x",
        "ops resume",
        "drive",
    ] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn every_verb_takes_what_it_says() {
    let Verb::Redeploy(args) = verb("redeploy portal --strategy surge-and-drain --batch 2 --wait") else { panic!() };
    assert!((args.strategy, args.batch, args.how.stay.stays()) == (Some(StrategyWord("surge-and-drain")), Some(2), true));
    let Verb::Redeploy(args) = verb("redeploy portal --strategy blue-green --steps 5,25,100 --pause 90s") else { panic!() };
    assert_eq!((args.steps, args.pause), (vec![5, 25, 100], Some(std::time::Duration::from_secs(90))));
    let Verb::Freeze(args) = verb("freeze portal worker --process Launch --process Terminate") else { panic!() };
    assert_eq!((args.groups, args.processes), (vec!["portal".into(), "worker".into()], vec!["Launch".into(), "Terminate".into()]));
    let Verb::Member(args) = verb("member standby-replaced portal i-1 i-2 --yes") else { panic!() };
    assert!(args.act == MemberWord::StandbyReplaced && args.members.len() == 2 && args.how.yes);
    let Verb::Scale(args) = verb("scale portal 0 --confirm portal --override max-step --reason drill --ticket OPS-1") else { panic!() };
    assert_eq!(args.how.confirm.as_deref(), Some("portal"));
    assert_eq!((args.how.overrides, args.how.reason.as_deref()), (vec!["max-step".to_owned()], Some("drill")));
    let Verb::Ops(args) = verb("ops rollback 20261120-031244-7f3a --wait -o json") else { panic!() };
    assert!(matches!(&args.order, Some(OpsOrder::RollBack(o)) if o.stay.wait));
    let Verb::Scale(args) = verb("scale portal 6 --timeout 1h30m") else { panic!() };
    assert!(args.how.stay.stays() && args.how.stay.limit.longest == Some(Duration::from_mins(90)));
    let Verb::Ops(args) = verb("ops wait 20261120-031244-7f3a --timeout 90s") else { panic!() };
    assert!(matches!(&args.order, Some(OpsOrder::Wait(o)) if o.limit.longest == Some(Duration::from_secs(90))));
    let Verb::Ops(args) = verb("ops -o json") else { panic!() };
    assert!(args.order.is_none());
    assert_eq!(verb("ops -o json").format(), Format::Json);
    assert_eq!(verb("ops show x -o json").format(), Format::Json);
    assert_eq!(verb("undo portal").format(), Format::Text);
}
