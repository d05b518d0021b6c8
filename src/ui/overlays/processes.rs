//! The form behind `P`: processes of a group's automation, what each one's absence means, and whether it runs.

use super::super::pen::Pen;
use super::super::text;
use super::{Line, draw_lines, form_foot, open_dialog};
use crate::app::layout;
use crate::app::state::{ProcessChoice, ProcessForm, State};
use crate::config::theme::Role;

const WIDTH: u16 = 74;
/// Cells of a process's name.
const NAME: usize = 18;

pub fn draw_processes(pen: &mut Pen<'_>, state: &State, form: &ProcessForm) {
    let room = WIDTH.min(layout::screen(state).width.saturating_sub(4));
    let (this, other) = if form.suspend { ("suspend", "resume") } else { ("resume", "suspend") };
    let mut lines = vec![
        Line {
            left: vec![(this.into(), Role::TextStrong), (" these".into(), Role::Text)],
            right: vec![("tab".into(), Role::Key), (format!(" {other} instead").into(), Role::KeyLabel)],
        },
        Line::default(),
    ];
    lines.extend(form.choices.iter().enumerate().map(|(i, choice)| line(form, choice, i == form.cursor, room)));
    let tail = form_foot(form.problem.as_ref(), &[("space", "chooses"), ("⏎", "see what it does")], room);
    let area = open_dialog(pen, state, &format!("Processes of {}", form.title), WIDTH, (lines.len() + tail.len()) as u16);
    draw_lines(pen, area, &lines, &tail);
}

fn line(form: &ProcessForm, choice: &ProcessChoice, here: bool, room: u16) -> Line {
    let open = form.is_open(choice);
    let mark = match (choice.chosen, open) {
        (true, _) => "[✓]",
        (false, true) => "[ ]",
        (false, false) => " – ",
    };
    let standing = match (choice.suspended, form.groups.len()) {
        (0, _) => String::new(),
        (_, 1) => "suspended".to_owned(),
        (n, all) => format!("suspended in {n} of {all}"),
    };
    let role = if here { Role::FieldFocused } else { Role::Field };
    let name = if here || choice.chosen {
        Role::TextStrong
    } else if open {
        Role::Text
    } else {
        Role::TextDim
    };
    let left = 6 + NAME as u16 + 1;
    let about = text::cut_end(choice.about, room.saturating_sub(left + text::width(&standing) + 1)).into_owned();
    Line {
        left: vec![
            (if here { "▸ " } else { "  " }.into(), Role::Key),
            (mark.into(), role),
            (format!(" {:<NAME$} ", text::cut_middle(&choice.name, NAME as u16)).into(), name),
            (about.into(), Role::TextDim),
        ],
        right: vec![(standing.into(), Role::Warning)],
    }
}
