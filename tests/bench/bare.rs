//! The least a ratatui program can do: take the terminal, draw one screen of text, wait for `q`. What `tests/speed` compares the
//! console's first frame with; it takes no library of ours in.

use std::io::{self, Write as _};

use crossterm::event::{self, Event, KeyCode};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::widgets::{Block, Paragraph};

#[expect(clippy::disallowed_methods, reason = "a program this bare has no loop to block")]
fn main() -> io::Result<()> {
    enable_raw_mode()?;
    crossterm::execute!(io::stdout(), EnterAlternateScreen)?;
    let mut terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    terminal.draw(|frame| {
        let line = "one screen of text, as long as a row of a table is in the console that it is compared with ".repeat(2);
        let text = vec![line; frame.area().height as usize].join("\n");
        frame.render_widget(Paragraph::new(text).block(Block::bordered().title_bottom("READY")), frame.area());
    })?;
    while !matches!(event::read()?, Event::Key(key) if key.code == KeyCode::Char('q')) {}
    crossterm::execute!(io::stdout(), LeaveAlternateScreen)?;
    io::stdout().flush()?;
    disable_raw_mode()
}
