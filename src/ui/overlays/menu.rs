//! The menu of what can be done with what is selected.

use super::super::footer::key_face;
use super::super::pen::Pen;
use super::{Line, draw_lines, open_dialog};
use crate::app::state::{Menu, State};
use crate::config::theme::Role;

const WIDTH: u16 = 62;

pub fn draw_menu(pen: &mut Pen<'_>, state: &State, menu: &Menu) {
    // The chosen line stays in sight where the screen is short.
    let room = usize::from(crate::app::layout::dialog_lines(state)).saturating_sub(2).max(1);
    let first = (menu.selected + 1).saturating_sub(room);
    let lines: Vec<Line> = menu
        .commands
        .iter()
        .enumerate()
        .skip(first)
        .take(room)
        .map(|(i, command)| {
            let here = i == menu.selected;
            let key = state.session.keymap.keys_of(*command).first().map_or_else(String::new, |k| key_face(&k.to_string()));
            Line {
                left: vec![
                    (if here { "▸ " } else { "  " }.into(), Role::Key),
                    (command.title().into(), if here { Role::TextStrong } else { Role::Text }),
                ],
                right: vec![(key.into(), Role::Key)],
            }
        })
        .collect();
    let tail = [
        Line::default(),
        Line {
            left: vec![("⏎".into(), Role::Key), (" shows what it does".into(), Role::KeyLabel)],
            right: vec![("esc".into(), Role::Key), (" leaves it be".into(), Role::KeyLabel)],
        },
    ];
    let area = open_dialog(pen, state, &menu.title, WIDTH, (lines.len() + tail.len()) as u16);
    draw_lines(pen, area, &lines, &tail);
}
