//! The form that asks how long an alarm is mute.

use super::super::pen::Pen;
use super::super::words;
use super::{Line, draw_lines, form_foot, open_dialog};
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
    let tail = form_foot(form.problem.as_ref(), &[("⏎", "see what it does"), ("↑↓", "longer, shorter")], room);
    let area = open_dialog(pen, state, &format!("Mute {}", form.name), WIDTH, (lines.len() + tail.len()) as u16);
    draw_lines(pen, area, &lines, &tail);
}
