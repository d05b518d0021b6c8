//! Order, selection, ghosts, filter, marks, hold.

use super::*;
use crate::app::list::Motion;
use crate::app::msg::{Mouse, MouseKind};
use crate::app::{hints, layout, next_change};
use crate::domain::Focus;

#[test]
fn trouble_comes_first_and_takes_a_line_for_its_reason() {
    let c = Console::new("web api! search? cron");
    assert_eq!(c.rows(Pane::Groups), ">api search cron web");
    let heights: Vec<u8> = c.groups().rows.iter().map(|r| r.height).collect();
    assert_eq!(heights, [2, 2, 1, 1]);
    assert_eq!(c.groups().tops, [0, 2, 4, 5, 6]);
}

#[test]
fn alarms_that_fire_stand_above_the_changes_newest_first() {
    assert_eq!(Console::new("portal").rows(Pane::Changes), ">5xx late early lost");
}

#[test]
fn an_alarm_and_its_flip_are_told_once() {
    let mut c = Console::new("portal");
    let flip = Change {
        id: Label::new("alarm 5xx"),
        at: Now::at(10).wall,
        kind: ChangeKind::Alarm,
        verdict: Verdict::Warning,
        about: Some(id(Kind::Pool, "portal-tg")),
        title: Label::new("5xx firing"),
        detail: None,
        who: None,
    };
    c.estate.changes.push(flip.clone());
    c.refresh();
    assert_eq!((c.rows(Pane::Changes).as_str(), c.list(Pane::Changes).total), (">5xx late early lost", 4));
    c.estate.changes.push(Change { id: Label::new("before"), at: Now::at(5).wall, ..flip });
    c.refresh();
    assert_eq!(c.rows(Pane::Changes), ">5xx late early lost before", "an earlier flip of the same alarm is news of its own");
    let history = crate::app::view::history(&c.state.live, &id(Kind::Pool, "portal-tg"));
    assert_eq!(history.iter().map(|r| name(&r.key)).collect::<Vec<_>>(), ["5xx", "before"]);
}

#[test]
fn keys_move_the_cursor() {
    for (keys, want) in [
        ("j", "b"),
        ("down j", "c"),
        ("j j k", "b"),
        ("k", "a"),
        ("G", "e"),
        ("end up", "d"),
        ("G g", "a"),
        ("j home", "a"),
        ("pagedown", "e"),
        ("G pageup", "a"),
        ("G j", "e"),
    ] {
        let mut c = Console::new("a b c d e");
        c.press(keys);
        assert_eq!(c.selected(), want, "{keys}");
    }
}

#[test]
fn panes_are_reached_by_number_and_in_a_ring() {
    for (keys, want) in [
        ("2", Pane::Pools),
        ("tab", Pane::Pools),
        ("tab tab tab tab tab", Pane::Groups),
        ("shift-tab", Pane::Changes),
        ("5 1", Pane::Groups),
        ("3", Pane::Databases),
        ("4", Pane::Metrics),
    ] {
        let mut c = Console::new("a");
        c.press(keys);
        assert_eq!(c.state.deck.focus, want, "{keys}");
    }
}

#[test]
fn until_the_list_is_touched_the_selection_follows_the_worst() {
    let mut c = Console::new("a b c");
    c.estate.group("c", 4, Verdict::Critical);
    c.refresh();
    assert_eq!(c.rows(Pane::Groups), ">c a b");
    // The key was on its way to another row: it asks again.
    assert_eq!(c.press("+"), []);
    assert!(c.state.overlays.is_empty() && c.notice().contains("just changed"), "{}", c.notice());
    c.press("+");
    assert_eq!(&*c.card().plan.name, "c");
}

#[test]
fn a_touched_selection_keeps_its_thing_and_its_line() {
    let names: Vec<String> = (0..60).map(|n| format!("g{n:02}")).collect();
    let mut c = Console::new(&names.join(" "));
    for _ in 0..40 {
        c.press("j");
    }
    let line = |c: &Console| c.groups().tops[c.groups().position] - c.groups().tops[c.groups().offset];
    let before = line(&c);
    c.estate.group("g59", 4, Verdict::Critical);
    c.estate.group("aaa", 4, Verdict::Ok);
    c.refresh();
    assert_eq!((c.selected().as_str(), line(&c)), ("g40", before));
    c.estate.without("aaa").without("g03").without("g59");
    c.refresh();
    assert_eq!((c.selected().as_str(), line(&c)), ("g40", before));
}

#[test]
fn a_vanished_row_leaves_a_ghost_on_which_keys_are_dead() {
    let mut c = Console::new("a b c");
    c.press("j");
    c.estate.without("b");
    c.refresh();
    assert_eq!(c.rows(Pane::Groups), "a >(b) c");
    assert_eq!(c.groups().ghost.as_deref(), Some("b"));
    for key in ["+", "-", "s", "space"] {
        c.press(key);
        assert!(c.state.overlays.is_empty() && c.notice().contains("gone"), "{key}: {}", c.notice());
    }
    // It stays through reads, and leaves when the user does.
    c.refresh();
    assert_eq!(c.rows(Pane::Groups), "a >(b) c");
    c.press("j");
    assert_eq!(c.rows(Pane::Groups), "a >c");
}

#[test]
fn a_ghost_comes_back_to_life() {
    let mut c = Console::new("a b c");
    c.press("j");
    c.estate.without("b");
    c.refresh();
    c.estate.group("b", 4, Verdict::Ok);
    c.refresh();
    assert_eq!((c.rows(Pane::Groups).as_str(), &c.groups().ghost), ("a >b c", &None));
}

#[test]
fn the_last_ghost_of_an_empty_list_can_be_left() {
    let mut c = Console::new("a");
    c.press("j");
    c.estate.without("a");
    c.refresh();
    assert_eq!(c.rows(Pane::Groups), ">(a)");
    c.press("j k G g");
    assert_eq!(c.rows(Pane::Groups), ">(a)", "there is nowhere to move to");
    c.estate.group("b", 4, Verdict::Ok);
    c.refresh();
    c.press("j");
    assert_eq!(c.rows(Pane::Groups), ">b");
}

#[test]
fn the_filter_narrows_while_it_is_typed() {
    let mut c = Console::new("portal-web portal-api worker");
    c.press("/");
    c.type_text("portal");
    assert_eq!(c.rows(Pane::Groups), ">portal-api portal-web");
    c.type_text(" WEB");
    assert_eq!(c.rows(Pane::Groups), ">portal-web");
    c.press("backspace backspace backspace backspace");
    assert_eq!(c.rows(Pane::Groups), "portal-api >portal-web", "the selected row still matches and stays selected");
    c.press("enter");
    assert!(c.state.overlays.is_empty());
    assert_eq!(c.groups().filter, "portal");
    c.press("esc");
    assert_eq!(c.rows(Pane::Groups), "portal-api >portal-web worker");
}

#[test]
fn esc_while_typing_restores_the_filter_before() {
    let mut c = Console::new("portal worker");
    c.press("/");
    c.type_text("work");
    c.press("enter /");
    c.press("ctrl-u");
    c.type_text("portal");
    assert_eq!(c.rows(Pane::Groups), ">portal");
    c.press("esc");
    assert_eq!((c.rows(Pane::Groups).as_str(), c.groups().filter.as_str()), (">worker", "work"));
}

#[test]
fn a_selected_row_stays_when_new_data_no_longer_matches_the_filter() {
    let mut c = Console::new("api! web!");
    c.press("/");
    c.type_text("critical");
    c.press("enter j");
    c.estate.group("web", 4, Verdict::Ok);
    c.refresh();
    assert_eq!(c.rows(Pane::Groups), "api >web");
}

#[test]
fn pasted_text_goes_into_text_fields_only() {
    let mut c = Console::new("portal worker");
    c.send(Msg::Paste("q\n+\n".to_owned()));
    assert_eq!((c.groups().filter.as_str(), c.state.overlays.len()), ("", 0));
    c.press("/");
    c.send(Msg::Paste("wor\u{1b}[31m\u{202e}\nrm -rf".to_owned()));
    assert_eq!(c.groups().filter, "wor[31m");
}

#[test]
fn marks_toggle_step_on_and_go_with_their_group() {
    let mut c = Console::new("a b c");
    c.press("space space");
    assert_eq!(c.state.marks, [group_id("a"), group_id("b")].into());
    c.press("k space");
    assert_eq!(c.state.marks, [group_id("a")].into());
    c.estate.without("a");
    c.refresh();
    assert!(c.state.marks.is_empty());
    c.press("space esc");
    assert!(c.state.marks.is_empty(), "esc clears marks");
}

#[test]
fn held_still_the_picture_does_not_change_but_keys_move_in_it() {
    let mut c = Console::new("a b");
    c.press("p");
    c.estate.group("0-new", 4, Verdict::Critical);
    c.refresh();
    c.press("j");
    assert_eq!(c.rows(Pane::Groups), "a >b");
    c.press("p");
    assert_eq!(c.rows(Pane::Groups), "0-new a >b");
}

#[test]
fn operations_under_a_held_picture_use_the_live_one() {
    let mut c = Console::new("a b");
    c.press("j p");
    c.estate.group("b", 7, Verdict::Ok);
    c.refresh();
    c.press("+");
    assert_eq!(c.card().plan.impact.desired, (7, 8));
    assert!(c.notice().contains("live"), "{}", c.notice());
}

#[test]
fn the_wheel_scrolls_without_the_cursor_and_a_key_comes_back_to_what_is_seen() {
    let names: Vec<String> = (0..60).map(|n| format!("g{n:02}")).collect();
    let mut c = Console::new(&names.join(" "));
    let groups = layout::deck(&c.state).pane(Pane::Groups).unwrap();
    let at = |kind| Msg::Mouse(Mouse { kind, column: groups.x + 4, row: groups.y + 4 });
    for _ in 0..5 {
        c.send(at(MouseKind::ScrollDown));
    }
    assert_eq!((c.selected().as_str(), c.groups().offset), ("g00", 15));
    c.press("+");
    assert!(c.state.overlays.is_empty() && c.notice().contains("out of sight"), "{}", c.notice());
    assert_eq!(c.groups().offset, 0);
    for _ in 0..5 {
        c.send(at(MouseKind::ScrollDown));
    }
    c.press("j");
    assert_eq!((c.selected().as_str(), c.groups().offset), ("g15", 15));
}

#[test]
fn a_click_selects_and_a_double_click_opens() {
    let mut c = Console::new("a! b c");
    c.press("2");
    let rows = layout::pane_rows(Pane::Groups, layout::deck(&c.state).pane(Pane::Groups).unwrap()).1;
    // The reason of `a` takes the second line.
    let at = |kind, line| Msg::Mouse(Mouse { kind, column: rows.x + 1, row: rows.y + line });
    c.send(at(MouseKind::Press, 2));
    assert_eq!((c.state.deck.focus, c.selected().as_str()), (Pane::Groups, "b"));
    c.send(at(MouseKind::Press, 1));
    assert_eq!(c.selected(), "a");
    c.send(at(MouseKind::Press, 9));
    assert_eq!(c.selected(), "a", "below the last row there is nothing to click");
    c.send(at(MouseKind::DoublePress, 3));
    assert_eq!(c.state.screen.about(), Some(&group_id("c")));
}

#[test]
fn folded_panes_are_reached_by_their_tabs() {
    let mut c = Console::sized("a", 80, 24);
    let deck = layout::deck(&c.state);
    let tabs = layout::pane_tabs(&c.state, deck.tabs.unwrap());
    assert_eq!(deck.panes.iter().flatten().count(), 1);
    c.send(Msg::Mouse(Mouse { kind: MouseKind::Press, column: tabs[4].2.x, row: tabs[4].2.y }));
    assert_eq!(c.state.deck.focus, Pane::Changes);
}

#[test]
fn the_engine_hears_of_a_new_focus_once() {
    let mut c = Console::new("a! b c");
    let focus = |c: &mut Console, keys: &str| -> Vec<Focus> {
        let key = Key::parse(keys).unwrap();
        let effects = update(&mut c.state, Msg::Key(key), Now::at(100));
        effects.into_iter().filter_map(|e| if let Effect::Focus(f) = e { Some(f) } else { None }).collect()
    };
    let moved = focus(&mut c, "j");
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].selected, Some(group_id("b")));
    assert_eq!(moved[0].visible[..3], [group_id("a"), group_id("b"), group_id("c")]);
    assert_eq!(focus(&mut c, "z").len(), 1, "other panes are hidden");
    assert_eq!(focus(&mut c, "f5"), [], "nothing changed");
    assert_eq!(focus(&mut c, "]")[0].window, Some(crate::app::state::WINDOWS[1]));
    assert_eq!(focus(&mut c, "enter")[0].visible[0], group_id("b"));
}

#[test]
fn trouble_off_the_screen_stays_in_focus() {
    let names: Vec<String> = (0..60).map(|n| format!("g{n:02}")).collect();
    let mut c = Console::new(&format!("{} zzz!", names.join(" ")));
    c.press("G");
    assert!(c.groups().offset > 0);
    assert!(c.state.focus_sent.visible.contains(&group_id("zzz")));
}

#[test]
fn the_footer_names_keys_that_mean_something_here() {
    let words = |c: &Console| hints(&c.state).into_iter().map(|(k, w)| format!("{k} {w}")).collect::<Vec<_>>().join(", ");
    let mut c = Console::new("a");
    assert!(words(&c).starts_with("+ one more, - one less, s scale, R redeploy, F freeze, enter open"), "{}", words(&c));
    c.press("2");
    assert!(words(&c).starts_with("enter open, / filter"), "{}", words(&c));
    c.press("1 +");
    assert_eq!(words(&c), "enter do it, esc leave it be");
}

#[test]
fn the_picture_changes_by_itself_every_second_and_not_on_the_first_screen() {
    let c = Console::new("a");
    let half = Now::new(Now::at(100).wall + std::time::Duration::from_millis(400), std::time::Duration::from_millis(100_400));
    assert_eq!(next_change(&c.state, half), Some(std::time::Duration::from_millis(600)));
    let start = State::choosing(session(Environment::Unclassified, false), crate::app::state::Start::default(), Now::at(0), 80, 24);
    assert_eq!(next_change(&start, half), None);
}

#[test]
fn a_notice_goes_by_itself() {
    let mut c = Console::new("a");
    c.send(Msg::Notice(Label::new("hello")));
    c.wait(9).send(Msg::Tick);
    assert_eq!(c.notice(), "hello");
    c.wait(1).send(Msg::Tick);
    assert_eq!(c.notice(), "");
}

#[test]
fn paging_turns_whole_screens_and_keeps_the_line() {
    let names: Vec<String> = (0..100).map(|n| format!("g{n:02}")).collect();
    let mut c = Console::new(&names.join(" "));
    let height = layout::list_height(&c.state, crate::app::view::ListId::Deck(Pane::Groups)) as usize;
    c.press("j j pagedown");
    assert_eq!((c.groups().position, c.groups().offset), (2 + height, height));
    c.press("pageup");
    assert_eq!((c.groups().position, c.groups().offset), (2, 0));
}

#[test]
fn rows_of_two_lines_never_hold_a_motion_back() {
    let names: Vec<String> = (0..30).map(|n| format!("g{n:02}!")).collect();
    let mut c = Console::sized(&names.join(" "), 20, 5);
    for motion in [Motion::PageDown, Motion::Down, Motion::PageDown] {
        let before = c.groups().position;
        c.press(if motion == Motion::Down { "j" } else { "pagedown" });
        assert!(c.groups().position > before, "{motion:?} from {before}");
    }
}
