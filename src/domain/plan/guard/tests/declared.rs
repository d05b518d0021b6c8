//! Rules that the config declares, marks that others left, and what a human may set aside.

use jiff::tz::TimeZone;

use super::super::super::MemberAct;
use super::super::super::fixture::{group, pool_id, target};
use super::by_hand::*;
use super::*;
use crate::domain::plan::{DatabaseAct, RefreshAct, Strategy};
use crate::domain::{Fact, OperationId, Rollout};

fn refused(request: &Request, subject: Subject<'_>, rules: &GuardRules, now: Now) -> Vec<String> {
    let calls = subject.group().map(|g| usual_calls(request, g)).unwrap_or_default();
    guard(&by_hand(request.clone(), calls), subject, rules, now).iter().map(Refusal::sentence).collect()
}

fn marked(text: &str) -> Group {
    let mut g = group(6);
    g.tags.push((Label::new(crate::domain::MARK_TAG), Label::new(text)));
    g
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_frozen_group_takes_a_thaw_and_a_freeze_and_nothing_else() {
    let g = marked("20261120-031200-7f3a freeze by ana@laptop since 2026-11-20 03:12 UTC");
    let rules = rules(50, None);
    let why = "the group is frozen: freeze by ana@laptop since 2026-11-20 03:12 UTC (freeze, built-in rule); allowed: thaw it first, or freeze it again";
    for request in [
        scale(7),
        scale(5),
        act(MemberAct::Protect, &[1]),
        act(MemberAct::Reboot, &[1]),
        redeploy(Strategy::SurgeAndDrain { batch: 1 }),
        processes(false, &["Launch"]),
        retire(),
    ] {
        assert_eq!(refused(&request, (&g).into(), &rules, NOW), [why], "{}", request.word());
    }
    assert_eq!(refused(&freeze(&["Launch"]), (&g).into(), &rules, NOW), NOTHING);
    assert_eq!(refused(&thaw("20261120-031200-7f3a", 6), (&g).into(), &rules, NOW), NOTHING);
    let other = refused(&thaw("20261119-000000-0000", 6), (&g).into(), &rules, NOW);
    assert!(other[0].contains("another freeze") && other[0].ends_with("allowed: thaw 20261120-031200-7f3a"), "{other:?}");
}

#[test]
fn a_group_that_another_operation_is_at_work_on_waits_but_for_a_freeze() {
    let g = marked("20261120-031200-7f3a redeploy by ana@laptop since 2026-11-20 03:12 UTC");
    let mut rules = rules(50, None);
    let said = refused(&scale(7), (&g).into(), &rules, NOW);
    assert!(said[0].starts_with("another operation is at work on the group: redeploy by ana@laptop"), "{said:?}");
    assert_eq!(refused(&freeze(&[]), (&g).into(), &rules, NOW), NOTHING);
    rules.given.operation = Some(OperationId("20261120-031200-7f3a".to_owned()));
    assert_eq!(refused(&scale(7), (&g).into(), &rules, NOW), NOTHING, "its own mark does not stop it");

    let mut g = group(6);
    g.rollout = Some(Rollout { status: Status::moving("InProgress"), percent: Some(40), ..Rollout::default() });
    let said = refused(&redeploy(Strategy::InPlace { batch: 1 }), (&g).into(), &rules, NOW);
    assert!(said[0].starts_with("a rollout of the cloud's own is under way (InProgress at 40 %) (busy"), "{said:?}");
    assert_eq!(refused(&refresh(RefreshAct::Cancel), (&g).into(), &rules, NOW), NOTHING);
    assert_eq!(refused(&scale(7), (&g).into(), &rules, NOW), NOTHING);
}

fn office() -> ChangeWindow {
    ChangeWindow {
        days: Days::parse("mon-fri").unwrap(),
        from: Minute::parse("09:00").unwrap(),
        to: Minute::parse("17:00").unwrap(),
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        reach: Reach {
            groups: vec![Label::new("port*")],
            operations: vec![Label::new("scale"), Label::new("redeploy")],
            ..Reach::default()
        },
        source: Label::new("config.toml:20"),
    }
}

#[test]
fn outside_the_windows_the_next_one_is_named() {
    let g = group(6);
    let rules = GuardRules { windows: vec![office()], ..rules(50, None) };
    // The epoch of tests is a Friday, 00:00 UTC.
    let said = refused(&scale(7), (&g).into(), &rules, NOW);
    assert_eq!(
        said,
        [
            "it is Fri 2026-11-20 01:00 Europe/Berlin, outside the change window mon-fri 09:00–17:00 Europe/Berlin (change-window, config.toml:20); allowed: next window opens Fri 2026-11-20 09:00 Europe/Berlin"
        ]
    );
    assert_eq!(refused(&scale(7), (&g).into(), &rules, Now::at(8 * 3_600)), NOTHING);
    assert!(refused(&scale(7), (&g).into(), &rules, Now::at(16 * 3_600))[0].contains("next window opens Mon 2026-11-23 09:00"));
    for request in [freeze(&["Launch"]), thaw("x", 6), refresh(RefreshAct::Cancel), act(MemberAct::Reboot, &[1])] {
        assert_eq!(refused(&request, (&g).into(), &rules, NOW), NOTHING, "{} waits for no window, or has none", request.word());
    }
    let hardware = on_database(DatabaseAct::Reboot);
    assert_eq!(refused(&hardware, (&database()).into(), &rules, NOW), NOTHING, "the windows name groups alone");
}

#[test]
fn one_open_window_of_several_is_enough_and_a_blackout_closes_them_all() {
    let g = group(6);
    let night = ChangeWindow {
        from: Minute::parse("22:00").unwrap(),
        to: Minute::parse("06:00").unwrap(),
        source: Label::new("config.toml:26"),
        ..office()
    };
    let mut rules = GuardRules { windows: vec![office(), night], ..rules(50, None) };
    // Friday 01:00 in Berlin belongs to Thursday's night.
    assert_eq!(refused(&scale(7), (&g).into(), &rules, NOW), NOTHING);
    let closed = refused(&scale(7), (&g).into(), &rules, Now::at(7 * 3_600));
    assert!(closed[0].contains("(change-window, config.toml:20, config.toml:26)"), "{closed:?}");
    rules.blackouts.push(Blackout {
        from: "2026-11-20T00:00".parse().unwrap(),
        to: "2026-11-23T12:00".parse().unwrap(),
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        reason: Some(Label::new("inventory")),
        reach: Reach::default(),
        source: Label::new("config.toml:32"),
    });
    assert_eq!(
        refused(&scale(7), (&g).into(), &rules, NOW),
        [
            "no changes are made until Mon 2026-11-23 12:00 Europe/Berlin: inventory (blackout, config.toml:32); allowed: from Mon 2026-11-23 12:00 Europe/Berlin on"
        ]
    );
    assert_eq!(refused(&freeze(&[]), (&g).into(), &rules, NOW), NOTHING);
    let by_hand_database = refused(&on_database(DatabaseAct::Reboot), (&database()).into(), &rules, NOW);
    assert!(by_hand_database[0].starts_with("no changes are made"), "{by_hand_database:?}");
    assert!(refused(&mute(Some(Now::at(60))), (&alarm(false)).into(), &rules, NOW)[0].starts_with("no changes are made"));
    assert_eq!(refused(&mute(None), (&alarm(false)).into(), &rules, NOW), NOTHING, "to end a mute waits for nothing");
}

#[test]
fn what_is_denied_says_by_whom_and_what_is_left() {
    let g = group(6);
    let reach =
        Reach { groups: vec![Label::new("PORT*")], operations: ["re*", "s*", "t*", "*ed"].map(Label::new).to_vec(), ..Reach::default() };
    let deny = Deny { reach, reason: Some(Label::new("it is the way in")), source: Label::new("config.toml:40") };
    let mut rules = GuardRules { deny: vec![deny], ..rules(50, None) };
    assert_eq!(
        refused(&scale(7), (&g).into(), &rules, NOW),
        [
            "scale of portal is denied: it is the way in (deny, config.toml:40); allowed: freeze, in-service, protect, unprotect, deregister, cancel-refresh, roll-back-refresh"
        ]
    );
    assert_eq!(refused(&act(MemberAct::Protect, &[1]), (&g).into(), &rules, NOW), NOTHING);
    assert_eq!(refused(&on_database(DatabaseAct::Reboot), (&database()).into(), &rules, NOW), NOTHING);
    rules.deny[0].reach = Reach { operations: vec![Label::new("*")], ..Reach::default() };
    assert_eq!(refused(&freeze(&["Launch"]), (&g).into(), &rules, NOW), NOTHING, "nobody denies a freeze");
    assert!(refused(&scale(7), (&g).into(), &rules, NOW)[0].ends_with("allowed: freeze"));
    assert!(refused(&on_database(DatabaseAct::Reboot), (&database()).into(), &rules, NOW)[0].ends_with("(deny, config.toml:40)"));
}

#[test]
fn a_ticket_is_asked_for_where_the_rule_says_so() {
    let g = group(6);
    let reach = Reach { operations: vec![Label::new("scale")], ..Reach::default() };
    let ticket = TicketRule { patterns: ["OPS-#", "INC-#"].map(Label::new).to_vec(), reach, source: Label::new("config.toml:50") };
    let mut rules = GuardRules { ticket: Some(ticket), ..rules(50, None) };
    assert_eq!(
        refused(&scale(7), (&g).into(), &rules, NOW),
        ["a ticket must be named (ticket, config.toml:50); allowed: with a ticket such as OPS-# or INC-#"]
    );
    for (given, passes) in [("OPS-1", true), ("INC-77", true), ("OPS-", false), ("later", false)] {
        rules.given.ticket = Some(Label::new(given));
        assert_eq!(refused(&scale(7), (&g).into(), &rules, NOW).is_empty(), passes, "{given}");
    }
    assert!(refused(&scale(7), (&g).into(), &rules, NOW)[0].starts_with("\"later\" is no ticket"));
    rules.given.ticket = None;
    assert_eq!(refused(&act(MemberAct::Reboot, &[1]), (&g).into(), &rules, NOW), NOTHING);
}

#[test]
fn owners_are_warned_of_or_refused_as_declared() {
    let mut g = group(6);
    g.owner = Some(Owner { tool: Label::new("terraform"), exclusive: false });
    let mut rules = rules(50, None);
    assert_eq!(refused(&scale(7), (&g).into(), &rules, NOW), NOTHING);
    let twin = refused(&blue_green(&[50, 100]), (&g).into(), &rules, NOW);
    assert!(twin[0].contains("terraform owns this group") && twin[0].contains("(owner, built-in rule)"), "{twin:?}");
    rules.owners.tools.push((Label::new("terraform"), OnOwner::Refuse, Label::new("config.toml:60")));
    assert_eq!(
        refused(&scale(7), (&g).into(), &rules, NOW),
        [
            "terraform owns this group: the next terraform apply undoes the change (managed, config.toml:60); allowed: change it in terraform"
        ]
    );
    for request in [act(MemberAct::Reboot, &[1]), freeze(&["Launch"]), thaw("x", 6), redeploy(Strategy::InPlace { batch: 1 })] {
        assert_eq!(refused(&request, (&g).into(), &rules, NOW), NOTHING, "{}", request.word());
    }
}

#[test]
fn an_override_counts_where_the_config_lets_it_and_says_why() {
    let g = group(6);
    let plan = by_hand(scale(2), usual_calls(&scale(2), &g));
    let word = |rule, reason: &str| Override { rule, reason: Label::new(reason) };
    let mut rules = GuardRules { allow_override: vec![Rule::MaxStep], ..rules(25, Some(80)) };
    let both = judge(&plan, &g, &rules, NOW);
    assert_eq!(
        both.refusals.iter().map(|r| (r.rule, r.overridable)).collect::<Vec<_>>(),
        [(Rule::MaxStep, true), (Rule::CapacityFloor, false)]
    );
    assert_eq!(both.refusals[0].way_around().as_deref(), Some("--override max-step --reason TEXT"));
    assert_eq!(both.refusals[1].way_around(), None);

    rules.given.overrides = vec![word(Rule::MaxStep, "half the estate moves house"), word(Rule::CapacityFloor, "really")];
    let judged = judge(&plan, &g, &rules, NOW);
    assert_eq!(
        judged.overridden.iter().map(|o| (o.refusal.rule, &*o.reason)).collect::<Vec<_>>(),
        [(Rule::MaxStep, "half the estate moves house")]
    );
    let [left] = judged.refusals.as_slice() else { panic!("{judged:?}") };
    assert!(left.text.ends_with("; allow_override does not name it, built-in default"), "{}", left.text);
    let facts = judged.facts();
    let [Fact::Overridden { rule, reason }] = facts.as_slice() else { panic!("{facts:?}") };
    assert_eq!(&**rule, "max-step");
    assert!(reason.starts_with("half the estate moves house (it said: a step of 4 takes away 66 %"), "{reason}");

    rules.given.overrides = vec![word(Rule::MaxStep, "  ")];
    assert!(judge(&plan, &g, &rules, NOW).refusals[0].text.ends_with("; an override needs a reason"));
    // A config made by hand cannot widen what no override counts against.
    rules.allow_override.push(Rule::Bounds);
    rules.given.overrides = vec![word(Rule::Bounds, "please")];
    let judged = judge(&by_hand(scale(1), usual_calls(&scale(1), &g)), &g, &rules, NOW);
    assert!(judged.refusals[0].text.ends_with("; no override counts against this rule"), "{:?}", judged.refusals);
    assert!(!judged.refusals[0].overridable);
}

#[test]
fn rules_come_back_from_the_journal_as_they_went() {
    let mut rules = GuardRules { windows: vec![office()], allow_override: Rule::ALL.to_vec(), ..rules(10, Some(90)) };
    rules.given.overrides.push(Override { rule: Rule::Blackout, reason: Label::new("fire") });
    rules.given.ticket = Some(Label::new("OPS-1"));
    let text = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<GuardRules>(&text).unwrap(), rules);
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.word(), "one word everywhere");
        assert_eq!(Rule::from_word(rule.word()), Some(rule));
    }
    assert_eq!(serde_json::from_str::<GuardRules>("{}").unwrap(), GuardRules::default(), "older ones know fewer rules");
}

#[test]
fn a_script_types_the_name_where_the_card_would_ask_for_it() {
    let rules =
        GuardRules { environment: Environment::Production, environment_source: Label::new("config.toml:3"), ..GuardRules::default() };
    let mut plan = by_hand(scale(7), Vec::new());
    assert_eq!(confirm(&plan, None, &rules), None);
    plan.confirmation = Confirmation::TypeName(Label::new("portal"));
    let said = |typed| confirm(&plan, typed, &rules).map(|r| r.sentence());
    assert_eq!(said(None).as_deref(), Some("production asks for the name (confirm, config.toml:3); allowed: --confirm portal"));
    assert_eq!(
        said(Some("portla")).as_deref(),
        Some("production asks for the name, and \"portla\" is not it (confirm, config.toml:3); allowed: --confirm portal")
    );
    assert_eq!(said(Some("portal")), None);
}

#[test]
fn words_of_requests_are_all_listed() {
    let database =
        [DatabaseAct::Reboot, DatabaseAct::RebootWithFailover, DatabaseAct::FailOver, DatabaseAct::Snapshot { name: String::new() }];
    let mut requests =
        vec![scale(1), native(None, None), freeze(&[]), thaw("x", 1), processes(true, &[]), processes(false, &[]), retire(), reroute()];
    requests.extend([refresh(RefreshAct::Cancel), refresh(RefreshAct::RollBack), mute(None), mute(Some(NOW))]);
    requests.extend(MemberAct::ALL.map(|a| act(a, &[])));
    requests.extend(database.map(on_database));
    let mut words: Vec<_> = requests.iter().map(|r| (r.word(), r.target().kind)).collect();
    let mut listed = Request::WORDS.to_vec();
    words.sort_unstable();
    listed.sort_unstable();
    assert_eq!(words, listed);
}

#[test]
fn a_target_registered_by_its_address_is_its_member() {
    let mut g = group(6);
    g.members[0].address = Some(Label::new("10.0.1.7"));
    g.members[0].targets = vec![target(Status::good("healthy"), None)];
    let by_address = crate::domain::ResourceId::new(&g.id.scope, crate::domain::Kind::Member, "10.0.1.7");
    let target = super::super::super::Registration { member: by_address, port: Some(80) };
    let calls = vec![Call::Deregister { group: g.id.clone(), pool: pool_id(), targets: vec![target] }];
    let plan = by_hand(act(MemberAct::Deregister, &[1]), calls);
    assert_eq!(guard(&plan, &g, &rules(50, Some(50)), NOW), []);
    let all: Vec<_> = guard(&plan, &g, &rules(50, Some(100)), NOW).iter().map(|r| r.rule).collect();
    assert_eq!(all, [Rule::CapacityFloor]);
}
