//! A question that a provider cannot go on without (an MFA code).

use super::super::effect::Effect;
use super::super::secret::Secret;
use super::super::state::{Overlay, State};
use super::edit;
use crate::config::keymap::{Key, KeyCode};
use crate::domain::Label;

/// Asks now, or after the dialogs that are open: what is being typed must not land in another field.
pub(in crate::app) fn ask(state: &mut State, id: u64, title: Label, prompt: Label, secret: bool) {
    // Asked again, it is still one question.
    state.overlays.retain(|o| !matches!(o, Overlay::Question { id: known, .. } if *known == id));
    state.overlays.insert(0, Overlay::Question { id, title, prompt, secret, input: Secret::default() });
}

pub(super) fn press(state: &mut State, key: Key, out: &mut Vec<Effect>) {
    let Some(Overlay::Question { id, input, .. }) = state.overlays.last_mut() else { return };
    let text = match key.code {
        KeyCode::Enter => {
            let typed = input.reveal().trim();
            if typed.is_empty() {
                return;
            }
            Some(Secret::new(typed))
        }
        KeyCode::Esc => None,
        _ => {
            edit(input.edit(), key);
            return;
        }
    };
    out.push(Effect::Answer { question: *id, text });
    state.overlays.pop();
}
