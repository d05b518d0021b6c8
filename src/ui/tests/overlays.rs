//! What lies over the deck, and the lines at its foot.

use super::fixture::{self, press};
use super::look::assert_picture;
use crate::app::State;
use crate::app::state::Overlay;
use crate::app::{Msg, update};
use crate::domain::{Environment, Label, Phase};

fn full(width: u16, height: u16, environment: Environment) -> State {
    fixture::state(width, height, environment, fixture::full())
}

fn sized(name: &str, keys: &[&str]) {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut state = full(width, height, Environment::Staging);
        press(&mut state, keys);
        assert_picture(&format!("{name}_{width}x{height}"), &state);
    }
}

#[test]
fn help() {
    sized("help", &["?"]);
}

#[test]
fn palette() {
    sized("palette", &[":", "s", "c"]);
}

#[test]
fn filter() {
    sized("filter", &["/", "w", "e", "b"]);
}

#[test]
fn filter_without_a_match() {
    let mut state = full(80, 24, Environment::Staging);
    press(&mut state, &["/", "x", "y", "z", "enter"]);
    assert_picture("filter_no_match_80x24", &state);
}

#[test]
fn scale_form() {
    sized("scale_form", &["j", "k", "s"]);
}

#[test]
fn scale_form_with_victims() {
    let mut state = full(120, 40, Environment::Staging);
    press(&mut state, &["j", "k", "s", "tab", "tab", "tab", "tab", "space", "down"]);
    assert_picture("scale_form_victims_120x40", &state);
}

#[test]
fn card_up() {
    sized("card_up", &["j", "k", "+"]);
}

#[test]
fn card_down() {
    sized("card_down", &["j", "k", "-"]);
}

#[test]
fn card_in_production_asks_for_the_name() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut state = full(width, height, Environment::Production);
        press(&mut state, &["j", "k", "+", "p", "o", "r"]);
        assert_picture(&format!("card_production_{width}x{height}"), &state);
    }
}

#[test]
fn card_that_is_refused() {
    let mut state = full(120, 40, Environment::Staging);
    press(&mut state, &["j", "k", "s", "backspace", "2", "enter"]);
    assert_picture("card_refused_120x40", &state);
}

#[test]
fn card_whose_rule_is_set_aside() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut state = full(width, height, Environment::Staging);
        state.session.guard.allow_override = vec![crate::domain::plan::Rule::MaxStep];
        press(&mut state, &["j", "k", "s", "backspace", "2", "enter"]);
        assert_picture(&format!("card_overridable_{width}x{height}"), &state);
        press(&mut state, &["ctrl-o", "d", "r", "i", "l", "l"]);
        assert_picture(&format!("card_set_aside_{width}x{height}"), &state);
    }
}

#[test]
fn card_that_wants_a_ticket() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut state = full(width, height, Environment::Production);
        state.session.guard.ticket = Some(crate::domain::plan::guard::TicketRule {
            patterns: vec![Label::new("OPS-#")],
            reach: crate::domain::plan::guard::Reach::default(),
            source: Label::new("config.toml:31"),
        });
        press(&mut state, &["j", "k", "+", "O", "P"]);
        assert_picture(&format!("card_ticket_missing_{width}x{height}"), &state);
        press(&mut state, &["S", "-", "7", "tab", "p", "o"]);
        assert_picture(&format!("card_ticket_{width}x{height}"), &state);
        press(&mut state, &["esc", "j", "j", "space", "space", "+", "O"]);
        assert_picture(&format!("bulk_ticket_{width}x{height}"), &state);
    }
}

#[test]
fn leaving_while_some_wait_for_their_turn() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut state = full(width, height, Environment::Staging);
        press(&mut state, &["/", "b", "a", "t", "c", "h", "enter", "space", "space", "space", "+", "enter", "q"]);
        assert_picture(&format!("quit_waiting_{width}x{height}"), &state);
    }
}

#[test]
fn operations_without_slots_have_a_line_each() {
    let mut state = full(120, 40, Environment::Staging);
    for (n, name) in ["portal", "worker", "api"].iter().enumerate() {
        let mut operation = fixture::operation(Phase::Done, "5 of 5 in service and healthy", Some((5, 5)));
        operation.id = crate::domain::OperationId(format!("20261120-031200-000{n}"));
        (operation.request, operation.title) = (n as u64 + 1, Label::new(format!("Scale {name} 4 → 5")));
        update(&mut state, Msg::Operation(operation), fixture::now());
    }
    assert_picture("operations_three_120x40", &state);
}

#[test]
fn no_way_back() {
    let mut state = full(80, 24, Environment::Staging);
    press(&mut state, &["j", "k", "u"]);
    let why = "Redeploy portal v41 → v42, surge and drain, 1 at a time, 4m ago by you cannot be taken back: the members that portal had \
               before are gone, and do not come back; they ran v41. To go back, set the launch template back to v41 and redeploy; or press \
               R, choose native and name version v41";
    let target = fixture::id(crate::domain::Kind::Group, "portal");
    update(&mut state, Msg::Inverse { target, answer: Err(Label::new(why)) }, fixture::now());
    assert_picture("no_way_back_80x24", &state);
}

#[test]
fn open_mutes_are_listed() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut snapshot = fixture::full();
        let mut firing = (*snapshot.alarms[0]).clone();
        let mut calm = firing.clone();
        firing.item.muted = vec![(Label::new("night"), None)];
        calm.item.id = fixture::id(crate::domain::Kind::Alarm, "web-5xx");
        (calm.item.name, calm.item.state) = (Label::new("web-5xx"), crate::domain::AlarmState::Ok);
        calm.item.muted = vec![(Label::new("pilothouse-mute-1"), Some(fixture::ahead(3_000)))];
        let muted = crate::domain::Finding::new(crate::domain::Verdict::Notice, "muted for another 50m: it tells nobody");
        calm.assessment = crate::domain::Assessment::of(vec![muted]);
        snapshot.alarms = vec![std::sync::Arc::new(firing), std::sync::Arc::new(calm)];
        let mut state = fixture::state(width, height, Environment::Staging, snapshot);
        press(&mut state, &["5"]);
        assert_picture(&format!("mutes_{width}x{height}"), &state);
    }
}

#[test]
fn operations_and_the_question_before_quitting() {
    let mut state = full(120, 40, Environment::Staging);
    let operation = fixture::operation(Phase::Following, "7 of 8 in service, 5 healthy behind portal-tg", Some((5, 8)));
    update(&mut state, Msg::Operation(operation), fixture::now());
    assert_picture("operation_following_120x40", &state);
    // Asked on the simulated estate alone; the rest of the picture is another's.
    state.overlays.push(Overlay::ConfirmQuit);
    assert_picture("quit_120x40", &state);
    let mut state = full(80, 24, Environment::Staging);
    let note = "2 of 8 answer 503 behind portal-tg for 6m: look at v42, or scale back with u";
    update(&mut state, Msg::Operation(fixture::operation(Phase::Stuck, note, Some((6, 8)))), fixture::now());
    assert_picture("operation_stuck_80x24", &state);
}

#[test]
fn question() {
    let mut state = full(80, 24, Environment::Staging);
    let (title, prompt) = (Label::new("MFA for portal-production"), Label::new("The code of arn:aws:iam::471112345678:mfa/jo"));
    update(&mut state, Msg::Question { id: 1, title, prompt, secret: true }, fixture::now());
    press(&mut state, &["1", "2", "3"]);
    assert_picture("question_80x24", &state);
}

#[test]
fn notice() {
    let mut state = full(80, 24, Environment::Staging);
    let words = "config.toml:7: unknown key `refesh`; did you mean `refresh`? The default is used.";
    update(&mut state, Msg::Notice(Label::new(words)), fixture::now());
    assert_picture("notice_80x24", &state);
}

#[test]
fn production_frames_the_screen() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        assert_picture(&format!("production_{width}x{height}"), &full(width, height, Environment::Production));
    }
}

#[test]
fn read_only_says_so_and_knows_no_changing_key() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut state = full(width, height, Environment::Staging);
        state.session.read_only = true;
        assert_picture(&format!("read_only_{width}x{height}"), &state);
        press(&mut state, &["?"]);
        assert_picture(&format!("read_only_help_{width}x{height}"), &state);
    }
}

#[test]
fn demo_says_simulated() {
    for (width, height) in [(80, 24), (120, 40)] {
        assert_picture(&format!("simulated_{width}x{height}"), &full(width, height, Environment::Simulated));
    }
}

#[test]
fn held_and_zoomed() {
    let mut state = full(120, 40, Environment::Staging);
    press(&mut state, &["p", "4", "z"]);
    assert_picture("held_metrics_zoomed_120x40", &state);
    let mut state = full(200, 60, Environment::Staging);
    press(&mut state, &["4", "z", "]"]);
    assert_picture("metrics_zoomed_200x60", &state);
    let mut state = full(120, 40, Environment::Staging);
    press(&mut state, &["3", "4", "]"]);
    assert_picture("metrics_of_a_database_120x40", &state);
}
