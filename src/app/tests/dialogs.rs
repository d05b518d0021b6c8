//! Help, palette, questions, leaving.

use super::*;
use crate::app::overlay::palette;
use crate::app::secret::Secret;
use crate::app::{help, layout};
use crate::command::{ALL, Command};

fn question(id: u64) -> Msg {
    Msg::Question { id, title: Label::new("MFA"), prompt: Label::new("code"), secret: true }
}

#[test]
fn quitting_asks_only_while_something_of_the_simulated_estate_is_in_flight() {
    for (keys, want) in [
        ("q", true),
        ("ctrl-c", true),
        ("? ctrl-c", true),
        ("s ctrl-c", true),
        ("+ enter q", false),
        ("+ enter q esc", false),
        ("+ enter q q", false),
        ("+ enter q y", true),
        ("+ enter q enter", true),
        ("+ enter ctrl-c ctrl-c", true),
        ("+ enter q ctrl-c", true),
        ("+ q", false),
    ] {
        let mut c = Console::new("portal");
        c.state.session.environment = Environment::Simulated;
        let effects = c.press(keys);
        assert_eq!(effects.contains(&Effect::Quit), want, "{keys}: {effects:?}");
    }
    // Elsewhere it has a process of its own, and nothing is lost by leaving.
    let mut c = Console::new("portal");
    c.state.session.environment = Environment::Development;
    assert!(c.press("+ enter q").contains(&Effect::Quit));
}

#[test]
fn help_lists_every_command_with_its_keys() {
    let c = Console::new("portal");
    let listed: Vec<_> = help(&c.state).into_iter().flat_map(|(_, rows)| rows).collect();
    let keyed = |command: &&Command| crate::app::hints::is_available(&c.state, **command) && !command.default_keys().is_empty();
    assert_eq!(listed.len(), ALL.iter().filter(keyed).count());
    assert_eq!(listed.len(), 36, "what acts on members, databases, alarms and operations is not for this screen");
    assert!(listed.contains(&("j  down".to_owned(), Command::Down.title())));
}

#[test]
fn help_scrolls_to_its_end_and_no_further() {
    let mut c = Console::sized("portal", 80, 16);
    c.press("? pagedown pagedown pagedown pagedown pagedown pagedown");
    let inner = layout::help(&c.state).inner().height as usize;
    let lines = crate::app::overlay::help::line_count(&c.state);
    assert_eq!(c.state.overlays, [Overlay::Help { offset: lines - inner }]);
    c.press("g");
    assert_eq!(c.state.overlays, [Overlay::Help { offset: 0 }]);
    c.press("?");
    assert!(c.state.overlays.is_empty());
}

#[test]
fn the_palette_finds_commands_by_a_few_letters() {
    let c = Console::new("portal");
    for (input, want) in [
        ("quit", Command::Quit),
        ("sc", Command::ScaleUp),
        ("scale", Command::ScaleTo),
        ("down", Command::Down),
        ("light", Command::Theme),
        ("zm", Command::Zoom),
        ("Balancers", Command::PanePools),
    ] {
        assert_eq!(palette::matches(&c.state, input).first(), Some(&want), "{input}");
    }
    assert_eq!(palette::matches(&c.state, "xyzzy"), []);
}

#[test]
fn the_palette_runs_what_is_chosen() {
    let mut c = Console::new("portal");
    c.press(":");
    c.type_text("zoom");
    c.press("enter");
    assert!(c.state.deck.zoom && c.state.overlays.is_empty());
    c.press(": down up down esc");
    assert!(c.state.overlays.is_empty());
    c.press(":");
    c.type_text("nothing like it");
    c.press("down enter");
    assert!(c.state.overlays.is_empty());
}

#[test]
fn keys_in_a_text_field_are_text() {
    let mut c = Console::new("portal");
    c.press("/ q + ? : p 1 z");
    assert_eq!((c.groups().filter.as_str(), c.state.deck.zoom, c.state.overlays.len()), ("q+?:p1z", false, 1));
}

#[test]
fn words_are_deleted_whole_whatever_stands_between_them() {
    for (text, want) in [("one two", "one "), ("one two  ", "one "), ("one", ""), ("größe\u{3000}日本", "größe\u{3000}"), ("", "")] {
        let mut c = Console::new("portal");
        c.press("/");
        c.type_text(text);
        c.press("ctrl-w");
        assert_eq!(c.groups().filter, want, "{text:?}");
    }
}

#[test]
fn a_question_is_answered_or_given_up() {
    let mut c = Console::new("portal");
    c.send(question(7));
    assert_eq!(c.press("enter"), [], "an empty answer is none");
    c.send(Msg::Paste(" 123".into()));
    c.type_text("456");
    assert!(!format!("{:?}", c.state.overlays).contains("123"), "a secret does not show in logs");
    assert_eq!(c.press("enter"), [Effect::Answer { question: 7, text: Some(Secret::new("123456")) }]);
    c.send(question(8));
    assert_eq!(c.press("1 esc"), [Effect::Answer { question: 8, text: None }]);
    assert!(c.state.overlays.is_empty());
}

#[test]
fn a_question_waits_until_open_dialogs_are_through() {
    let mut c = Console::new("portal");
    c.press(":");
    c.send(question(1));
    c.send(question(2));
    c.type_text("zoom");
    c.press("esc");
    assert_eq!(c.press("1 enter 2 enter").len(), 2);
    assert!(!c.state.deck.zoom);
}

#[test]
fn commands_for_the_world_outside_become_effects() {
    for (keys, want) in [
        ("ctrl-r", vec![Effect::Refresh]),
        ("ctrl-z", vec![Effect::Suspend]),
        ("? ctrl-z", vec![Effect::Suspend]),
        ("T T", vec![Effect::Theme("light".into()), Effect::Theme("dark".into())]),
    ] {
        assert_eq!(Console::new("portal").press(keys), want, "{keys}");
    }
    assert_eq!(Console::new("portal").send(Msg::Resumed), [Effect::Refresh]);
}

#[test]
fn every_size_has_a_layout_and_areas_stay_on_the_screen() {
    for width in (0..210).step_by(7) {
        for height in 0..64 {
            let mut c = Console::sized("a! b", width, height);
            for keys in ["", "z", "enter", "tab", "?", "esc :", "esc esc 3 enter"] {
                c.press(keys);
                let (deck, detail) = (layout::deck(&c.state), layout::detail(&c.state));
                let areas = deck.panes.iter().flatten().chain([&deck.header, &deck.footer, &detail.main, &detail.rows, &detail.facts]);
                for a in areas {
                    assert!(a.x + a.width <= width && a.y + a.height <= height, "{width}×{height} {keys}: {a:?}");
                }
            }
        }
    }
}

#[test]
fn the_three_sizes_show_rows() {
    use crate::app::view::ListId;
    for (w, h, panes, rows) in [(80, 24, 1, 18), (120, 40, 5, 16), (200, 60, 5, 28), (20, 5, 1, 1)] {
        let c = Console::sized("a", w, h);
        assert_eq!(layout::deck(&c.state).panes.iter().flatten().count(), panes, "{w}×{h}");
        assert!(layout::list_height(&c.state, ListId::Deck(Pane::Groups)) >= rows, "{w}×{h}");
    }
}
