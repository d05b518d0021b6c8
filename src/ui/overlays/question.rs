//! Small ones: quit although something of ours is under way, what a provider must know (an MFA code), and a sentence that only has to be
//! read.

use super::super::pen::Pen;
use super::super::text;
use super::{Line, draw_lines, open_dialog};
use crate::app::secret::Secret;
use crate::app::state::State;
use crate::config::theme::Role;
use crate::domain::{Environment, Label};

const WIDTH: u16 = 58;

pub fn draw_confirm_quit(pen: &mut Pen<'_>, state: &State) {
    let open: Vec<_> = state.operations.iter().filter(|o| !o.phase.is_over()).collect();
    let simulated = state.session.environment == Environment::Simulated;
    let why = if simulated {
        "This is still under way. It ends with this console, for the estate is simulated."
    } else {
        "What is under way goes on without this console."
    };
    let mut lines: Vec<Line> = text::wrap(why, WIDTH).into_iter().map(|l| Line::text(l, Role::Text)).collect();
    lines.push(Line::default());
    for operation in open.iter().take(5) {
        let phase = format!("  {}", operation.phase.word());
        let title = text::cut_end(&operation.title, WIDTH.saturating_sub(2 + text::width(&phase))).into_owned();
        lines.push(Line::of(vec![("◑ ".to_owned(), Role::Motion), (title, Role::TextStrong), (phase, Role::TextDim)]));
    }
    if open.len() > 5 {
        lines.push(Line::text(format!("  and {} more", open.len() - 5), Role::TextDim));
    }
    if let Some(queue) = state.queue.as_ref().filter(|q| !q.waiting.is_empty()) {
        let names: Vec<&str> = queue.waiting.iter().take(6).map(|w| &*w.name).collect();
        let more = queue.waiting.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let then = if simulated {
            "They will not be begun"
        } else {
            "Without this console nobody begins them: they are listed as interrupted, to be resumed or abandoned (o, or pilothouse ops)"
        };
        let words = format!("confirmed, but not begun: {}{more}. {then}", names.join(", "));
        lines.push(Line::default());
        lines.extend(super::wrapped("●", &words, Role::Warning, Role::Warning, WIDTH));
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

pub fn draw_told(pen: &mut Pen<'_>, state: &State, title: &Label, said: &Label) {
    let lines: Vec<Line> = text::wrap(said, WIDTH).into_iter().map(|l| Line::text(l, Role::Text)).collect();
    let tail = [Line::default(), Line { left: Vec::new(), right: vec![("esc".into(), Role::Key), (" closes".into(), Role::KeyLabel)] }];
    let area = open_dialog(pen, state, title, WIDTH, (lines.len() + tail.len()) as u16);
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
