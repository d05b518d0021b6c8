//! The form behind `s`: numbers, the cooldown, and who goes.

use super::super::pen::Pen;
use super::super::{text, words};
use super::{Line, draw_lines, form_foot, open_dialog};
use crate::app::layout;
use crate::app::state::{ScaleField, ScaleForm, State, VictimChoice};
use crate::config::theme::Role;
use crate::domain::time::format_age;

const WIDTH: u16 = 68;
/// Members listed at once.
const LISTED: usize = 8;

pub fn draw_scale_form(pen: &mut Pen<'_>, state: &State, form: &ScaleForm) {
    let screen = layout::screen(state);
    let room = WIDTH.min(screen.width.saturating_sub(4));
    let group = state.live.group(&form.group).map(|g| &g.item);
    let is = |n: Option<u32>| n.map_or_else(String::new, |n| format!("is {n}"));
    let mut lines = vec![
        number(form, ScaleField::Desired, "want", &form.desired, &is(group.and_then(|g| g.desired))),
        number(form, ScaleField::Min, "min", &form.min, &is(group.and_then(|g| g.min))),
        number(form, ScaleField::Max, "max", &form.max, &is(group.and_then(|g| g.max))),
    ];
    let honor = form.field == ScaleField::HonorCooldown;
    let cooldown = group.and_then(|g| g.cooldown).map_or_else(String::new, |c| format!(" of {}s", c.as_secs()));
    lines.push(Line::of(vec![
        (if honor { "▸ " } else { "  " }.to_owned(), Role::Key),
        (if form.honor_cooldown { "[✓]" } else { "[ ]" }.to_owned(), if honor { Role::FieldFocused } else { Role::Field }),
        (" honour the cooldown".to_owned(), if honor { Role::TextStrong } else { Role::Text }),
        (format!("{cooldown}: refused while an activity is fresh"), Role::TextDim),
    ]));
    if !form.choices.is_empty() {
        lines.push(Line::default());
        lines.extend(choices(form, usize::from(layout::dialog_lines(state)).saturating_sub(10).clamp(2, LISTED)));
    }
    let tail = form_foot(form.problem.as_ref(), &[("⏎", "see what it does"), ("tab", "next field")], room);
    let all = (lines.len() + tail.len()) as u16;
    let area = open_dialog(pen, state, &format!("Scale {}", form.name), WIDTH, all);
    draw_lines(pen, area, &lines, &tail);
}

fn number(form: &ScaleForm, field: ScaleField, name: &str, typed: &str, is: &str) -> Line {
    let focused = form.field == field;
    let cursor = if focused { "▏" } else { " " };
    Line::of(vec![
        (if focused { "▸ " } else { "  " }.to_owned(), Role::Key),
        (format!("{name:<6}"), if focused { Role::TextStrong } else { Role::Text }),
        (format!("{typed:>8}{cursor}"), if focused { Role::FieldFocused } else { Role::Field }),
        (format!("   {is}"), Role::TextDim),
    ])
}

/// A window of the members that could go, around the cursor.
fn choices(form: &ScaleForm, listed: usize) -> Vec<Line> {
    let focused = form.field == ScaleField::Victims;
    let head = match form.victims.len() {
        0 => "who goes: the group's own policy decides".to_owned(),
        n => format!("who goes: these {n}, by id"),
    };
    let mut lines = vec![Line {
        left: vec![
            (if focused { "▸ " } else { "  " }.into(), Role::Key),
            (head.into(), if focused { Role::TextStrong } else { Role::Text }),
        ],
        right: vec![(format!("{} could", form.choices.len()).into(), Role::TextDim)],
    }];
    let first = form.cursor.saturating_sub(listed / 2).min(form.choices.len().saturating_sub(listed));
    for (i, choice) in form.choices.iter().enumerate().skip(first).take(listed) {
        lines.push(choice_line(form, choice, focused && i == form.cursor));
    }
    lines
}

fn choice_line(form: &ScaleForm, choice: &VictimChoice, here: bool) -> Line {
    let chosen = form.victims.contains(&choice.id);
    let role = if here { Role::FieldFocused } else { Role::Field };
    let label = text::cut_middle(&choice.label, 20).into_owned();
    let version = text::cut_middle(choice.version.as_deref().unwrap_or(words::NOT_KNOWN), 8).into_owned();
    let age = choice.age.map_or_else(|| words::NOT_KNOWN.to_owned(), format_age);
    Line::of(vec![
        ("    ".to_owned(), Role::Text),
        (if chosen { "[✓]" } else { "[ ]" }.to_owned(), role),
        (format!(" {label:<20}"), if chosen || here { Role::TextStrong } else { Role::Text }),
        (format!(" {:<4}{version:<9}{age:>4}  ", text::cut_end(&words::zone(&choice.zone), 3)), Role::TextDim),
        (choice.remark.as_ref().map_or_else(String::new, ToString::to_string), Role::Warning),
    ])
}
