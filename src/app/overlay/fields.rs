//! Fields of a form: a text, a switch, or one of a few words. Editing here, meaning in the form they belong to.

use super::edit;
use crate::config::keymap::{Key, KeyCode};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub input: Input,
    /// What is typed here, and what an empty field means.
    pub hint: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Text(String),
    Switch(bool),
    Choice { at: usize, words: &'static [&'static str] },
}

impl Field {
    pub fn text(name: &'static str, text: &str, hint: &'static str) -> Self {
        Self { name, input: Input::Text(text.to_owned()), hint }
    }

    pub const fn switch(name: &'static str, on: bool, hint: &'static str) -> Self {
        Self { name, input: Input::Switch(on), hint }
    }

    pub const fn choice(name: &'static str, words: &'static [&'static str], at: usize, hint: &'static str) -> Self {
        Self { name, input: Input::Choice { at, words }, hint }
    }

    /// What was typed, without blanks at the ends; empty for other inputs.
    pub fn typed(&self) -> &str {
        match &self.input {
            Input::Text(text) => text.trim(),
            _ => "",
        }
    }

    pub fn is_on(&self) -> bool {
        self.input == Input::Switch(true)
    }

    pub fn chosen(&self) -> usize {
        match self.input {
            Input::Choice { at, .. } => at,
            _ => 0,
        }
    }

    /// Takes a key; false if it means nothing here.
    pub(super) fn press(&mut self, key: Key) -> bool {
        match &mut self.input {
            Input::Text(text) => match (key.code, text.parse::<u32>()) {
                (KeyCode::Char('+'), Ok(n)) => *text = n.saturating_add(1).min(999_999).to_string(),
                (KeyCode::Char('-'), Ok(n)) => *text = n.saturating_sub(1).to_string(),
                _ => return edit(text, key),
            },
            Input::Switch(on) if key.code == KeyCode::Char(' ') => *on = !*on,
            Input::Choice { at, words } => match key.code {
                KeyCode::Char(' ') | KeyCode::Right => *at = (*at + 1) % words.len(),
                KeyCode::Left => *at = (*at + words.len() - 1) % words.len(),
                _ => return false,
            },
            Input::Switch(_) => return false,
        }
        true
    }
}
