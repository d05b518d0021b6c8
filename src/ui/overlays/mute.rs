//! The form that asks how long an alarm is mute.

use super::super::pen::Pen;
use super::super::words;
use super::{Line, draw_lines, open_dialog, wrapped};
use crate::app::layout;
use crate::app::state::{MuteForm, State};
use crate::config::theme::Role;

const WIDTH: u16 = 58;

pub fn draw_mute(pen: &mut Pen<'_>, state: &State, form: &MuteForm) {
    let room = WIDTH.min(layout::screen(state).width.saturating_sub(4));
    let until = form.wait().ok().and_then(|wait| state.now.wall.checked_add(wait).ok());
    let until = until.map_or_else(String::new, |at| {
        format!("   until {}", words::clock(crate::domain::Now { wall: at, ..state.now }, &state.session.zone))
    });
    let lines = [Line::of(vec![
        ("mute for ".to_owned(), Role::Text),
        (form.typed.clone(), Role::FieldFocused),
        ("▏".to_owned(), Role::Key),
        (until, Role::TextDim),
    ])];
    let mut tail = vec![Line::default()];
    if let Some(problem) = &form.problem {
        tail.extend(wrapped("●", problem, Role::Warning, Role::Warning, room));
    }
    tail.push(Line {
        left: vec![
            ("⏎".into(), Role::Key),
            (" see what it does".into(), Role::KeyLabel),
            ("   ↑↓".into(), Role::Key),
            (" longer, shorter".into(), Role::KeyLabel),
        ],
        right: vec![("esc".into(), Role::Key), (" leaves".into(), Role::KeyLabel)],
    });
    let area = open_dialog(pen, state, &format!("Mute {}", form.name), WIDTH, (lines.len() + tail.len()) as u16);
    draw_lines(pen, area, &lines, &tail);
}
