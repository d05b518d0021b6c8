//! The foot of a card, for one target and for many: a ticket, a reason, the name that is asked for.

use super::super::header::environment_role;
use super::{Line, wrapped};
use crate::app::overlay::assent::{Assent, Blank};
use crate::app::state::State;
use crate::config::theme::Role;
use crate::domain::Refusal;

/// A line for each field. `wanted`: what has to be typed as the name.
pub fn fields(state: &State, assent: &Assent, blanks: &[Blank], wanted: &str) -> Vec<Line> {
    let line = |blank: Blank, lead: Vec<(String, Role)>, typed: &str, good: bool| {
        // A field alone has the keys, whichever had them before.
        let here = assent.blank == blank || blanks.len() == 1;
        let role = match (good, here) {
            (true, _) => Role::Good,
            (false, true) => Role::FieldFocused,
            (false, false) => Role::Field,
        };
        let mut words = lead;
        words.push((typed.to_owned(), role));
        words.push((if here { "▏" } else { " " }.to_owned(), Role::Key));
        Line::of(words)
    };
    let lead = |words: &str| vec![(format!("{words}  "), Role::Text)];
    blanks
        .iter()
        .map(|blank| match blank {
            Blank::Ticket => line(*blank, lead("ticket"), &assent.ticket, false),
            Blank::Reason => line(*blank, lead("set aside because"), &assent.reason, false),
            Blank::Name => {
                let environment = state.session.environment;
                let badge = (format!(" {} ", environment.word()), environment_role(environment));
                let asks = (format!("  type {wanted} to go on:  "), Role::Text);
                line(*blank, vec![badge, asks], &assent.name, assent.name == wanted)
            }
        })
        .collect()
}

/// What a ticket must look like, while it does not.
pub fn hint(refusal: &Refusal, room: u16) -> Vec<Line> {
    let allowed = refusal.allowed.as_ref().map_or_else(String::new, |a| format!(": {a}"));
    wrapped(" ", &format!("{}{allowed} ({})", refusal.text, refusal.source), Role::Text, Role::TextDim, room)
}
