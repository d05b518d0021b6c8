//! The keys of this screen, in two columns where there is room for them.

use super::super::pen::Pen;
use super::super::{footer, text};
use super::draw_dialog;
use crate::app::layout;
use crate::app::overlay::help;
use crate::app::state::State;
use crate::config::theme::Role;

/// Cells of the keys.
const KEYS: u16 = 20;

pub fn draw_help(pen: &mut Pen<'_>, state: &State, offset: usize) {
    let area = layout::help(state);
    let inner = draw_dialog(pen, area, "Keys of this screen");
    let mut lines: Vec<(Option<String>, &str)> = Vec::new();
    for (heading, rows) in help::help(state) {
        if !lines.is_empty() {
            lines.push((None, ""));
        }
        lines.push((None, heading));
        lines.extend(rows.into_iter().map(|(keys, what)| (Some(keys), what)));
    }
    for (i, (keys, what)) in lines.iter().skip(offset).take(usize::from(inner.height)).enumerate() {
        let y = inner.y + i as u16;
        match keys {
            Some(keys) => {
                let keys = keys.split("  ").map(footer::key_face).collect::<Vec<_>>().join("  ");
                pen.text(inner.x + 2, y, KEYS - 3, &keys, Role::Key);
                pen.text(inner.x + KEYS, y, inner.width.saturating_sub(KEYS), what, Role::Text);
            }
            None => _ = pen.text(inner.x, y, inner.width, what, Role::TitleFocused),
        }
    }
    let below = lines.len().saturating_sub(offset + usize::from(inner.height));
    let remark = if below > 0 { format!(" …{below} more below ") } else { String::new() };
    pen.right(area.x + 1, area.y + area.height.saturating_sub(1), area.width.saturating_sub(2), &remark, Role::TextDim);
    debug_assert!(text::width(&remark) <= area.width);
}
