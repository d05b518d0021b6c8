//! Everything that is done besides scaling: from the key to the request, one target or many, and orders to what runs.

use super::*;
use crate::app::Inversion;
use crate::command::Command;
use crate::domain::plan::{DatabaseAct, MemberAct, Strategy};
use crate::domain::{Operation, OperationId, Order, Phase, Request, ScaleRequest};

/// Words of the requests that were sent off, with their targets.
fn sent(effects: &[Effect]) -> Vec<String> {
    let one = |e: &Effect| match e {
        Effect::Operate { plan, .. } => Some(format!("{} {}", plan.request.word(), plan.name)),
        _ => None,
    };
    effects.iter().filter_map(one).collect()
}

fn running(request: u64, target: &str, phase: Phase) -> Operation {
    let id = OperationId(format!("20261120-000000-000{request}"));
    let base = Operation::new(id, request, group_id(target), "scale", Label::new("scale"), Now::at(100).wall);
    Operation { phase, orders: vec![Order::Pause, Order::Hold, Order::RollBack], ..base }
}

#[test]
fn a_group_is_frozen_by_one_key_and_enter() {
    let mut c = Console::new("portal");
    assert_eq!(sent(&c.press("F enter")), ["freeze portal"]);
}

#[test]
fn forms_and_freezes_begin_with_what_the_config_says() {
    let source =
        "[operations]\nfreeze_processes = [\"Launch\"]\n[operations.redeploy]\nstrategy = \"in-place\"\nbatch = 2\nbake = \"7m\"\n";
    let (config, problems) = crate::config::parse(std::path::Path::new("config.toml"), source);
    assert_eq!(problems, []);
    let mut c = Console::new("portal web");
    c.state.session.operations = config.operations;
    c.press("R");
    let Some(Overlay::Redeploy(form)) = c.state.overlay() else { panic!("no form: {}", c.notice()) };
    assert_eq!(form.read(), Ok(Strategy::InPlace { batch: 2 }));
    assert!(form.offers[2].about.contains('2'), "it is explained as it is set: {}", form.offers[2].about);
    c.press("1");
    let Some(Overlay::Redeploy(form)) = c.state.overlay() else { panic!() };
    assert!(matches!(form.read(), Ok(Strategy::Native(p)) if p.bake == Some(std::time::Duration::from_mins(7))));
    c.press("esc space space R");
    let Some(Overlay::Redeploy(form)) = c.state.overlay() else { panic!("no form: {}", c.notice()) };
    assert_eq!(form.read(), Ok(Strategy::InPlace { batch: 2 }), "for several too");
    c.press("esc esc F");
    let Request::Freeze(freeze) = &c.card().plan.request else { panic!() };
    assert_eq!(freeze.processes, [Label::new("Launch")]);
    c.press("esc");
    let group = c.estate.group("portal", 4, Verdict::Ok);
    (group.min, group.max) = (Some(4), Some(4));
    group.suspended = vec![crate::domain::SuspendedProcess { name: Label::new("Launch"), reason: Label::default() }];
    c.refresh();
    assert_eq!(c.press("g F"), [Effect::Thaw { target: group_id("portal") }], "what this config freezes looks frozen");
}

#[test]
fn a_freeze_is_admitted_while_another_operation_is_on_its_way() {
    let mut c = Console::new("portal");
    c.press("+ enter");
    assert_eq!(sent(&c.press("+ enter")), Vec::<String>::new());
    assert_eq!(sent(&c.press("F enter")), ["freeze portal"]);
}

#[test]
fn a_frozen_group_is_thawed_by_what_the_journal_saved() {
    let mut c = Console::new("portal");
    let group = c.estate.group("portal", 4, Verdict::Ok);
    (group.min, group.max) = (Some(4), Some(4));
    group.suspended = vec![crate::domain::SuspendedProcess { name: Label::new("AlarmNotification"), reason: Label::default() }];
    c.refresh();
    assert_eq!(c.press("F"), [Effect::Thaw { target: group_id("portal") }]);
    assert!(c.state.overlays.is_empty(), "nothing is shown before the journal answered");
    c.send(Msg::Inverse { target: group_id("portal"), answer: Err(Label::new("no freeze of portal is on record")) });
    assert_eq!(c.notice(), "no freeze of portal is on record");
}

#[test]
fn undo_is_a_card_with_what_happened_since() {
    let mut c = Console::new("portal");
    assert_eq!(c.press("u"), [Effect::Undo { target: group_id("portal") }]);
    let inversion = Inversion {
        of: Label::new("Scale portal 6 → 4, 3m ago by you"),
        request: Request::Scale(ScaleRequest::to(&group_id("portal"), 6)),
        warnings: vec![Label::new("max was 12 then, is 10 now")],
    };
    c.send(Msg::Inverse { target: group_id("portal"), answer: Ok(Box::new(inversion)) });
    let remarks: Vec<&str> = c.card().remarks.iter().map(crate::domain::label::Label::as_str).collect();
    assert_eq!(remarks, ["takes back: Scale portal 6 → 4, 3m ago by you", "max was 12 then, is 10 now"]);
    assert_eq!(operated(&c.press("enter")), ["portal: 4 → 6"]);
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let mut c = Console::new("portal");
    c.send(Msg::Inverse { target: group_id("portal"), answer: Err(Label::new("late")) });
    assert_eq!(c.notice(), "");
    c.press("u s");
    c.send(Msg::Inverse { target: group_id("portal"), answer: Err(Label::new("late")) });
    assert!(matches!(c.state.overlay(), Some(Overlay::ScaleForm(_))), "what was opened meanwhile stays");
}

#[test]
fn members_are_acted_on_by_menu() {
    for (downs, want) in [(0, MemberAct::Terminate), (1, MemberAct::Replace), (2, MemberAct::Standby)] {
        let mut c = Console::new("portal");
        c.press("enter j c");
        c.press(&"down ".repeat(downs));
        c.press("enter");
        match &c.card().plan.request {
            Request::Member(r) => assert_eq!((r.act, r.members.len()), (want, 1)),
            other => panic!("{other:?}"),
        }
    }
    let mut c = Console::new("portal");
    c.press("enter space space c enter");
    assert!(matches!(&c.card().plan.request, Request::Member(r) if r.members.len() == 2), "marked ones together");
}

#[test]
fn a_database_has_its_own_menu() {
    let mut c = Console::new("portal");
    c.press("3 c enter");
    assert!(matches!(&c.card().plan.request, Request::Database(r) if r.act == DatabaseAct::Reboot));
}

#[test]
fn a_mute_has_an_end() {
    let mut c = Console::new("portal");
    c.estate.alarms[0].item.drives_scaling = false;
    c.refresh();
    c.press("5 g c enter");
    assert!(matches!(c.state.overlay(), Some(Overlay::Mute(_))), "{:?}", c.notice());
    c.press("ctrl-u");
    c.type_text("never");
    c.press("enter");
    assert!(matches!(c.state.overlay(), Some(Overlay::Mute(f)) if f.problem.is_some()), "no length of time, no card");
    c.press("ctrl-u");
    c.type_text("1h30m");
    c.press("enter");
    let until = Now::at(100 + 5_400).wall;
    assert!(matches!(&c.card().plan.request, Request::Mute(r) if r.until == Some(until)));
}

#[test]
fn no_process_chosen_is_no_card() {
    let mut c = Console::new("portal");
    c.press("P enter");
    assert!(matches!(c.state.overlay(), Some(Overlay::Processes(f)) if f.problem.is_some()));
    assert_eq!(sent(&c.press("space enter enter")), ["suspend-processes portal"]);
}

#[test]
fn a_strategy_that_cannot_work_here_is_not_sent() {
    let mut c = Console::new("portal");
    c.press("R");
    let Some(Overlay::Redeploy(form)) = c.state.overlay() else { panic!("no form: {}", c.notice()) };
    let ways: Vec<bool> = form.offers.iter().map(|o| o.refused.is_empty()).collect();
    assert!(!ways[3], "blue/green needs rules of a balancer");
    c.press("4 enter");
    assert!(matches!(c.state.overlay(), Some(Overlay::Redeploy(f)) if f.problem.is_some()));
}

#[test]
fn the_settings_of_a_redeploy_are_read_and_refused_in_words() {
    for (keys, want) in [
        ("1 tab ctrl-u tab ctrl-u 1 2 0", "needs min healthy"),
        ("1 tab ctrl-u 5 0 tab ctrl-u 1 8 0", "at most 100 above"),
        ("1 tab tab tab tab ctrl-u 5 0", "the last must be 100"),
        ("2 tab ctrl-u 0", "at least 1"),
    ] {
        let mut c = Console::new("portal");
        c.press("R");
        c.press(keys);
        let Some(Overlay::Redeploy(form)) = c.state.overlay() else { panic!("{keys}") };
        let problem = form.read().unwrap_err();
        assert!(problem.contains(want), "{keys}: {problem}");
    }
    let mut c = Console::new("portal");
    c.press("R 3 tab ctrl-u 2");
    let Some(Overlay::Redeploy(form)) = c.state.overlay() else { panic!() };
    assert_eq!(form.read(), Ok(Strategy::InPlace { batch: 2 }));
}

#[test]
fn marked_groups_are_all_acted_on_hidden_ones_too() {
    let mut c = Console::new("portal web worker");
    c.press("space space / p o r enter F");
    let Some(Overlay::Bulk(bulk)) = c.state.overlay() else { panic!("{}", c.notice()) };
    let listed: Vec<_> = bulk.entries.iter().map(|e| (e.name.to_string(), e.hidden)).collect();
    assert_eq!(listed, [("portal".to_owned(), false), ("web".to_owned(), true)]);
    assert_eq!(sent(&c.press("enter")), ["freeze portal", "freeze web"], "all at once");
    assert!(c.state.marks.is_empty());
}

#[test]
fn one_after_the_other_and_the_first_failure_halts() {
    for (end, go_on, second) in [(Phase::Done, false, true), (Phase::Failed, false, false), (Phase::Failed, true, true)] {
        let mut c = Console::new("portal web");
        c.press("space space +");
        if go_on {
            c.press("tab");
        }
        assert_eq!(operated(&c.press("enter")), ["portal: 4 → 5"]);
        assert_eq!(operated(&c.send(Msg::Operation(running(1, "portal", Phase::Following)))), Vec::<String>::new());
        let next = operated(&c.send(Msg::Operation(running(1, "portal", end))));
        assert_eq!(next == ["web: 4 → 5"], second, "{end:?} {go_on}: {next:?}");
        assert_eq!(c.state.queue.is_some(), second);
    }
}

/// The names of those that were lined up, and the numbers of those that were dismissed.
fn queued(effects: &[Effect]) -> (Vec<String>, Vec<u64>) {
    let (mut names, mut numbers) = (Vec::new(), Vec::new());
    for effect in effects {
        match effect {
            Effect::LineUp { waiting } => names.extend(waiting.iter().map(|w| format!("{} {}", w.request, w.plan.name))),
            Effect::Dismiss { requests, .. } => numbers.extend(requests),
            _ => {}
        }
    }
    (names, numbers)
}

#[test]
fn those_that_wait_for_their_turn_are_on_record_and_none_is_lost() {
    let mut c = Console::new("portal web worker");
    c.press("space space space +");
    let effects = c.press("enter");
    assert_eq!(queued(&effects).0, ["2 web", "3 worker"], "the first begins at once");
    // Listed as waiting, its turn makes no second one of it.
    let waiting = Operation { note: Label::new("waits for its turn"), ..running(2, "web", Phase::Paused) };
    c.send(Msg::Operation(waiting));
    let effects = c.send(Msg::Operation(running(1, "portal", Phase::Done)));
    assert_eq!(operated(&effects), ["web: 4 → 5"]);
    let phases: Vec<Phase> = c.state.operations.iter().filter(|o| o.request == 2).map(|o| o.phase).collect();
    assert_eq!(phases, [Phase::Checking]);
    let effects = c.send(Msg::Operation(running(2, "web", Phase::Failed)));
    assert_eq!((operated(&effects), queued(&effects).1), (Vec::new(), vec![3]), "halted: what is left is not begun, and said so");
    assert!(c.state.queue.is_none() && c.notice().contains("1 not begun"), "{}", c.notice());
}

#[test]
fn leaving_while_some_wait_for_their_turn_is_asked_about_on_a_real_estate_too() {
    let mut c = Console::new("portal web");
    c.press("space space + enter");
    assert!(!c.press("q").contains(&Effect::Quit));
    assert_eq!(c.state.overlay(), Some(&Overlay::ConfirmQuit));
    c.press("esc");
    c.send(Msg::Operation(running(1, "portal", Phase::Done)));
    assert!(c.press("q").contains(&Effect::Quit), "the last one has a process of its own");
}

#[test]
fn a_reason_with_advice_is_read_in_a_dialog_and_a_short_one_below() {
    for (why, dialog) in [("nothing was changed here".to_owned(), false), ("the old members are gone; ".repeat(8), true)] {
        let mut c = Console::new("portal");
        c.press("u");
        c.send(Msg::Inverse { target: group_id("portal"), answer: Err(Label::new(&why)) });
        assert_eq!(matches!(c.state.overlay(), Some(Overlay::Told { .. })), dialog, "{why}");
        assert_eq!(c.notice().is_empty(), dialog);
        c.press("esc");
        assert!(c.state.overlays.is_empty());
    }
}

#[test]
fn what_a_redeploy_left_warm_is_removed_by_a_card_of_its_own() {
    let mut c = Console::new("portal web");
    c.state.session.operations = crate::config::OperationSettings::default();
    c.press(":");
    c.type_text("retire");
    assert_eq!(c.press("enter"), [Effect::Retire { target: group_id("portal") }]);
    let request = crate::domain::plan::RetireRequest {
        group: group_id("portal"),
        heir: group_id("web"),
        redeploy: OperationId("20261119-000000-0001".into()),
    };
    let inversion = Inversion { of: Label::new("Redeploy portal"), request: Request::Retire(request), warnings: Vec::new() };
    c.send(Msg::Inverse { target: group_id("portal"), answer: Ok(Box::new(inversion)) });
    assert_eq!(c.card().remarks, [Label::new("left warm by: Redeploy portal")]);
    assert!(c.card().lacks_name(), "asked by name everywhere");
}

#[test]
fn many_in_production_ask_for_the_environment_and_the_count() {
    let mut c = Console::with(Estate::of("portal web"), session(Environment::Production, false), 120, 40);
    c.press("space space F");
    c.type_text("production 3");
    assert_eq!(c.press("enter"), []);
    c.press("ctrl-u");
    c.type_text("production 2");
    assert_eq!(sent(&c.press("enter")).len(), 2);
}

#[test]
fn orders_reach_the_operation_under_the_keys() {
    let mut c = Console::new("portal");
    c.send(Msg::Operation(running(1, "portal", Phase::Following)));
    let id = OperationId("20261120-000000-0001".into());
    c.press("w");
    assert!(c.notice().contains("choose an operation"), "not from elsewhere: {}", c.notice());
    let told = |order| vec![Effect::Order { id: id.clone(), order }];
    assert_eq!(c.press("o space"), told(Order::Pause));
    assert_eq!(c.press("H"), told(Order::Hold));
    assert_eq!(c.press("b"), [], "there may be no way back from the way back: asked first");
    assert_eq!(c.press("enter"), told(Order::RollBack));
    assert_eq!(c.press("A"), [], "it would not obey that");
    c.send(Msg::Operation(Operation { orders: vec![Order::Resume], ..running(1, "portal", Phase::Paused) }));
    assert_eq!(c.press("w"), told(Order::Resume));
}

#[test]
fn an_order_is_not_given_to_what_ended_meanwhile() {
    let mut c = Console::new("portal");
    c.send(Msg::Operation(running(1, "portal", Phase::Following)));
    c.press("o b");
    c.send(Msg::Operation(Operation { orders: Vec::new(), ..running(1, "portal", Phase::Done) }));
    assert_eq!(c.press("enter"), []);
    assert!(c.notice().contains("any more"), "{}", c.notice());
}

#[test]
fn every_command_of_the_menus_is_in_the_palette_and_none_is_in_a_read_only_console() {
    for (keys, command) in [("enter j", Command::Standby), ("3", Command::FailOver), ("5 g", Command::Mute), ("", Command::CancelRefresh)] {
        for read_only in [false, true] {
            let mut c = Console::with(Estate::of("portal"), session(Environment::Development, read_only), 120, 40);
            c.press(keys);
            let found = crate::app::overlay::palette::matches(&c.state, command.name());
            assert_eq!(found.contains(&command), !read_only, "{command:?}");
        }
    }
}
