//! What is given along at the foot of a card: rules set aside with a reason, tickets, names.

use super::*;
use crate::domain::plan::guard::{Reach, TicketRule};
use crate::domain::plan::{Given, Override, Rule};

/// A console whose config lets the largest step be set aside, and nothing else.
fn console(names: &str, environment: Environment, ticket: bool) -> Console {
    let mut session = session(environment, false);
    session.guard.max_step_percent = 25;
    session.guard.allow_override = vec![Rule::MaxStep];
    session.guard.allow_override_source = Label::new("config.toml:9");
    if ticket {
        let patterns = vec![Label::new("OPS-#")];
        session.guard.ticket = Some(TicketRule { patterns, reach: Reach::default(), source: Label::new("config.toml:12") });
    }
    Console::with(Estate::of(names), session, 120, 40)
}

/// What was given along with what was sent, by group.
fn given(effects: &[Effect]) -> Vec<(String, Given)> {
    let one = |e: &Effect| match e {
        Effect::Operate { plan, given, .. } => Some((plan.name.to_string(), given.clone())),
        _ => None,
    };
    effects.iter().filter_map(one).collect()
}

fn ticket(word: &str) -> Given {
    Given { ticket: Some(Label::new(word)), ..Given::default() }
}

#[test]
fn a_rule_is_set_aside_with_a_reason_that_goes_along() {
    let mut c = console("portal", Environment::Development, false);
    c.press("s backspace 1 enter");
    assert_eq!(c.card().refusals.len(), 1, "three of four are more than a quarter");
    assert_eq!(c.press("enter"), []);
    assert!(c.card().problem.as_ref().unwrap().starts_with("refused"));
    c.press("ctrl-o");
    assert_eq!(c.press("enter"), [], "without a reason the rule counts");
    assert!(c.card().problem.as_ref().unwrap().contains("say why"));
    c.type_text("load test is over");
    assert!(c.card().refusals.is_empty() && c.card().overridden.len() == 1);
    let reason = Label::new("load test is over");
    let want = Given { overrides: vec![Override { rule: Rule::MaxStep, reason }], ..Given::default() };
    assert_eq!(given(&c.press("enter")), [("portal".to_owned(), want)]);
}

#[test]
fn a_rule_that_the_config_holds_to_is_not_set_aside() {
    for (guard, keys) in [(true, "s backspace 1 enter"), (false, "s backspace 9 9 enter")] {
        let mut c = console("portal", Environment::Development, false);
        if guard {
            c.state.session.guard.allow_override.clear();
        }
        c.press(keys);
        if matches!(c.state.overlay(), Some(Overlay::ScaleForm(_))) {
            // Above the bounds: the form says so, and no card comes.
            continue;
        }
        assert_eq!(c.card().could_set_aside(), [] as [Rule; 0]);
        c.press("ctrl-o");
        c.type_text("please");
        assert_eq!(c.press("enter"), []);
        assert!(!c.card().refusals.is_empty() && c.card().assent.given() == Given::default());
    }
}

#[test]
fn a_rule_that_begins_to_count_later_is_not_set_aside_with_the_others() {
    let mut c = console("portal", Environment::Development, false);
    c.press("s backspace 1 enter ctrl-o");
    c.type_text("drill");
    let group = c.estate.group("portal", 4, Verdict::Ok);
    group.tags = vec![(crate::domain::MARK_TAG.into(), "20261120-000000-0001 redeploy by kim@elsewhere".into())];
    c.refresh();
    let rules: Vec<Rule> = c.card().refusals.iter().map(|r| r.rule).collect();
    assert_eq!(rules, [Rule::Busy]);
    assert_eq!(c.wait(5).press("enter"), []);
}

#[test]
fn a_ticket_is_asked_for_and_the_name_after_it() {
    let mut c = console("portal", Environment::Production, true);
    c.press("+");
    c.type_text("JIRA 1");
    assert_eq!(c.press("enter"), []);
    assert!(c.card().problem.is_some(), "that is no ticket here");
    c.press("ctrl-u");
    c.type_text("OPS-12");
    assert_eq!(c.press("enter"), [], "on to the name");
    assert!(c.card().problem.is_none());
    c.type_text("portal");
    assert_eq!(given(&c.press("enter")), [("portal".to_owned(), ticket("OPS-12"))]);
}

#[test]
fn what_only_holds_still_needs_no_ticket() {
    let mut c = console("portal", Environment::Development, true);
    assert_eq!(given(&c.press("F enter")), [("portal".to_owned(), Given::default())]);
}

#[test]
fn many_share_a_ticket_also_those_that_wait_for_their_turn() {
    let mut c = console("portal web", Environment::Production, true);
    c.press("space space +");
    assert_eq!(c.press("enter"), []);
    c.type_text("OPS-7");
    c.press("enter");
    c.type_text("production 2");
    assert_eq!(given(&c.press("enter")), [("portal".to_owned(), ticket("OPS-7"))]);
    let done = crate::domain::Operation {
        phase: crate::domain::Phase::Done,
        ..crate::domain::Operation::new(
            crate::domain::OperationId("20261120-000140-0001".into()),
            1,
            group_id("portal"),
            "scale",
            Label::new("scale"),
            Now::at(100).wall,
        )
    };
    assert_eq!(given(&c.send(Msg::Operation(done))), [("web".to_owned(), ticket("OPS-7"))]);
}

#[test]
fn many_are_set_aside_together() {
    let mut c = console("portal web", Environment::Development, false);
    c.press("space space s 1 enter");
    let Some(Overlay::Bulk(bulk)) = c.state.overlay() else { panic!("{}", c.notice()) };
    assert!(!bulk.can_confirm() && bulk.could_set_aside() == [Rule::MaxStep]);
    c.press("ctrl-o");
    c.type_text("drill");
    let sent = given(&c.press("enter"));
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].1.overrides, [Override { rule: Rule::MaxStep, reason: Label::new("drill") }]);
}

#[test]
fn pasted_text_goes_into_the_field_that_has_the_keys() {
    let mut c = console("portal", Environment::Production, true);
    c.press("+");
    c.send(Msg::Paste("OPS-99\nrm -rf".to_owned()));
    c.press("tab");
    c.send(Msg::Paste("portal".to_owned()));
    assert_eq!(given(&c.press("enter")), [("portal".to_owned(), ticket("OPS-99"))]);
}
