//! Columns: which fit into a pane and where they stand. Decided by the pane's width alone, so that nothing jumps when a digit is added.

use super::pen::Pen;
use crate::app::layout::Area;
use crate::config::theme::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// A column as a pane wishes it.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    pub align: Align,
    /// Cells it needs.
    pub least: u16,
    /// Cells it can use; more than `least` for names and texts.
    pub most: u16,
    /// Dropped first where room is short: the highest goes first, 0 never goes.
    pub drop: u8,
}

impl Column {
    pub const fn left(title: &'static str, least: u16, most: u16, drop: u8) -> Self {
        Self { title, align: Align::Left, least, most, drop }
    }

    pub const fn right(title: &'static str, least: u16, drop: u8) -> Self {
        Self { title, align: Align::Right, least, most: least, drop }
    }
}

/// As `drop`: the column is left out whatever the room.
pub const HIDDEN: u8 = u8::MAX;

/// Columns with where each stands: offset from the left edge and width. `None` = no room.
#[derive(Clone, Debug)]
pub struct Places<const N: usize> {
    columns: [Column; N],
    pub at: [Option<(u16, u16)>; N],
}

/// Cells before the first column, for the verdict's glyph and the mark.
pub const GUTTER: u16 = 2;

/// Places columns in `width` cells behind the gutter. Two cells stand between columns where that costs nothing, else one.
pub fn place<const N: usize>(columns: &[Column; N], width: u16) -> Places<N> {
    let room = width.saturating_sub(GUTTER);
    let mut kept = std::array::from_fn(|i| columns[i].drop != HIDDEN);
    let needed = |kept: &[bool; N], gap: u16| -> u16 {
        let n = kept.iter().filter(|k| **k).count() as u16;
        columns.iter().zip(kept).filter(|(_, k)| **k).map(|(c, _)| c.least).sum::<u16>() + gap * n.saturating_sub(1)
    };
    while needed(&kept, 1) > room {
        let Some(worst) = (0..N).filter(|&i| kept[i] && columns[i].drop > 0).max_by_key(|&i| columns[i].drop) else { break };
        kept[worst] = false;
    }
    let gap = if needed(&kept, 2) <= room { 2 } else { 1 };
    let mut spare = room.saturating_sub(needed(&kept, gap));
    let mut out = [None; N];
    let mut x = GUTTER;
    for i in (0..N).filter(|&i| kept[i]) {
        let c = &columns[i];
        let grown = (c.most - c.least).min(spare);
        spare -= grown;
        let wide = (c.least + grown).min(width.saturating_sub(x));
        out[i] = Some((x, wide));
        x = x.saturating_add(wide + gap);
    }
    Places { columns: *columns, at: out }
}

impl<const N: usize> Places<N> {
    /// Paints the column heads.
    pub fn draw_heads(&self, pen: &mut Pen<'_>, line: Area) {
        for (column, place) in self.columns.iter().zip(self.at) {
            let Some((x, wide)) = place else { continue };
            match column.align {
                Align::Left => _ = pen.text(line.x + x, line.y, wide, column.title, Role::TitleColumn),
                Align::Right => pen.right(line.x + x, line.y, wide, column.title, Role::TitleColumn),
            }
        }
    }

    /// Paints one cell of a row.
    pub fn draw_cell(&self, pen: &mut Pen<'_>, line: Area, i: usize, words: &str, role: Role) {
        let Some((x, wide)) = self.at[i] else { return };
        match self.columns[i].align {
            Align::Left => _ = pen.text(line.x + x, line.y, wide, words, role),
            Align::Right => pen.right(line.x + x, line.y, wide, words, role),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [Column::left("NAME", 8, 20, 0), Column::right("WANT", 4, 1), Column::right("AGE", 4, 2)];

    #[test]
    fn columns_are_dropped_by_importance_and_names_take_the_rest() {
        for (width, want) in [
            (40, [Some((2, 20)), Some((24, 4)), Some((30, 4))]),
            (22, [Some((2, 8)), Some((12, 4)), Some((18, 4))]),
            (21, [Some((2, 9)), Some((12, 4)), Some((17, 4))]),
            (17, [Some((2, 9)), Some((13, 4)), None]),
            (10, [Some((2, 8)), None, None]),
            (5, [Some((2, 3)), None, None]),
            (0, [Some((2, 0)), None, None]),
        ] {
            assert_eq!(place(&COLUMNS, width).at, want, "{width}");
        }
    }
}
