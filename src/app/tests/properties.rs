//! Whatever happens in whatever order: no panic, a valid selection, the same answer twice, and no change without leave.

use proptest::prelude::*;

use super::*;
use crate::app::msg::{Mouse, MouseKind};
use crate::app::view::ListId;
use crate::config::keymap::KeyCode;
use crate::domain::{Operation, OperationId, Order, Phase};

/// What can happen to a console.
#[derive(Clone, Debug)]
enum Event {
    Key(Key),
    Paste(String),
    Mouse(Mouse),
    Resize(u16, u16),
    Wait(u64),
    /// A group appears, changes or vanishes.
    Group(u8, u32, u8),
    Gone(u8),
    /// Members leave a group.
    Members(u8, u8),
    Operation(u64, u8),
    Question(u64),
}

fn key() -> impl Strategy<Value = Key> {
    let named = prop::sample::select(vec![
        "enter",
        "esc",
        "tab",
        "shift-tab",
        "space",
        "backspace",
        "up",
        "down",
        "pageup",
        "pagedown",
        "home",
        "end",
        "+",
        "-",
        "s",
        "R",
        "F",
        "u",
        "c",
        "P",
        "o",
        "6",
        "w",
        "H",
        "b",
        "A",
        "j",
        "k",
        "g",
        "G",
        "/",
        ":",
        "?",
        "p",
        "z",
        "1",
        "2",
        "3",
        "4",
        "5",
        "q",
        "y",
        "[",
        "]",
        "ctrl-u",
        "ctrl-w",
        "ctrl-r",
    ]);
    prop_oneof![
        8 => named.prop_map(|k| Key::parse(k).unwrap()),
        1 => any::<char>().prop_map(Key::char),
        1 => (any::<bool>(), any::<bool>(), any::<bool>(), any::<char>()).prop_map(|(ctrl, alt, shift, c)| Key { code: KeyCode::Char(c), ctrl, alt, shift }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let kind = prop::sample::select(vec![MouseKind::Press, MouseKind::DoublePress, MouseKind::ScrollUp, MouseKind::ScrollDown]);
    prop_oneof![
        20 => key().prop_map(Event::Key),
        1 => ".{0,12}".prop_map(Event::Paste),
        2 => (kind, 0..220_u16, 0..70_u16).prop_map(|(kind, column, row)| Event::Mouse(Mouse { kind, column, row })),
        1 => (0..220_u16, 0..70_u16).prop_map(|(w, h)| Event::Resize(w, h)),
        1 => (0..400_u64).prop_map(Event::Wait),
        4 => (0..40_u8, 0..8_u32, 0..5_u8).prop_map(|(g, n, v)| Event::Group(g, n, v)),
        3 => (0..40_u8).prop_map(Event::Gone),
        2 => (0..40_u8, 0..8_u8).prop_map(|(g, n)| Event::Members(g, n)),
        1 => (0..5_u64, 0..9_u8).prop_map(|(r, p)| Event::Operation(r, p)),
        1 => (0..5_u64).prop_map(Event::Question),
    ]
}

fn apply(c: &mut Console, event: &Event) -> Vec<Effect> {
    match event {
        Event::Key(key) => c.send(Msg::Key(*key)),
        Event::Paste(text) => c.send(Msg::Paste(text.clone())),
        Event::Mouse(mouse) => c.send(Msg::Mouse(*mouse)),
        Event::Resize(width, height) => c.send(Msg::Resize { width: *width, height: *height }),
        Event::Wait(seconds) => c.wait(*seconds).send(Msg::Tick),
        Event::Group(n, desired, verdict) => {
            let verdict = [Verdict::Ok, Verdict::Notice, Verdict::Unknown, Verdict::Warning, Verdict::Critical][*verdict as usize];
            c.estate.group(&format!("g{n:02}"), *desired, verdict);
            c.refresh()
        }
        Event::Gone(n) => {
            c.estate.without(&format!("g{n:02}"));
            c.refresh()
        }
        Event::Members(n, from) => {
            let gone = group_id(&format!("g{n:02}"));
            if let Some(g) = c.estate.groups.iter_mut().find(|g| g.item.id == gone) {
                let members = g.item.members.split_off((*from as usize).min(g.item.members.len()));
                drop(members);
                g.item.tallied = crate::domain::memo::Memo::default();
            }
            c.refresh()
        }
        Event::Operation(request, 8) => c.send(Msg::NotBegun { request: *request, why: Label::default() }),
        Event::Operation(request, phase) => {
            let phase = [
                Phase::Checking,
                Phase::Calling,
                Phase::Following,
                Phase::Done,
                Phase::Refused,
                Phase::Failed,
                Phase::Stuck,
                Phase::Interrupted,
            ][*phase as usize];
            c.send(Msg::Operation(Operation {
                phase,
                note: Label::default(),
                orders: Order::ALL.to_vec(),
                ..Operation::new(OperationId(request.to_string()), *request, group_id("g01"), "scale", Label::new("scale"), Now::at(0).wall)
            }))
        }
        Event::Question(id) => c.send(Msg::Question { id: *id, title: Label::default(), prompt: Label::default(), secret: false }),
    }
}

fn check_list(list: &ListState, what: &str) {
    let rows = list.rows.len();
    // A pane that was never filled has no measures either.
    assert!(list.tops.len() == rows + 1 || (rows == 0 && list.tops.is_empty()), "{what}: measured");
    assert!(list.offset < rows.max(1), "{what}: offset {} of {rows}", list.offset);
    match &list.selected {
        Some(key) => {
            let row = list.rows.get(list.position).unwrap_or_else(|| panic!("{what}: position {} of {rows}", list.position));
            assert_eq!(&row.key, key, "{what}: the position is that of the key");
            assert_eq!(row.index.is_none(), list.ghost.is_some(), "{what}: there or a ghost");
        }
        None => assert_eq!(rows, 0, "{what}: something is always selected"),
    }
    assert!(list.rows.iter().filter(|r| r.index.is_none()).count() <= 1, "{what}: one ghost at most");
}

fn check(c: &Console) {
    for pane in Pane::ALL.into_iter().filter(|p| *p != Pane::Metrics) {
        check_list(c.list(pane), pane.title());
        for row in &c.list(pane).rows {
            if let (RowKey::Resource(id), Some(_)) = (&row.key, row.index) {
                assert!(c.state.shown().contains(id), "{id:?} is shown but not there");
            }
        }
    }
    if let Some(id) = ListId::focused(&c.state).filter(|id| *id != ListId::Deck(Pane::Metrics)) {
        check_list(id.of(&c.state).unwrap(), "focused");
    }
    let ends =
        c.state.overlays.iter().filter(|o| matches!(o, Overlay::Filter { .. } | Overlay::ConfirmQuit | Overlay::Help { .. })).count();
    assert!(ends <= 3 && c.state.overlays.len() <= 20, "{:?}", c.state.overlays);
    for (below, above) in c.state.overlays.iter().zip(c.state.overlays.iter().skip(1)) {
        let form = matches!(below, Overlay::ScaleForm(_) | Overlay::Redeploy(_) | Overlay::Processes(_) | Overlay::Mute(_));
        let card = matches!(above, Overlay::Card(_) | Overlay::Bulk(_));
        let stacks = matches!((below, above), (Overlay::Question { .. }, _) | (_, Overlay::ConfirmQuit)) || form && card;
        assert!(stacks, "{above:?} on {below:?}");
    }
    assert!(c.state.operations.len() <= 50 && c.state.back.len() <= 16);
}

fn console(read_only: bool) -> Console {
    let names: Vec<String> = (0..30).map(|n| format!("g{n:02}{}", ["", "!", "?"][n % 3])).collect();
    Console::with(Estate::of(&names.join(" ")), session(Environment::Development, read_only), 120, 40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_in_any_order_leaves_a_sane_state(events in prop::collection::vec(event(), 1..80)) {
        let mut c = console(false);
        for event in &events {
            apply(&mut c, event);
            check(&c);
        }
    }

    #[test]
    fn the_same_input_gives_the_same_output(events in prop::collection::vec(event(), 1..40)) {
        let (mut a, mut b) = (console(false), console(false));
        for event in &events {
            prop_assert_eq!(apply(&mut a, event), apply(&mut b, event));
        }
        prop_assert_eq!(format!("{:?}", a.state), format!("{:?}", b.state));
    }

    #[test]
    fn data_never_moves_a_touched_selection(events in prop::collection::vec(event(), 1..40), down in 0..25_usize) {
        let mut c = console(false);
        for _ in 0..=down {
            c.press("j");
        }
        let before = c.selected();
        for event in events.iter().filter(|e| matches!(e, Event::Group(..) | Event::Gone(..) | Event::Members(..) | Event::Wait(..))) {
            apply(&mut c, event);
            prop_assert_eq!(c.selected(), before.clone());
        }
    }

    #[test]
    fn filters_never_panic_and_only_narrow(text in ".{0,20}") {
        let mut c = console(false);
        c.press("/");
        let mut last = usize::MAX;
        for ch in text.chars() {
            c.type_text(&ch.to_string());
            prop_assert!(c.groups().rows.len() <= last);
            last = c.groups().rows.len();
        }
    }
}

#[test]
fn ten_thousand_random_keys_change_nothing_in_a_read_only_console() {
    let mut c = console(true);
    let running = Operation::new(OperationId("x".into()), 1, group_id("g01"), "redeploy", Label::new("Redeploy g01"), Now::at(0).wall);
    c.send(Msg::Operation(Operation { phase: Phase::Paused, orders: Order::ALL.to_vec(), ..running }));
    let keys: Vec<Key> =
        (' '..='~').map(Key::char).chain("enter esc tab up down pageup pagedown".split(' ').map(|k| Key::parse(k).unwrap())).collect();
    let mut dice = fastrand::Rng::with_seed(42);
    for n in 0..10_000 {
        let key = keys[dice.usize(..keys.len())];
        let effects = c.send(Msg::Key(key));
        let changes = |e: &Effect| matches!(e, Effect::Operate { .. } | Effect::Order { .. } | Effect::Undo { .. } | Effect::Thaw { .. });
        assert!(!effects.iter().any(changes), "key {n}: {key}");
        let looks =
            |o: &Overlay| matches!(o, Overlay::Help { .. } | Overlay::Palette { .. } | Overlay::Filter { .. } | Overlay::ConfirmQuit);
        assert!(c.state.overlays.iter().all(looks), "key {n}: {key}");
    }
}

#[test]
fn the_same_keys_do_change_something_where_it_is_allowed() {
    let mut c = console(false);
    assert_eq!(operated(&c.press("+ enter")).len(), 1, "else the test above proves nothing");
}
