//! What a script says and asks: progress and questions on standard error, results on standard output, nothing asked where nobody sits.

use std::io::{BufRead, IsTerminal, Write};

use async_trait::async_trait;

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
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "{question} ").and_then(|()| err.flush());
    drop(err);
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}

/// Asks for MFA codes on the terminal. A code works once and is worthless by the time it was read over a shoulder: it is echoed.
pub struct AtTerminal;

#[async_trait]
impl Prompt for AtTerminal {
    async fn ask(&self, title: Label, prompt: Label) -> Option<String> {
        let question = format!("{title}: {prompt}:");
        tokio::task::spawn_blocking(move || ask(&question)).await.ok().flatten().filter(|code| !code.is_empty())
    }
}
