//! The operations: on the deck while something runs, and on a screen of their own, in every state that asks for something else.

use super::fixture::{self, press};
use super::look::{assert_picture, draw, text};
use crate::app::State;
use crate::app::{Msg, update};
use crate::config::theme::{ColorDepth, Theme};
use crate::domain::{Environment, Label, Operation, Order, Phase, Slot, SlotState};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// A slot that went through states at these seconds before now; the last one goes on.
fn slot(number: u32, old: &str, new: Option<&str>, way: &[(SlotState, u64)]) -> Slot {
    let mut slot = Slot::new(number);
    slot.old = Some(Label::new(old));
    slot.new = new.map(Label::new);
    slot.zone = Some(Label::new(if number.is_multiple_of(2) { "eu-central-1b" } else { "eu-central-1a" }));
    for (state, ago) in way {
        slot.enter(*state, fixture::ago(*ago));
    }
    slot
}

/// A surge and drain of six members: two through, one in trouble, one draining, two waiting.
fn redeploy(phase: Phase) -> Operation {
    use SlotState as S;
    let title = Label::new("Redeploy portal v41 → v42, surge and drain, 2 at a time");
    let id = crate::domain::OperationId("20261120-030300-7f3a".into());
    let started = fixture::ago(584);
    let mut o = Operation::new(id, 9, fixture::id(crate::domain::Kind::Group, "portal"), "redeploy", title, started);
    o.phase = phase;
    o.note = Label::new("slot 3 waits for i-0be210cc77aa1b44e behind portal-tg: 2 targets of v42 answer 503, gives up in 5m");
    o.progress = Some((2, 6));
    o.eta = Some(fixture::ahead(720));
    o.borrowed = ["AlarmNotification", "ScheduledActions", "AZRebalance"].iter().map(Label::new).collect();
    o.driver = Some(Label::new("ops-laptop, process 4711"));
    o.orders = vec![Order::Pause, Order::Hold, Order::RollBack];
    let through = [
        (S::Launching, 580),
        (S::Registering, 480),
        (S::Warming, 440),
        (S::InService, 380),
        (S::Draining, 370),
        (S::Terminating, 310),
        (S::Gone, 280),
    ];
    let mut bad = slot(3, "i-0d90ee41c0ffee000", Some("i-0be210cc77aa1b44e"), &[(S::Launching, 280), (S::Registering, 180)]);
    bad.note = Some(Label::new("target unhealthy: 503"));
    let late = [(S::Launching, 280), (S::Registering, 190), (S::Warming, 160), (S::InService, 100), (S::Draining, 90)];
    o.slots = vec![
        slot(1, "i-0c11aa2233445566f", Some("i-01d4fe998877665aa"), &through),
        slot(2, "i-0c22bb2233445566f", Some("i-02e5fe998877665bb"), &through),
        bad,
        slot(4, "i-0e44cc2233445566f", Some("i-04a7fe998877665cc"), &late),
        slot(5, "i-0f55dd2233445566f", None, &[]),
        slot(6, "i-0f66ee2233445566f", None, &[]),
    ];
    o
}

fn paused() -> Operation {
    let mut o = redeploy(Phase::Paused);
    o.note = Label::new("paused by itself 40s ago: 2 targets of v42 behind portal-tg turned unhealthy (503), none were at the start");
    o.orders = vec![Order::Resume, Order::Hold, Order::RollBack, Order::Abandon];
    o.eta = None;
    o
}

fn interrupted() -> Operation {
    let mut o = redeploy(Phase::Interrupted);
    o.note = Label::new("its driver stopped without a word 4m ago; nobody drives it");
    o.driver = None;
    o.eta = None;
    o.done = ["slot 1 through", "slot 2 through", "desired 6 → 8"].iter().map(Label::new).collect();
    o.unknown = vec![Label::new("terminate i-0e44cc2233445566f: sent, no answer on record")];
    o.orders = vec![Order::Resume, Order::RollBack, Order::Abandon];
    o
}

fn shown(width: u16, height: u16, operations: &[Operation]) -> State {
    let mut state = fixture::state(width, height, Environment::Staging, fixture::full());
    for operation in operations {
        update(&mut state, Msg::Operation(operation.clone()), fixture::now());
    }
    state
}

#[test]
fn a_redeploy_on_the_deck() {
    for (width, height) in SIZES {
        let mut state = shown(width, height, &[redeploy(Phase::Following)]);
        assert_picture(&format!("operations_deck_{width}x{height}"), &state);
        press(&mut state, &["6"]);
        assert_picture(&format!("operations_pane_{width}x{height}"), &state);
    }
}

#[test]
fn a_screen_of_their_own() {
    type Made = fn() -> Operation;
    let states: [(&str, Made); 3] = [("following", || redeploy(Phase::Following)), ("paused", paused), ("interrupted", interrupted)];
    for (name, operation) in states {
        for (width, height) in SIZES {
            let scale = fixture::operation(Phase::Done, "8 of 8 in service and healthy", Some((8, 8)));
            let mut state = shown(width, height, &[scale, operation()]);
            press(&mut state, &["o", "enter"]);
            assert_picture(&format!("operations_{name}_{width}x{height}"), &state);
        }
    }
}

#[test]
fn nothing_yet() {
    let mut state = shown(80, 24, &[]);
    press(&mut state, &["o"]);
    assert_picture("operations_none_80x24", &state);
}

#[test]
fn an_order_without_a_way_back_is_asked_first() {
    let mut state = shown(80, 24, &[interrupted()]);
    press(&mut state, &["o", "b"]);
    assert_picture("order_roll_back_80x24", &state);
    press(&mut state, &["esc", "w"]);
    assert_picture("order_resume_80x24", &state);
}

/// What stands where does not depend on how far an operation is: only rows of the pane change.
#[test]
fn the_deck_does_not_jump_while_an_operation_goes_on() {
    let head = |operation: Operation| {
        let state = shown(120, 40, &[operation]);
        let shown = text(&draw(&state, &super::look::dark()));
        shown.lines().take(24).skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut begun = redeploy(Phase::Checking);
    begun.slots.clear();
    begun.progress = None;
    assert_eq!(head(begun), head(redeploy(Phase::Following)));
    assert_eq!(head(paused()), head(redeploy(Phase::Following)));
}

#[test]
fn slots_read_without_colour() {
    let mut state = shown(120, 40, &[redeploy(Phase::Following)]);
    press(&mut state, &["o", "enter"]);
    let mono = text(&draw(&state, &Theme::load("dark", None, ColorDepth::Mono).unwrap()));
    for want in ["░", "▒", "▓", "█", "·", "✓", "registering", "draining", "waiting"] {
        assert!(mono.contains(want), "{want}\n{mono}");
    }
}
