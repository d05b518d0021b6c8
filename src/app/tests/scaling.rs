//! From the key to the effect, and every reason for none.

use super::*;
use crate::app::state::ScaleField;
use crate::domain::{Call, Operation, OperationId, Phase};

fn production(names: &str) -> Console {
    Console::with(Estate::of(names), session(Environment::Production, false), 120, 40)
}

fn word(request: u64, phase: Phase) -> Operation {
    let id = OperationId("20261120-000000-0001".into());
    Operation {
        phase,
        note: Label::default(),
        undo_to: Some(4),
        ..Operation::new(id, request, group_id("portal"), "scale", Label::new("scale portal 4 → 5"), Now::at(100).wall)
    }
}

#[test]
fn keys_become_one_absolute_plan() {
    for (keys, want) in [
        ("+ enter", "portal: 4 → 5"),
        ("= enter", "portal: 4 → 5"),
        ("- enter", "portal: 4 → 3"),
        ("s backspace 6 enter enter", "portal: 4 → 6"),
        ("s + + enter enter", "portal: 4 → 6"),
        ("s - enter enter", "portal: 4 → 3"),
        ("enter + enter", "portal: 4 → 5"),
        ("4 + enter", "portal: 4 → 5"),
    ] {
        let mut c = Console::new("portal");
        let effects = c.press(keys);
        assert_eq!(operated(&effects), [want], "{keys}");
        assert!(c.state.overlays.is_empty(), "{keys}: dialogs close");
        assert_eq!(c.state.operations.len(), 1, "{keys}: the operation is listed at once");
    }
}

#[test]
fn esc_leaves_the_card_and_the_form() {
    let mut c = Console::new("portal");
    assert_eq!(operated(&c.press("+ esc enter esc")), Vec::<String>::new());
    c.press("s + enter esc");
    assert_eq!(c.form().desired, "5", "esc on the card comes back to the form as it was");
    c.press("esc");
    assert!(c.state.overlays.is_empty());
}

#[test]
fn production_asks_for_the_exact_name() {
    let mut c = production("portal");
    c.press("+");
    assert_eq!(c.press("enter"), []);
    assert!(c.card().problem.as_ref().unwrap().contains("type portal"));
    c.type_text("porta");
    assert_eq!(c.press("enter"), []);
    c.type_text("l");
    assert_eq!(operated(&c.press("enter")), ["portal: 4 → 5"]);
}

#[test]
fn a_refused_plan_cannot_be_confirmed() {
    let mut c = Console::new("portal");
    c.estate.group("portal", 10, Verdict::Ok);
    c.refresh();
    c.press("+");
    assert!(!c.card().refusals.is_empty(), "11 is above the maximum");
    assert_eq!(c.press("enter enter"), []);
    assert!(c.card().problem.as_ref().unwrap().contains("refused"));
}

#[test]
fn nothing_is_changed_before_it_is_known_who_we_are_and_what_is_there() {
    for (unread, anonymous, want) in [(true, false, "not read to the end"), (false, true, "who am I is not known yet")] {
        let estate = Estate { unread, anonymous, ..Estate::of("portal") };
        let mut c = Console::with(estate, session(Environment::Development, false), 120, 40);
        for key in ["+", "-", "s"] {
            c.press(key);
            assert!(c.state.overlays.is_empty() && c.notice().contains(want), "{key}: {}", c.notice());
        }
    }
}

#[test]
fn a_single_instance_cannot_be_scaled() {
    let mut c = Console::new("hardware");
    c.estate.groups[0].item.kind = GroupKind::Instance;
    c.refresh();
    c.press("+");
    assert!(c.notice().contains("cannot be scaled"), "{}", c.notice());
}

#[test]
fn only_groups_are_scaled() {
    let mut c = Console::new("portal");
    for keys in ["2 +", "3 -", "5 s"] {
        c.press(keys);
        assert!(c.state.overlays.is_empty() && c.notice().contains("choose a group"), "{keys}: {}", c.notice());
    }
}

#[test]
fn one_operation_of_ours_at_a_time_is_sent_to_a_group() {
    let mut c = Console::new("portal worker");
    c.press("+ enter");
    assert_eq!(c.press("+"), []);
    assert!(c.notice().contains("still on its way"), "{}", c.notice());
    assert_eq!(operated(&c.press("j + enter")), ["worker: 4 → 5"], "another group is free");
    c.press("k");
    for (phase, free) in
        [(Phase::Calling, false), (Phase::Following, true), (Phase::Stuck, true), (Phase::Done, true), (Phase::Failed, true)]
    {
        c.send(Msg::Operation(word(1, phase)));
        c.press("+");
        assert_eq!(!c.state.overlays.is_empty(), free, "{phase:?}");
        c.press("esc");
    }
}

#[test]
fn a_read_only_console_has_no_such_keys() {
    let mut c = Console::with(Estate::of("portal"), session(Environment::Development, true), 120, 40);
    assert_eq!(c.press("+ - s enter + - s"), []);
    assert!(c.state.overlays.is_empty());
    let shown = format!("{:?}{:?}", crate::app::hints(&c.state), crate::app::help(&c.state));
    assert!(!shown.to_lowercase().contains("scale"), "{shown}");
    assert!(!crate::app::overlay::palette::matches(&c.state, "").iter().any(|c| c.risk() == crate::command::Risk::Changes));
}

#[test]
fn the_card_follows_the_world() {
    let mut c = Console::new("portal");
    c.press("s backspace 7 enter");
    c.wait(5).estate.group("portal", 5, Verdict::Ok);
    c.refresh();
    assert_eq!(c.card().plan.impact.desired, (5, 7));
    assert!(c.card().moved.iter().any(|m| &**m == "want is 5 now, was 4"), "{:?}", c.card().moved);
    assert_eq!(c.press("enter"), [], "the finger was faster than the eye");
    assert_eq!(operated(&c.wait(2).press("enter")), ["portal: 5 → 7"]);
}

#[test]
fn one_more_never_turns_into_fewer() {
    for (desired, why) in [(5, "nothing would change"), (8, "meanwhile")] {
        let mut c = Console::new("portal");
        c.press("+");
        c.estate.group("portal", desired, Verdict::Ok);
        c.refresh();
        assert!(c.card().blocked.as_ref().unwrap().contains(why), "{:?}", c.card().blocked);
        assert_eq!(c.wait(5).press("enter enter"), []);
    }
}

#[test]
fn a_card_whose_group_vanished_is_dead() {
    let mut c = Console::new("portal");
    c.press("+");
    c.estate.without("portal");
    c.refresh();
    assert_eq!(c.wait(5).press("enter"), []);
    assert!(c.card().problem.as_ref().unwrap().contains("no longer there"));
}

#[test]
fn the_form_says_in_words_what_is_wrong() {
    for (keys, want) in [
        ("backspace", "say a number"),
        ("backspace 1 1", "above max 10"),
        ("x", "only digits"),
        ("tab backspace 5", "below min 5"),
        ("tab tab backspace backspace 3", "above max 3"),
        ("tab backspace 9 tab backspace backspace 8", "min 9 is above max 8"),
        ("enter", "nothing would change"),
        ("tab tab tab tab space tab backspace 2", "want must be 3"),
    ] {
        let mut c = Console::new("portal");
        c.press("s");
        c.press(keys);
        let problem = c.form().problem.clone().unwrap_or_default();
        assert!(problem.contains(want), "{keys}: {problem}");
        assert_eq!(operated(&c.press("enter")), Vec::<String>::new(), "{keys}");
        assert!(matches!(c.state.overlay(), Some(Overlay::ScaleForm(_))), "{keys}: no card");
    }
}

#[test]
fn bounds_move_only_where_they_were_changed() {
    let mut c = Console::new("portal");
    c.press("s backspace 1 2 tab tab backspace backspace 1 5 enter");
    let request = c.card().plan.request.as_scale().expect("a change of size");
    assert_eq!((request.desired, request.min, request.max), (12, None, Some(15)));
}

#[test]
fn the_cooldown_is_honoured_only_on_request() {
    for (keys, want) in [("s + enter", false), ("s + tab tab tab space enter", true), ("s + tab tab tab space space enter", false)] {
        let mut c = Console::new("portal");
        c.press(keys);
        assert!(matches!(c.card().plan.calls[..], [Call::SetDesired { honor_cooldown, .. }] if honor_cooldown == want), "{keys}");
    }
}

#[test]
fn victims_are_chosen_by_id_and_set_the_number() {
    let mut c = Console::new("portal");
    c.estate.groups[0].item.members[3].targets[0].state = Status::bad("unhealthy");
    c.refresh();
    c.press("s shift-tab");
    assert_eq!(c.form().field, ScaleField::Victims);
    c.press("space down space");
    assert_eq!(c.form().desired, "2");
    c.press("enter");
    let want = vec![id(Kind::Member, "i-portal-0"), id(Kind::Member, "i-portal-3")];
    assert_eq!(c.card().plan.request.victims(), want, "trouble is offered first, then the oldest");
}

#[test]
fn marked_members_are_the_victims() {
    let mut c = Console::new("portal");
    c.press("enter j space -");
    assert_eq!(c.form().victims, [id(Kind::Member, "i-portal-1")].into());
    assert_eq!(operated(&c.press("enter enter")), ["portal: 4 → 3"]);
    assert!(c.state.marks.is_empty());
}

#[test]
fn a_chosen_victim_that_went_by_itself_is_not_replaced() {
    let mut c = Console::new("portal");
    c.press("s shift-tab space");
    let gone = c.form().victims.first().unwrap().clone();
    c.estate.groups[0].item.members.retain(|m| m.id != gone);
    c.refresh();
    assert!(c.form().victims.is_empty() && c.form().problem.as_ref().unwrap().contains("choose again"), "{:?}", c.form().problem);
}

#[test]
fn finished_operations_stay_five_minutes() {
    let mut c = Console::new("portal");
    c.press("+ enter");
    c.send(Msg::Operation(word(1, Phase::Done)));
    assert_eq!(c.state.operations.len(), 1, "the answer takes the place of the announcement");
    c.wait(299).send(Msg::Tick);
    assert_eq!(c.state.operations.len(), 1);
    c.wait(1).send(Msg::Tick);
    assert_eq!(crate::app::operations::on_deck(&c.state).count(), 0, "gone from the deck");
    assert_eq!(c.state.operations.len(), 1, "the screen of the operations keeps it");
}

#[test]
fn an_operation_that_could_not_be_handed_over_ends_at_once() {
    let mut c = Console::new("portal");
    c.press("+ enter");
    c.send(Msg::NotBegun { request: 1, why: Label::new("the journal is not open") });
    assert_eq!((c.state.operations[0].phase, &*c.state.operations[0].note), (Phase::Refused, "the journal is not open"));
    assert_eq!(c.press("q"), [Effect::Quit], "nothing is in flight");
}

#[test]
fn an_operation_of_an_earlier_console_is_not_taken_for_ours() {
    let mut c = Console::new("portal");
    c.press("+ enter");
    c.send(Msg::Operation(word(1, Phase::Following)));
    c.send(Msg::Operation(Operation { id: OperationId("20261119-000000-0001".into()), ..word(1, Phase::Interrupted) }));
    assert_eq!(c.state.operations.len(), 2);
}
