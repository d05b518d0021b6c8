//! What a script says and asks: progress and questions on standard error, results on standard output, nothing asked where nobody sits.

use std::io::{BufRead, IsTerminal, Read, Write};
use std::ops::ControlFlow;
use std::sync::{Mutex, Once, PoisonError};

use async_trait::async_trait;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};

use crate::domain::Label;
use crate::providers::aws::Prompt;

/// One line of progress; nobody listening is no error.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Whether somebody sits there to be asked.
pub fn is_attended() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks a question and reads one line; `None`: the input ended.
pub fn ask(question: &str) -> Option<String> {
    put(question);
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}

fn put(question: &str) {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "{question} ").and_then(|()| err.flush());
}

/// How the terminal was before it was told to show nothing; `None`: it shows what is typed.
static COVERED: Mutex<Option<Termios>> = Mutex::new(None);

/// Lets the terminal show again what is typed, if it was told not to. Every way out of the program passes here.
pub fn uncover() {
    if let Some(before) = COVERED.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
    }
}

/// From here on nothing typed is shown, and its keys reach us one by one: an interrupt must not end the program before the terminal is as
/// it was. `false`: the terminal cannot.
fn cover() -> bool {
    let stdin = std::io::stdin();
    let Ok(before) = tcgetattr(&stdin) else { return false };
    let mut unseen = before.clone();
    unseen.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
    unseen.special_codes[SpecialCodeIndex::VMIN] = 1;
    unseen.special_codes[SpecialCodeIndex::VTIME] = 0;
    *COVERED.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
    let covered = tcsetattr(&stdin, OptionalActions::Now, &unseen).is_ok();
    if !covered {
        uncover();
    }
    covered
}

/// What a line typed unseen comes to, key by key.
#[derive(Debug, Default, PartialEq, Eq)]
struct Typed {
    line: Vec<u8>,
}

impl Typed {
    /// Breaks when it is through, with the line or without one.
    fn key(&mut self, key: u8) -> ControlFlow<Option<String>> {
        match key {
            b'\r' | b'\n' => {
                return ControlFlow::Break(String::from_utf8(std::mem::take(&mut self.line)).ok().map(|l| l.trim().to_owned()));
            }
            // Ctrl-C, and Ctrl-D with nothing before it.
            0x03 => return ControlFlow::Break(None),
            0x04 if self.line.is_empty() => return ControlFlow::Break(None),
            0x7f | 0x08 => drop(self.line.pop()),
            // Ctrl-U.
            0x15 => self.line.clear(),
            key if key >= b' ' => self.line.push(key),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Asks a question whose answer is nobody's business; `None`: there is none.
fn ask_unseen(question: &str) -> Option<String> {
    if !cover() {
        say(&format!("{question} not asked: this terminal would show what is typed"));
        return None;
    }
    put(question);
    let mut typed = Typed::default();
    let mut input = std::io::stdin().lock();
    let answer = loop {
        let mut key = [0];
        match input.read(&mut key) {
            Ok(1) => {
                if let ControlFlow::Break(line) = typed.key(key[0]) {
                    break line;
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            _ => break None,
        }
    };
    drop(input);
    uncover();
    // The Enter was not shown either.
    say("");
    answer
}

/// Asks for MFA codes on the terminal, which shows nothing of them.
pub struct AtTerminal;

#[async_trait]
impl Prompt for AtTerminal {
    async fn ask(&self, title: Label, prompt: Label) -> Option<String> {
        end_uncovered();
        let question = format!("{title}: {prompt}:");
        tokio::task::spawn_blocking(move || ask_unseen(&question)).await.ok().flatten().filter(|code| !code.is_empty())
    }
}

/// A program that is told to end while it asks does not leave the terminal mute.
fn end_uncovered() {
    static HEARD: Once = Once::new();
    HEARD.call_once(|| {
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        tokio::spawn(async move {
            let _ = terminate.recv().await;
            uncover();
            std::process::exit(128 + SignalKind::terminate().as_raw_value());
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_put_together_from_its_keys() {
        let typed = |keys: &[u8]| {
            let mut typed = Typed::default();
            keys.iter().find_map(|k| typed.key(*k).break_value())
        };
        for (keys, want) in [
            (&b"428513\n"[..], Some(Some("428513"))),
            (b"428513\r", Some(Some("428513"))),
            (b"42x\x7f8513\n", Some(Some("428513"))),
            (b"nonsense\x15428513\n", Some(Some("428513"))),
            (b"\x7f\n", Some(Some(""))),
            (b"428\x03", Some(None)),
            (b"\x04", Some(None)),
            (b"42\x048513\n", Some(Some("428513"))),
            (b"\x1b428513\n", Some(Some("428513"))),
            (b"\xff\n", Some(None)),
            (b"4285", None),
        ] {
            assert_eq!(typed(keys), want.map(|line| line.map(str::to_owned)), "{keys:?}");
        }
    }
}
