//! Draws a state into a buffer and reads it back: as text for snapshots, as roles for the meaning of colour, and as an ANSI picture for
//! looking at it in a terminal (`PILOTHOUSE_LOOK=dir`).

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::app::State;
use crate::config::theme::{ColorDepth, Theme};

/// The cells a state gives.
pub fn draw(state: &State, theme: &Theme) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(state.width, state.height)).unwrap();
    terminal.draw(|frame| super::super::draw(frame, state, theme)).unwrap();
    terminal.backend().buffer().clone()
}

pub fn dark() -> Theme {
    Theme::dark(ColorDepth::TrueColor)
}

/// Lines as they are read, without blanks at their ends.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += super::super::text::width(symbol).max(1);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The same with colours and attributes, for a terminal.
pub fn ansi(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            out.push_str("\x1b[0");
            for (modifier, code) in
                [(Modifier::BOLD, 1), (Modifier::DIM, 2), (Modifier::ITALIC, 3), (Modifier::UNDERLINED, 4), (Modifier::REVERSED, 7)]
            {
                if cell.modifier.contains(modifier) {
                    out.push_str(&format!(";{code}"));
                }
            }
            out.push_str(&color(cell.fg, 38));
            out.push_str(&color(cell.bg, 48));
            out.push('m');
            out.push_str(cell.symbol());
            x += super::super::text::width(cell.symbol()).max(1);
        }
        out.push_str("\x1b[0m\n");
    }
    out
}

fn color(color: Color, ground: u8) -> String {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match color {
        Color::Reset => String::new(),
        Color::Rgb(r, g, b) => format!(";{ground};2;{r};{g};{b}"),
        Color::Indexed(n) => format!(";{ground};5;{n}"),
        named => {
            let n = NAMED.iter().position(|c| *c == named).unwrap_or(7) as u8;
            format!(";{ground};5;{n}")
        }
    }
}

/// Writes a picture in colour into the folder that `PILOTHOUSE_LOOK` names, to be looked at; without it nothing.
pub fn save(name: &str, buffer: &Buffer) {
    #[expect(clippy::disallowed_methods, reason = "a developer's wish, read in tests alone")]
    if let Ok(dir) = std::env::var("PILOTHOUSE_LOOK") {
        std::fs::write(std::path::Path::new(&dir).join(format!("{name}.ansi")), ansi(buffer)).unwrap();
    }
}

/// Compares a screen with its accepted picture.
pub fn assert_picture(name: &str, state: &State) {
    let buffer = draw(state, &dark());
    save(name, &buffer);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text(&buffer));
    });
}
