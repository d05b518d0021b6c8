//! Keys, mouse, paste and resize as messages. crossterm's words end here.

use std::io;
use std::time::Duration;

use crossterm::event::{
    Event, EventStream, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::app::Msg;
use crate::app::msg::{Mouse, MouseKind};
use crate::config::keymap::{Key, KeyCode};

/// Two presses on the same cell within this time are a double press.
const DOUBLE: Duration = Duration::from_millis(400);

/// The input stream.
#[derive(Default)]
pub struct Input {
    stream: EventStream,
    last_press: Option<(Instant, u16, u16)>,
}

impl Input {
    pub fn new() -> Self {
        Self::default()
    }

    /// The next message; `Ok(None)` when the terminal is gone. Safe to cancel.
    pub async fn next(&mut self) -> io::Result<Option<Msg>> {
        loop {
            match self.stream.next().await {
                None => return Ok(None),
                Some(Err(e)) => return Err(e),
                Some(Ok(event)) => {
                    if let Some(msg) = self.convert(event) {
                        return Ok(Some(msg));
                    }
                }
            }
        }
    }

    fn convert(&mut self, event: Event) -> Option<Msg> {
        match event {
            Event::Key(key) => convert_key(key).map(Msg::Key),
            Event::Mouse(mouse) => self.convert_mouse(mouse).map(Msg::Mouse),
            Event::Paste(text) => Some(Msg::Paste(text)),
            Event::Resize(width, height) => Some(Msg::Resize { width, height }),
            Event::FocusGained | Event::FocusLost => None,
        }
    }

    fn convert_mouse(&mut self, event: MouseEvent) -> Option<Mouse> {
        let (column, row) = (event.column, event.row);
        let kind = match event.kind {
            MouseEventKind::ScrollUp => MouseKind::ScrollUp,
            MouseEventKind::ScrollDown => MouseKind::ScrollDown,
            MouseEventKind::Down(MouseButton::Left) => {
                let now = Instant::now();
                let double = self.last_press.is_some_and(|(t, c, r)| (c, r) == (column, row) && now - t < DOUBLE);
                self.last_press = (!double).then_some((now, column, row));
                if double { MouseKind::DoublePress } else { MouseKind::Press }
            }
            _ => return None,
        };
        Some(Mouse { kind, column, row })
    }
}

/// A crossterm key as ours; `None` for releases and keys we have no name for.
pub fn convert_key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let mut shift = event.modifiers.contains(KeyModifiers::SHIFT);
    let code = match event.code {
        Code::Char(c) => {
            // Letters carry their case; terminals disagree on whether they also report shift.
            let c = if shift { c.to_uppercase().next().unwrap_or(c) } else { c };
            shift = false;
            KeyCode::Char(c)
        }
        Code::F(n) => KeyCode::F(n),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => {
            shift = true;
            KeyCode::Tab
        }
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        _ => return None,
    };
    Some(Key { code, ctrl: event.modifiers.contains(KeyModifiers::CONTROL), alt: event.modifiers.contains(KeyModifiers::ALT), shift })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_ours() {
        let press = |code, mods| convert_key(KeyEvent::new(code, mods));
        assert_eq!(press(Code::Char('G'), KeyModifiers::SHIFT), Some(Key::char('G')));
        assert_eq!(press(Code::Char('g'), KeyModifiers::SHIFT), Some(Key::char('G')));
        assert_eq!(press(Code::Char('r'), KeyModifiers::CONTROL), Some(Key::ctrl('r')));
        assert_eq!(press(Code::BackTab, KeyModifiers::SHIFT), Key::parse("shift-tab"));
        assert_eq!(press(Code::CapsLock, KeyModifiers::NONE), None);
        let release = KeyEvent::new_with_kind(Code::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(convert_key(release), None, "a release is no press");
    }
}
