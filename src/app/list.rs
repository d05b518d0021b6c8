//! A list that is drawn by its window: selection by key, scroll by lines, ghosts. Movement costs the same at any length; only new data
//! and a new filter walk the rows.

use super::state::{ListState, Row, RowKey};
use crate::domain::{Label, Now};

/// A way to move the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    Down,
    Up,
    PageDown,
    PageUp,
    Top,
    Bottom,
}

impl ListState {
    /// Puts freshly made rows in place of the old ones after new data. The selected row keeps its line on the screen; a selected thing that
    /// is gone leaves a ghost saying `last` where it stood. Until the user touches the list the selection follows the top row.
    pub(super) fn apply_data(&mut self, rows: Vec<Row>, last: Option<Label>, now: Now, height: u16) {
        let line = self.cursor_line(height);
        self.rows = rows;
        if !self.touched {
            let top = self.rows.first().map(|r| r.key.clone());
            if self.selected.is_some() && top != self.selected {
                self.followed = Some(now);
            }
            (self.selected, self.position, self.offset, self.ghost) = (top, 0, 0, None);
            self.measure();
            return;
        }
        if let Some(key) = self.selected.clone() {
            if let Some(at) = self.rows.iter().position(|r| r.key == key) {
                (self.position, self.ghost) = (at, None);
            } else {
                let at = self.position.min(self.rows.len());
                self.ghost = Some(self.ghost.take().or(last).unwrap_or_default());
                self.rows.insert(at, Row { key, index: None, height: 1 });
                self.position = at;
            }
        } else {
            self.position = 0;
            self.selected = self.rows.first().map(|r| r.key.clone());
        }
        self.measure();
        if let Some(line) = line {
            let top = self.top_of(self.position).saturating_sub(line);
            self.offset = self.tops.partition_point(|t| *t < top).min(self.position);
            self.show_cursor(height);
        }
        self.clamp(height);
    }

    /// Puts the rows that a changed filter leaves in place. The selection stays if its row matches, and goes to the first row if not.
    pub(super) fn apply_filter(&mut self, rows: Vec<Row>, height: u16) {
        self.rows = rows;
        self.touched = true;
        // The user moved it: what an operating key means is plain.
        self.followed = None;
        self.ghost = None;
        self.position = self.selected.as_ref().and_then(|key| self.rows.iter().position(|r| r.key == *key)).unwrap_or(0);
        self.selected = self.rows.get(self.position).map(|r| r.key.clone());
        self.measure();
        self.offset = 0;
        self.show_cursor(height);
    }

    /// Moves the cursor. From out of sight it first comes back to the nearest row that is seen.
    pub(super) fn apply_motion(&mut self, motion: Motion, height: u16) {
        self.touched = true;
        self.followed = None;
        if self.rows.is_empty() {
            return;
        }
        let last = self.rows.len() - 1;
        let from = self.position.min(last);
        let page = u32::from(height.max(1));
        let seen = self.is_cursor_seen(height);
        let to = match motion {
            Motion::Top => 0,
            Motion::Bottom => last,
            Motion::Down | Motion::Up if !seen => {
                if from < self.offset {
                    self.offset.min(last)
                } else {
                    self.last_seen(height)
                }
            }
            Motion::Down => (from + 1).min(last),
            Motion::Up => from.saturating_sub(1),
            Motion::PageDown => self.row_at_line(self.top_of(from) + page).max(from + 1).min(last),
            Motion::PageUp => self.row_at_line(self.top_of(from).saturating_sub(page)).min(from.saturating_sub(1)),
        };
        if matches!(motion, Motion::PageDown | Motion::PageUp) {
            // The whole window turns by a page, so that the cursor keeps its line.
            let top = self.top_of(self.offset);
            let top = if motion == Motion::PageDown { top + page } else { top.saturating_sub(page) };
            self.offset = self.row_at_line(top);
            self.clamp(height);
        }
        self.move_to(to, height);
    }

    /// Puts the cursor on a row by position; a ghost that is left behind disappears.
    pub(super) fn move_to(&mut self, to: usize, height: u16) {
        let mut to = to;
        if self.ghost.is_some() && to != self.position {
            self.ghost = None;
            self.rows.remove(self.position);
            if to > self.position {
                to -= 1;
            }
            self.measure();
        }
        self.position = to.min(self.rows.len().saturating_sub(1));
        self.selected = self.rows.get(self.position).map(|r| r.key.clone());
        self.show_cursor(height);
        self.clamp(height);
    }

    /// Selects the row of this key, if it is there.
    pub(super) fn select(&mut self, key: &RowKey, height: u16) -> bool {
        self.touched = true;
        let found = self.rows.iter().position(|r| r.key == *key);
        if let Some(at) = found {
            self.move_to(at, height);
        }
        found.is_some()
    }

    /// Scrolls without moving the cursor.
    pub(super) fn scroll(&mut self, lines: i32, height: u16) {
        self.touched = true;
        let top = i64::from(self.top_of(self.offset)) + i64::from(lines);
        let row = self.row_at_line(u32::try_from(top).unwrap_or(0));
        // A row of two lines must not hold the wheel back.
        self.offset = if lines > 0 { row.max(self.offset + 1) } else { row };
        self.clamp(height);
    }

    /// Whether the selected row is on the screen, at least its first line.
    pub fn is_cursor_seen(&self, height: u16) -> bool {
        self.position >= self.offset && self.top_of(self.position) < self.top_of(self.offset) + u32::from(height)
    }

    /// Rows that are on the screen, the last one perhaps cut.
    pub fn window(&self, height: u16) -> std::ops::Range<usize> {
        let end = self.top_of(self.offset) + u32::from(height);
        let rows = self.tops.len().saturating_sub(1);
        self.offset.min(rows)..self.tops.partition_point(|t| *t < end).min(rows)
    }

    /// The row that stands on a line of the window, counted from its top.
    pub fn row_on_line(&self, line: u16) -> Option<usize> {
        let at = self.top_of(self.offset) + u32::from(line);
        (at < *self.tops.last()?).then(|| self.row_at_line(at))
    }

    /// Brings the cursor into sight.
    pub(super) fn show_cursor(&mut self, height: u16) {
        let bottom = self.top_of(self.position + 1);
        if self.position < self.offset {
            self.offset = self.position;
        } else if bottom > self.top_of(self.offset) + u32::from(height) {
            let top = bottom.saturating_sub(u32::from(height));
            self.offset = self.tops.partition_point(|t| *t < top).min(self.position);
        }
    }

    /// Never scrolls beyond a full last page.
    pub(super) fn clamp(&mut self, height: u16) {
        let all = self.tops.last().copied().unwrap_or(0);
        let top = all.saturating_sub(u32::from(height));
        let furthest = self.tops.partition_point(|t| *t < top).min(self.rows.len().saturating_sub(1));
        self.offset = self.offset.min(furthest);
    }

    /// Line of the cursor within the window, if it is there.
    fn cursor_line(&self, height: u16) -> Option<u32> {
        let seen = !self.rows.is_empty() && self.is_cursor_seen(height);
        seen.then(|| self.top_of(self.position) - self.top_of(self.offset))
    }

    /// Last row that is on the screen whole, or the first one if none is.
    fn last_seen(&self, height: u16) -> usize {
        let end = self.top_of(self.offset) + u32::from(height);
        self.tops.partition_point(|t| *t <= end).saturating_sub(2).max(self.offset)
    }

    fn top_of(&self, row: usize) -> u32 {
        self.tops.get(row).or(self.tops.last()).copied().unwrap_or(0)
    }

    /// The row that covers a line of the whole list; the last row beyond its end.
    fn row_at_line(&self, line: u32) -> usize {
        self.tops.partition_point(|t| *t <= line).saturating_sub(1).min(self.rows.len().saturating_sub(1))
    }

    fn measure(&mut self) {
        self.tops.clear();
        self.tops.reserve(self.rows.len() + 1);
        let mut line = 0;
        for row in &self.rows {
            self.tops.push(line);
            line += u32::from(row.height);
        }
        self.tops.push(line);
    }
}
