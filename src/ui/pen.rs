//! The only hand on the cells: writes words by role, clipped to the screen whatever the numbers say.

use ratatui::buffer::Buffer;
use ratatui::style::{Color as CellColor, Modifier, Style};

use super::text;
use crate::app::layout::Area;
use crate::config::theme::{Color, Paint, Role, Theme};

/// Words of one line, each with its role.
pub type Words<'a> = Vec<(std::borrow::Cow<'a, str>, Role)>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Corners {
    Round,
    Square,
}

pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
}

impl<'a> Pen<'a> {
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme }
    }

    fn style(&self, role: Role) -> Style {
        to_style(self.theme.paint(role))
    }

    /// Cells of a line from `x` on that are on the screen, `room` at most.
    fn clip(&self, x: u16, y: u16, room: u16) -> u16 {
        let area = self.buffer.area;
        if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() { 0 } else { room.min(area.right() - x) }
    }

    /// The part of an area that is on the screen.
    fn visible(&self, area: Area) -> ratatui::layout::Rect {
        ratatui::layout::Rect { x: area.x, y: area.y, width: area.width, height: area.height }.intersection(self.buffer.area)
    }

    /// Writes a text, cut with `…` where it does not fit. Returns the cells it took.
    pub fn text(&mut self, x: u16, y: u16, room: u16, words: &str, role: Role) -> u16 {
        self.put(x, y, room, words, self.style(role))
    }

    /// Like [`Pen::text`] in the role's colour alone, without its weight.
    pub fn soft(&mut self, x: u16, y: u16, room: u16, words: &str, role: Role) -> u16 {
        let style = self.style(role);
        let style = if style.fg.is_some() { style.remove_modifier(Modifier::BOLD) } else { style };
        self.put(x, y, room, words, style)
    }

    /// Writes a text so that it ends at the right edge of `room`.
    pub fn right(&mut self, x: u16, y: u16, room: u16, words: &str, role: Role) {
        let words = text::cut_end(words, room);
        let pad = room.saturating_sub(text::width(&words));
        self.text(x.saturating_add(pad), y, room - pad.min(room), &words, role);
    }

    /// Writes words one after the other; what does not fit ends in `…`. Returns the cells they took.
    pub fn words(&mut self, x: u16, y: u16, room: u16, words: &[(impl AsRef<str>, Role)]) -> u16 {
        let mut used = 0;
        for (i, (word, role)) in words.iter().enumerate() {
            let left = room.saturating_sub(used);
            let full = text::width(word.as_ref());
            // The next word would be cut to nothing: this one carries the mark.
            let more = words[i + 1..].iter().any(|(w, _)| !w.as_ref().trim().is_empty());
            if full == left && more && full > 0 {
                let cut = format!("{word}…", word = text::cut_end(word.as_ref(), left.saturating_sub(1)).trim_end_matches('…'));
                used += self.text(x.saturating_add(used), y, left, &cut, *role);
                break;
            }
            used += self.text(x.saturating_add(used), y, left, word.as_ref(), *role);
            if full > left {
                break;
            }
        }
        used
    }

    fn put(&mut self, x: u16, y: u16, room: u16, words: &str, style: Style) -> u16 {
        let room = self.clip(x, y, room);
        if room == 0 || words.is_empty() {
            return 0;
        }
        let words = text::cut_end(words, room);
        let (end, _) = self.buffer.set_stringn(x, y, &*words, usize::from(room), style);
        end - x
    }

    /// One cell.
    pub fn glyph(&mut self, x: u16, y: u16, glyph: &str, role: Role) {
        self.text(x, y, 1, glyph, role);
    }

    /// One cell in a colour between those of two roles, nearer to the second the greater the share; without truecolour the first.
    pub fn blend(&mut self, x: u16, y: u16, glyph: &str, (from, to): (Role, Role), share: f64) {
        let (a, b) = (self.theme.paint(from), self.theme.paint(to));
        let style = match (a.fg, b.fg) {
            (Some(Color::Rgb(r, g, b)), Some(Color::Rgb(r2, g2, b2))) => {
                let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
                to_style(Paint { fg: Some(Color::Rgb(mix(r, r2), mix(g, g2), mix(b, b2))), ..a })
            }
            _ => to_style(a),
        };
        self.put(x, y, 1, glyph, style);
    }

    /// A horizontal run of one glyph.
    pub fn run(&mut self, x: u16, y: u16, length: u16, glyph: &str, role: Role) {
        let length = self.clip(x, y, length);
        let style = self.style(role);
        for column in x..x.saturating_add(length) {
            if let Some(cell) = self.buffer.cell_mut((column, y)) {
                cell.set_symbol(glyph).set_style(style);
            }
        }
    }

    /// Whether nothing is written in a cell.
    pub fn is_blank(&self, x: u16, y: u16) -> bool {
        self.buffer.cell((x, y)).is_some_and(|c| c.symbol() == " ")
    }

    /// Lays a ground: every cell blank, in the role's colours.
    pub fn ground(&mut self, area: Area, role: Role) {
        let (area, style) = (self.visible(area), self.style(role));
        for position in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }

    /// Tints what is written in an area: a selected row, a veil. The role's colours and attributes are laid over.
    pub fn tint(&mut self, area: Area, role: Role) {
        let (area, style) = (self.visible(area), self.style(role));
        self.buffer.set_style(area, style);
    }

    /// Paints everything in one role, weights taken away: what lies under a dialog.
    pub fn veil(&mut self, area: Area) {
        let (area, style) = (self.visible(area), self.style(Role::Veil));
        let drop = Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::REVERSED;
        self.buffer.set_style(area, Style { sub_modifier: drop, ..style });
    }

    /// A frame on the ring of an area.
    pub fn frame(&mut self, area: Area, role: Role, corners: Corners) {
        if area.width < 2 || area.height < 2 {
            return;
        }
        let (right, bottom) = (area.x + area.width - 1, area.y + area.height - 1);
        let [a, b, c, d] = if corners == Corners::Round { ["╭", "╮", "╰", "╯"] } else { ["┏", "┓", "┗", "┛"] };
        let (across, down) = if corners == Corners::Round { ("─", "│") } else { ("━", "┃") };
        self.run(area.x + 1, area.y, area.width - 2, across, role);
        self.run(area.x + 1, bottom, area.width - 2, across, role);
        for y in area.y + 1..bottom {
            self.glyph(area.x, y, down, role);
            self.glyph(right, y, down, role);
        }
        for (x, y, corner) in [(area.x, area.y, a), (right, area.y, b), (area.x, bottom, c), (right, bottom, d)] {
            self.glyph(x, y, corner, role);
        }
    }
}

fn to_style(paint: Paint) -> Style {
    let mut style = Style::new();
    style.fg = paint.fg.map(to_cell_color);
    style.bg = paint.bg.map(to_cell_color);
    let a = paint.attributes;
    for (on, modifier) in [
        (a.bold, Modifier::BOLD),
        (a.dim, Modifier::DIM),
        (a.italic, Modifier::ITALIC),
        (a.underline, Modifier::UNDERLINED),
        (a.reverse, Modifier::REVERSED),
    ] {
        if on {
            style = style.add_modifier(modifier);
        }
    }
    style
}

fn to_cell_color(color: Color) -> CellColor {
    const ANSI: [CellColor; 16] = [
        CellColor::Black,
        CellColor::Red,
        CellColor::Green,
        CellColor::Yellow,
        CellColor::Blue,
        CellColor::Magenta,
        CellColor::Cyan,
        CellColor::Gray,
        CellColor::DarkGray,
        CellColor::LightRed,
        CellColor::LightGreen,
        CellColor::LightYellow,
        CellColor::LightBlue,
        CellColor::LightMagenta,
        CellColor::LightCyan,
        CellColor::White,
    ];
    match color {
        Color::Default => CellColor::Reset,
        Color::Ansi(n) => ANSI[usize::from(n & 15)],
        Color::Indexed(n) => CellColor::Indexed(n),
        Color::Rgb(r, g, b) => CellColor::Rgb(r, g, b),
    }
}
