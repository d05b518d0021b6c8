//! Two small questions: quit although something of ours is under way, and what a provider must know (an MFA code).

use super::super::pen::Pen;
use super::super::text;
use super::{Line, draw_lines, open_dialog};
use crate::app::secret::Secret;
use crate::app::state::State;
use crate::config::theme::Role;
use crate::domain::Label;

const WIDTH: u16 = 58;

pub fn draw_confirm_quit(pen: &mut Pen<'_>, state: &State) {
    let open: Vec<_> = state.operations.iter().filter(|o| !o.phase.is_over()).collect();
    let mut lines: Vec<Line> = text::wrap("This is still under way. It ends with this console, for the estate is simulated.", WIDTH)
        .into_iter()
        .map(|l| Line::text(l, Role::Text))
        .collect();
    lines.push(Line::default());
    for operation in open.iter().take(5) {
        lines.push(Line::of(vec![
            ("◑ ".to_owned(), Role::Motion),
            (operation.title.to_string(), Role::TextStrong),
            (format!("  {}", operation.phase.word()), Role::TextDim),
        ]));
    }
    let tail = [
        Line::default(),
        Line {
            left: vec![("y".into(), Role::Key), (" quits".into(), Role::KeyLabel)],
            right: vec![("esc".into(), Role::Key), (" stays".into(), Role::KeyLabel)],
        },
    ];
    let area = open_dialog(pen, state, "Quit?", WIDTH, (lines.len() + tail.len()) as u16);
    draw_lines(pen, area, &lines, &tail);
}

pub fn draw_question(pen: &mut Pen<'_>, state: &State, title: &Label, prompt: &Label, secret: bool, input: &Secret) {
    let mut lines: Vec<Line> = text::wrap(prompt, WIDTH).into_iter().map(|l| Line::text(l, Role::Text)).collect();
    lines.push(Line::default());
    let shown = if secret { "•".repeat(input.reveal().chars().count()) } else { Label::new(input.reveal()).to_string() };
    lines.push(Line::of(vec![("▸ ".to_owned(), Role::Key), (format!("{shown}▏"), Role::FieldFocused)]));
    let tail = [
        Line::default(),
        Line {
            left: vec![("⏎".into(), Role::Key), (" answers".into(), Role::KeyLabel)],
            right: vec![("esc".into(), Role::Key), (" gives up".into(), Role::KeyLabel)],
        },
    ];
    let area = open_dialog(pen, state, title, WIDTH, (lines.len() + tail.len()) as u16);
    draw_lines(pen, area, &lines, &tail);
}
