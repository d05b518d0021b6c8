//! Frames. A frame is collected in memory and written in one go inside a synchronized update; a frame in which no cell changed writes
//! nothing at all. The terminal is never asked anything, so no answer can be mistaken for a key.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::rc::Rc;

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell as Glyph;
use ratatui::layout::{Position, Size};
use ratatui::{Frame, Terminal};

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Crossterm's encoding without its chatter: remembers cursor position and visibility instead of asking or repeating.
struct Quiet {
    inner: CrosstermBackend<Shared>,
    position: Position,
    cursor_shown: bool,
    /// Asked for once: a terminal that changes its size says so.
    size: Cell<Option<Size>>,
}

impl Backend for Quiet {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Glyph)>>(&mut self, content: I) -> io::Result<()> {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, false) { self.inner.hide_cursor() } else { Ok(()) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, true) { Ok(()) } else { self.inner.show_cursor() }
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.position)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.position = position.into();
        self.inner.set_cursor_position(self.position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        if let Some(size) = self.size.get() {
            return Ok(size);
        }
        let size = self.inner.size()?;
        self.size.set(Some(size));
        Ok(size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The drawing surface.
pub struct Screen {
    terminal: Terminal<Quiet>,
    bytes: Shared,
}

impl Screen {
    pub fn new() -> io::Result<Self> {
        let bytes = Shared::default();
        let inner = CrosstermBackend::new(bytes.clone());
        let terminal = Terminal::new(Quiet { inner, position: Position::ORIGIN, cursor_shown: false, size: Cell::default() })?;
        Ok(Self { terminal, bytes })
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws one frame and writes what changed. Returns the bytes written; 0 = nothing changed.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<usize> {
        self.terminal.draw(paint)?;
        let mut bytes = self.bytes.0.borrow_mut();
        if bytes.is_empty() {
            return Ok(0);
        }
        let mut out = Vec::with_capacity(bytes.len() + 16);
        queue!(out, BeginSynchronizedUpdate)?;
        out.extend_from_slice(&bytes);
        queue!(out, EndSynchronizedUpdate)?;
        bytes.clear();
        let mut stdout = io::stdout().lock();
        stdout.write_all(&out)?;
        stdout.flush()?;
        Ok(out.len())
    }

    /// Forgets what is on the glass, so that the next frame paints every cell: after a resume or a garbled screen.
    pub fn repaint(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().size.set(None);
        self.terminal.clear()
    }
}
