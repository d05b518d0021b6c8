//! Taking the terminal and giving it back. What was switched on is remembered in one process-wide flag, so that a panic hook can
//! undo it without holding anything.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, queue, style};

static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours. Dropping it gives the terminal back.
#[derive(Debug)]
pub struct Session {
    mouse: bool,
}

impl Session {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste, and the mouse if wanted.
    pub fn take(mouse: bool) -> io::Result<Self> {
        let session = Self { mouse };
        session.enter()?;
        Ok(session)
    }

    /// Enters again after [`Session::give_back`], for coming back from ctrl-z.
    pub fn enter(&self) -> io::Result<()> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let mut bytes = Vec::new();
        queue!(bytes, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide, SetTitle("pilothouse"))?;
        if self.mouse {
            queue!(bytes, EnableMouseCapture)?;
        }
        write_all(&bytes)
    }

    /// Gives the terminal back; does nothing the second time. A terminal that is gone is no error.
    pub fn give_back() {
        if !TAKEN.swap(false, Ordering::SeqCst) {
            return;
        }
        let mut bytes = Vec::new();
        let queued = queue!(bytes, style::ResetColor, DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        if queued.is_ok() {
            let _ = write_all(&bytes);
        }
        let _ = disable_raw_mode();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        Self::give_back();
    }
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Name of the runtime's threads, where everything but the loop runs.
pub const BACKGROUND: &str = "pilothouse";

/// Puts the terminal back before a panic message is printed. A panic in the background is for the log alone: whoever waits for that task
/// learns of it, and the loop, which still draws, keeps the terminal.
pub fn restore_on_panic() {
    let next = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() == Some(BACKGROUND) && TAKEN.load(Ordering::SeqCst) {
            tracing::error!(panic = %info, "a background task broke off");
            return;
        }
        Session::give_back();
        next(info);
    }));
}
