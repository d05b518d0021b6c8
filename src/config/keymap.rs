//! Keys as values: what a key is, how it is written, and which command it means.

use std::collections::BTreeMap;

use crate::command::{ALL, Command};

/// A key press. Letters carry their case (`G`), so `shift` is only set for keys without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    Char(char),
    F(u8),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

impl Key {
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    pub const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c), ctrl: true, alt: false, shift: false }
    }

    /// Reads the written form: `j`, `G`, `ctrl-r`, `shift-tab`, `space`, `pagedown`, `f5`, `+`, `-`.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        loop {
            if let Some(r) = rest.strip_prefix("ctrl-").filter(|r| !r.is_empty()) {
                (ctrl, rest) = (true, r);
            } else if let Some(r) = rest.strip_prefix("alt-").filter(|r| !r.is_empty()) {
                (alt, rest) = (true, r);
            } else if let Some(r) = rest.strip_prefix("shift-").filter(|r| !r.is_empty()) {
                (shift, rest) = (true, r);
            } else {
                break;
            }
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) => KeyCode::Char(c),
            _ => NAMED.iter().find(|(n, _)| *n == rest).map(|(_, c)| *c).or_else(|| {
                let n: u8 = rest.strip_prefix('f')?.parse().ok()?;
                (1..=12).contains(&n).then_some(KeyCode::F(n))
            })?,
        };
        Some(Self { code, ctrl, alt, shift })
    }
}

const NAMED: &[(&str, KeyCode)] = &[
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (on, word) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if on {
                f.write_str(word)?;
            }
        }
        match self.code {
            KeyCode::F(n) => write!(f, "f{n}"),
            KeyCode::Char(c) if c != ' ' => write!(f, "{c}"),
            code => f.write_str(NAMED.iter().find(|(_, c)| *c == code).map_or("?", |(n, _)| n)),
        }
    }
}

/// Which key means which command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<Key, Command>,
}

impl Default for Keymap {
    fn default() -> Self {
        let keys = ALL.iter().flat_map(|&c| c.default_keys().iter().filter_map(move |k| Some((Key::parse(k)?, c)))).collect();
        Self { keys }
    }
}

impl Keymap {
    pub fn command(&self, key: Key) -> Option<Command> {
        self.keys.get(&key).copied()
    }

    /// Keys of a command, defaults' order first.
    pub fn keys_of(&self, command: Command) -> Vec<Key> {
        let mut out: Vec<Key> =
            command.default_keys().iter().filter_map(|k| Key::parse(k)).filter(|k| self.command(*k) == Some(command)).collect();
        out.extend(self.keys.iter().filter(|(k, c)| **c == command && !out.contains(k)).map(|(k, _)| *k).collect::<Vec<_>>());
        out
    }

    /// Replaces the keys of a command. Returns the command that lost a key, if one did.
    pub fn bind(&mut self, command: Command, keys: &[Key]) -> Option<Command> {
        self.keys.retain(|_, c| *c != command);
        let mut lost = None;
        for key in keys {
            if let Some(other) = self.keys.insert(*key, command).filter(|o| *o != command) {
                lost = Some(other);
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_key_reads_back_as_written_and_means_one_command() {
        let mut seen = BTreeMap::new();
        for &c in ALL {
            for k in c.default_keys() {
                let key = Key::parse(k).unwrap_or_else(|| panic!("{k} does not parse"));
                assert_eq!(key.to_string(), *k);
                assert_eq!(seen.insert(key, c), None, "{k} is bound twice");
            }
        }
    }

    #[test]
    fn nonsense_is_no_key() {
        for k in ["", "ctrl-", "f13", "pgdn", "ctrl-spacebar"] {
            assert_eq!(Key::parse(k), None, "{k}");
        }
        assert_eq!(Key::parse("-"), Some(Key::char('-')));
        assert_eq!(Key::parse("ctrl--"), Some(Key::ctrl('-')));
    }
}
