//! The question before an order that cannot be taken back.

use super::super::pen::Pen;
use super::super::text;
use super::{Line, draw_lines, open_dialog, wrapped};
use crate::app::layout;
use crate::app::state::State;
use crate::config::theme::Role;
use crate::domain::{OperationId, Order};

const WIDTH: u16 = 62;

pub fn draw_order(pen: &mut Pen<'_>, state: &State, id: &OperationId, order: Order) {
    let room = WIDTH.min(layout::screen(state).width.saturating_sub(4));
    let operation = state.operations.iter().find(|o| o.id == *id);
    let title = operation.map_or_else(|| id.to_string(), |o| o.title.to_string());
    let means = match order {
        Order::RollBack => {
            "New members go and what was before comes back, as far as that is still possible. It is driven and journalled like the way there."
        }
        Order::Abandon => "What was borrowed is given back; everything else stays as it is now, half-way. It cannot be taken up again.",
        Order::Resume => {
            "The world is read again first. What is known to be done is not done again; what is not known is found out before anything is sent."
        }
        Order::Pause => "No further call until it is told to go on.",
        Order::Hold => "It stops here and gives back what was borrowed. It can be taken up again.",
    };
    let mut lines: Vec<Line> = text::wrap(means, room).into_iter().map(|l| Line::text(l, Role::Text)).collect();
    if let Some(operation) = operation {
        lines.push(Line::default());
        lines.extend(wrapped(" ", &operation.note, Role::Text, Role::TextDim, room));
        for unknown in operation.unknown.iter().take(4) {
            lines.extend(wrapped("?", &format!("not known whether it happened: {unknown}"), Role::Unknown, Role::Text, room));
        }
        if order == Order::RollBack && operation.past_return {
            lines.extend(wrapped("▲", "it is past its point of no return", Role::Critical, Role::Critical, room));
        }
    }
    let tail = [
        Line::default(),
        Line {
            left: vec![("⏎".into(), Role::Key), (" does it".into(), Role::KeyLabel)],
            right: vec![("esc".into(), Role::Key), (" leaves it be".into(), Role::KeyLabel)],
        },
    ];
    let word = match order {
        Order::RollBack => "Roll back",
        Order::Abandon => "Abandon",
        Order::Resume => "Resume",
        Order::Pause => "Pause",
        Order::Hold => "Hold",
    };
    let area = open_dialog(pen, state, &format!("{word}: {title}"), WIDTH, (lines.len() + tail.len()) as u16);
    draw_lines(pen, area, &lines, &tail);
}
