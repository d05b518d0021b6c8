//! The first screen, where nothing is configured: why we are here, the demo, and the profiles that were found.

use super::super::pane;
use super::super::pen::Pen;
use super::super::{footer, text};
use crate::app::layout::{self, Area};
use crate::app::state::{Start, State};
use crate::config::theme::Role;

/// Columns of the list.
const WIDTH: u16 = 76;

pub fn draw_start(pen: &mut Pen<'_>, state: &State, start: &Start) {
    let whole = layout::screen(state);
    let width = WIDTH.min(whole.width.saturating_sub(2));
    let x = whole.x + (whole.width - width) / 2;
    let reason = text::wrap(&start.reason, width);
    let wanted = 9 + reason.len() as u16 + rows(start) + u16::from(!start.profiles.is_empty()) * 2;
    let top = whole.y + whole.height.saturating_sub(wanted + 2) / 3;
    let bottom = (whole.y + whole.height).saturating_sub(2);
    let mut y = top;
    pen.words(x, y, width, &[("▞▚ ", Role::Key), ("pilothouse", Role::Product)]);
    y += 1;
    pen.text(x, y, width, "live fleets, databases and alarms in one terminal; scaled by a key", Role::TextDim);
    y += 2;
    for line in &reason {
        pen.text(x, y, width, line, Role::Text);
        y += 1;
    }
    y += 1;
    let list = Area { x, y, width, height: bottom.saturating_sub(y) };
    draw_choices(pen, start, list);
    footer::draw_footer(pen, state, Area { x: whole.x, y: (whole.y + whole.height).saturating_sub(1), width: whole.width, height: 1 });
}

fn rows(start: &Start) -> u16 {
    (start.profiles.len() as u16 + 1).max(2)
}

fn draw_choices(pen: &mut Pen<'_>, start: &Start, area: Area) {
    if area.height < 3 {
        return;
    }
    let demo = Area { height: 2, ..area };
    if start.selected == 0 {
        pen.tint(demo, Role::Selection);
    }
    let cursor = |pen: &mut Pen<'_>, y: u16, chosen: bool| {
        pen.glyph(area.x, y, if chosen { "▸" } else { " " }, Role::Key);
    };
    cursor(pen, demo.y, start.selected == 0);
    pen.words(demo.x + 2, demo.y, demo.width - 2, &[("Demo", Role::TextStrong), ("   a simulated estate", Role::Text)]);
    pen.text(demo.x + 2, demo.y + 1, demo.width - 2, "no account, no config, no network; nothing real can be hurt", Role::TextDim);
    let mut y = area.y + 3;
    let bottom = area.y + area.height;
    if y >= bottom {
        return;
    }
    if start.profiles.is_empty() {
        let words = vec![
            ("No AWS profile was found.".to_owned(), Role::Text),
            ("Set one up with: aws configure sso".to_owned(), Role::TextDim),
            ("or name one with: pilothouse --profile NAME --region REGION".to_owned(), Role::TextDim),
        ];
        pane::draw_paragraphs(pen, Area { x: area.x + 2, y, width: area.width.saturating_sub(2), height: bottom - y }, &words);
        return;
    }
    let heads = [("AWS PROFILE", 2), ("REGION", 28), ("SIGNS IN BY", 45), ("FROM", 60)];
    for (head, at) in heads {
        pen.text(area.x + at, y, area.width.saturating_sub(at), head, Role::TitleColumn);
    }
    y += 1;
    let lines = usize::from(bottom.saturating_sub(y));
    let chosen = start.selected.checked_sub(1);
    let skip = chosen.map_or(0, |c| (c + 1).saturating_sub(lines));
    for (i, profile) in start.profiles.iter().enumerate().skip(skip).take(lines) {
        let line = Area { y, height: 1, ..area };
        if chosen == Some(i) {
            pen.tint(line, Role::Selection);
        }
        cursor(pen, y, chosen == Some(i));
        pen.text(area.x + 2, y, 25, &text::cut_middle(&profile.label, 25), Role::TextStrong);
        match &profile.region {
            Some(region) => _ = pen.text(area.x + 28, y, 16, &crate::domain::Label::new(region), Role::Text),
            None => _ = pen.text(area.x + 28, y, 16, "asks for one", Role::TextDim),
        }
        pen.text(area.x + 45, y, 14, &profile.kind, Role::TextDim);
        pen.text(area.x + 60, y, area.width.saturating_sub(60), &profile.origin, Role::TextDim);
        y += 1;
    }
}
