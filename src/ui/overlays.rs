//! What lies over a screen: one file per overlay. The screen below is veiled where a decision is asked for.

mod assent;
mod bulk;
mod card;
mod help;
mod menu;
mod mute;
mod order;
mod palette;
mod processes;
mod question;
mod redeploy_form;
mod scale_form;

use super::pen::{Corners, Pen, Words};
use super::text;
use crate::app::layout::{self, Area};
use crate::app::state::{Overlay, State};
use crate::config::theme::Role;
use crate::domain::Label;

pub fn draw_overlay(pen: &mut Pen<'_>, state: &State, overlay: &Overlay) {
    match overlay {
        // Typed in the footer, which draws it.
        Overlay::Filter { .. } => {}
        Overlay::Help { offset } => help::draw_help(pen, state, *offset),
        Overlay::Palette { input, selected } => palette::draw_palette(pen, state, input, *selected),
        Overlay::ScaleForm(form) => scale_form::draw_scale_form(pen, state, form),
        Overlay::Card(card) => card::draw_card(pen, state, card),
        Overlay::Bulk(bulk) => bulk::draw_bulk(pen, state, bulk),
        Overlay::Menu(menu) => menu::draw_menu(pen, state, menu),
        Overlay::Processes(form) => processes::draw_processes(pen, state, form),
        Overlay::Mute(form) => mute::draw_mute(pen, state, form),
        Overlay::Redeploy(form) => redeploy_form::draw_redeploy_form(pen, state, form),
        Overlay::Order { id, order } => order::draw_order(pen, state, id, *order),
        Overlay::Told { title, text } => question::draw_told(pen, state, title, text),
        Overlay::ConfirmQuit => question::draw_confirm_quit(pen, state),
        Overlay::Question { title, prompt, secret, input, .. } => question::draw_question(pen, state, title, prompt, *secret, input),
    }
}

/// Veils the screen and opens a dialog of this inner size in its middle. Returns the area for words, with a blank column at each side.
fn open_dialog(pen: &mut Pen<'_>, state: &State, title: &str, width: u16, lines: u16) -> Area {
    let screen = layout::screen(state);
    let body = Area { y: screen.y + 1, height: screen.height.saturating_sub(2), ..screen };
    pen.veil(body);
    let area = layout::dialog(state, width + 4, lines + 2);
    draw_dialog(pen, area, title)
}

/// Ground, frame and title. Returns the area for words.
fn draw_dialog(pen: &mut Pen<'_>, area: Area, title: &str) -> Area {
    pen.ground(area, Role::Dialog);
    pen.frame(area, Role::FrameDialog, Corners::Round);
    let title = text::cut_end(title, area.width.saturating_sub(6));
    pen.text(area.x + 2, area.y, area.width.saturating_sub(4), &format!(" {title} "), Role::TitleFocused);
    let inner = area.inner();
    Area { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// A line of a dialog: words from the left, and words that end at the right edge.
#[derive(Default)]
struct Line {
    left: Words<'static>,
    right: Words<'static>,
}

impl Line {
    fn of(words: Vec<(String, Role)>) -> Self {
        Self { left: words.into_iter().map(|(w, r)| (w.into(), r)).collect(), right: Vec::new() }
    }

    fn text(words: impl Into<String>, role: Role) -> Self {
        Self::of(vec![(words.into(), role)])
    }
}

/// The foot of a form: what is wrong with it, then its keys; `enter` leads to the card, `esc` leaves.
fn form_foot(problem: Option<&Label>, keys: &[(&'static str, &'static str)], room: u16) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    if let Some(problem) = problem {
        lines.extend(wrapped("●", problem, Role::Warning, Role::Warning, room));
    }
    let mut left: Words<'static> = Vec::new();
    for (i, (key, does)) in keys.iter().enumerate() {
        let gap = if i == 0 { "" } else { "   " };
        left.extend([(format!("{gap}{key}").into(), Role::Key), (format!(" {does}").into(), Role::KeyLabel)]);
    }
    lines.push(Line { left, right: vec![("esc".into(), Role::Key), (" leaves it be".into(), Role::KeyLabel)] });
    lines
}

/// Paints lines from the top; where room is short the tail, which holds the question, wins over the middle.
fn draw_lines(pen: &mut Pen<'_>, area: Area, lines: &[Line], tail: &[Line]) {
    let tail_room = tail.len().min(usize::from(area.height));
    let head_room = usize::from(area.height) - tail_room;
    let cut = lines.len() > head_room;
    for (i, line) in lines.iter().take(head_room).enumerate() {
        if cut && i + 1 == head_room {
            let words = format!("…{} lines more on a taller screen", lines.len() - i);
            pen.text(area.x, area.y + i as u16, area.width, &words, Role::Warning);
            break;
        }
        draw_line(pen, Area { y: area.y + i as u16, height: 1, ..area }, line);
    }
    let top = area.y + area.height - tail_room as u16;
    for (i, line) in tail.iter().take(tail_room).enumerate() {
        draw_line(pen, Area { y: top + i as u16, height: 1, ..area }, line);
    }
}

/// The same for dialogs that scroll: where room is short, `offset` lines are above the top, and a line at the edge says how many are hidden.
fn draw_scrolled(pen: &mut Pen<'_>, area: Area, lines: &[Line], tail: &[Line], offset: usize) {
    let head_room = usize::from(area.height).saturating_sub(tail.len());
    if lines.len() <= head_room || head_room < 3 {
        return draw_lines(pen, area, lines, tail);
    }
    let offset = offset.min(lines.len() - head_room + 1);
    let shown = &lines[offset..];
    let below = shown.len() > head_room - 1;
    let visible = if below { head_room - 1 } else { shown.len() };
    for (i, line) in shown.iter().take(visible).enumerate() {
        draw_line(pen, Area { y: area.y + i as u16, height: 1, ..area }, line);
    }
    let words = if below { format!("↓ {} lines more", shown.len() - visible) } else { format!("↑ {offset} lines above") };
    pen.text(area.x, area.y + head_room as u16 - 1, area.width, &words, Role::Warning);
    draw_lines(pen, Area { y: area.y + head_room as u16, height: area.height - head_room as u16, ..area }, &[], tail);
}

fn draw_line(pen: &mut Pen<'_>, area: Area, line: &Line) {
    let right: u16 = line.right.iter().map(|(w, _)| text::width(w)).sum();
    pen.words(area.x, area.y, area.width.saturating_sub(right), &line.left);
    pen.words(area.x + area.width.saturating_sub(right), area.y, right, &line.right);
}

/// Wraps a sentence behind a glyph; following lines are indented under its words.
fn wrapped(glyph: &str, words: &str, glyph_role: Role, role: Role, room: u16) -> Vec<Line> {
    let indent = text::width(glyph) + 1;
    text::wrap(words, room.saturating_sub(indent))
        .into_iter()
        .enumerate()
        .map(|(i, line)| {
            let lead = if i == 0 { format!("{glyph} ") } else { " ".repeat(usize::from(indent)) };
            Line::of(vec![(lead, glyph_role), (line, role)])
        })
        .collect()
}
