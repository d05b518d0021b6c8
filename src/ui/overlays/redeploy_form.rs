//! The form behind `R`: four ways, what each would mean here, and what can be set of the chosen one.

use super::super::pen::Pen;
use super::super::text;
use super::{Line, draw_lines, form_foot, open_dialog, wrapped};
use crate::app::layout;
use crate::app::overlay::fields::{Field, Input};
use crate::app::state::{Offer, RedeployForm, State};
use crate::config::theme::Role;

const WIDTH: u16 = 78;
/// Cells of a field's name.
const NAME: usize = 14;

pub fn draw_redeploy_form(pen: &mut Pen<'_>, state: &State, form: &RedeployForm) {
    let screen = layout::screen(state);
    let room = WIDTH.min(screen.width.saturating_sub(4));
    let mut lines = Vec::new();
    for (i, offer) in form.offers.iter().enumerate() {
        lines.push(way(form, i, offer, room));
    }
    lines.push(Line::default());
    let tail = form_foot(form.problem.as_ref(), &[("⏎", "see what it does"), ("↑↓", "another way"), ("tab", "settings")], room);
    let about = form.offer().map_or_else(Vec::new, |o| explained(o, room));
    let fields = form.own_fields();
    // Where not all has room, the words give way to the fields while these are being set, and the other way round.
    let left = usize::from(layout::dialog_lines(state)).saturating_sub(lines.len() + tail.len() + 1);
    let (about_room, field_room) = if about.len() + fields.len() < left {
        (about.len(), fields.len())
    } else if form.field.is_some() {
        let fields = fields.len().min(left.saturating_sub(2));
        (left.saturating_sub(fields + 1), fields)
    } else {
        // Three at least, and all that the words leave.
        let fields = fields.len().min(left.saturating_sub(about.len() + 1).max(left.min(9) / 3));
        (left.saturating_sub(fields + 1), fields)
    };
    let cut = about.len() > about_room;
    let shown = if cut { about_room.saturating_sub(1) } else { about.len() };
    let hidden = about.len() - shown;
    lines.extend(about.into_iter().take(shown));
    if cut && about_room > 0 {
        lines.push(Line::text(format!("…{hidden} lines more on a taller screen"), Role::Warning));
    }
    if field_room > 0 {
        let first = form.field.map_or(0, |f| (f + 1).saturating_sub(field_room));
        let last = (first + field_room).min(fields.len());
        let all = fields.len() == field_room;
        let hidden = if all { String::new() } else { format!("settings {}–{last} of {}", first + 1, fields.len()) };
        lines.push(Line { left: Vec::new(), right: vec![(hidden.into(), Role::TextDim)] });
        lines.extend((first..last).map(|i| field_line(&fields[i], form.field == Some(i), room)));
    }
    let area = open_dialog(pen, state, &format!("Redeploy {}", form.title), WIDTH, (lines.len() + tail.len()) as u16);
    draw_lines(pen, area, &lines, &tail);
}

/// One way in one line: its number, its name, and whether it can work here.
fn way(form: &RedeployForm, i: usize, offer: &Offer, room: u16) -> Line {
    let here = i == form.at;
    let (glyph, glyph_role) = if offer.refused.is_empty() { ("●", Role::Good) } else { ("✕", Role::Unknown) };
    let name = match (here, !offer.refused.is_empty()) {
        (true, _) => Role::TextStrong,
        (false, true) => Role::TextDim,
        (false, false) => Role::Text,
    };
    let cursor = if !here {
        "  "
    } else if form.field.is_none() {
        "▸ "
    } else {
        "· "
    };
    let remark = offer.refused.first().map_or_else(String::new, |why| format!("not here: {why}"));
    Line::of(vec![
        (cursor.to_owned(), Role::Key),
        (format!("{} ", i + 1), Role::Key),
        (format!("{glyph} "), glyph_role),
        (format!("{:<17}", offer.way.title()), name),
        (text::cut_end(&remark, room.saturating_sub(23)).into_owned(), Role::TextDim),
    ])
}

/// What the chosen way would mean here.
fn explained(offer: &Offer, room: u16) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for why in &offer.refused {
        lines.extend(wrapped("▲", &format!("cannot work here: {why}"), Role::Critical, Role::Critical, room));
    }
    if !offer.refused.contains(&offer.about) {
        lines.extend(text::wrap(&offer.about, room).into_iter().map(|l| Line::text(l, Role::Text)));
    }
    lines
}

fn field_line(field: &Field, focused: bool, room: u16) -> Line {
    let role = if focused { Role::FieldFocused } else { Role::Field };
    let (value, cursor) = match &field.input {
        Input::Text(text) => (text.clone(), if focused { "▏" } else { " " }),
        Input::Switch(on) => (if *on { "[✓]" } else { "[ ]" }.to_owned(), " "),
        Input::Choice { at, words } => (words.get(*at).copied().unwrap_or_default().to_owned(), " "),
    };
    let value = text::cut_end(&value, 28).into_owned();
    let wide = text::width(&value).max(8);
    let pad = " ".repeat(usize::from(wide - text::width(&value)));
    let taken = 2 + NAME as u16 + wide + 2;
    Line::of(vec![
        (if focused { "▸ " } else { "  " }.to_owned(), Role::Key),
        (format!("{:<NAME$}", field.name), if focused { Role::TextStrong } else { Role::Text }),
        (value, role),
        (cursor.to_owned(), Role::Key),
        (format!("{pad} "), Role::Text),
        (text::cut_end(field.hint, room.saturating_sub(taken)).into_owned(), Role::TextDim),
    ])
}
