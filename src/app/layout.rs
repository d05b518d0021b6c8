//! Where things stand for a terminal size: plain arithmetic shared by `update` (paging, mouse) and `ui` (painting), so that neither
//! depends on what was last drawn.

use super::operations;
use super::state::{GroupTab, Overlay, Pane, Screen, State};
use super::view::ListId;
use crate::domain::{Environment, Operation};

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

impl Area {
    const fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

    /// Cuts `lines` off the top, as many as there are.
    fn split_top(self, lines: u16) -> (Self, Self) {
        let lines = lines.min(self.height);
        (Self { height: lines, ..self }, Self { y: self.y.saturating_add(lines), height: self.height - lines, ..self })
    }

    /// Cuts `lines` off the bottom; the rest comes first.
    fn split_bottom(self, lines: u16) -> (Self, Self) {
        self.split_top(self.height.saturating_sub(lines))
    }

    /// Cuts columns off the left.
    fn split_left(self, columns: u16) -> (Self, Self) {
        let columns = columns.min(self.width);
        (Self { width: columns, ..self }, Self { x: self.x.saturating_add(columns), width: self.width - columns, ..self })
    }

    /// Without the ring of cells at the edge. A pane's ring holds its title (top line) and, in focus, its frame; unfocused it is the space
    /// between panes, so that focus moves without moving a single word.
    #[must_use]
    pub fn inner(&self) -> Self {
        Self {
            x: self.x.saturating_add(self.width.min(1)),
            y: self.y.saturating_add(self.height.min(1)),
            width: self.width.saturating_sub(2),
            height: self.height.saturating_sub(2),
        }
    }

    pub fn contains(&self, column: u16, row: u16) -> bool {
        column >= self.x && column - self.x < self.width && row >= self.y && row - self.y < self.height
    }
}

/// The deck's parts; a pane without an area is folded into the tabs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeckLayout {
    pub header: Area,
    /// Tab bar, where panes are folded.
    pub tabs: Option<Area>,
    /// By `Pane::ALL` order. Each area includes its ring (see [`Area::inner`]): rows start below the title line, tables spend one more line
    /// on column heads.
    pub panes: [Option<Area>; 6],
    /// Operations under way, above the footer: a line each, where their pane has no room.
    pub operations: Option<Area>,
    pub footer: Area,
}

/// A drilled-in group, pool or database: `main` left, what was measured and what changed right where there is room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DetailLayout {
    pub header: Area,
    /// The ring of the drilled-in thing; its top line names it. The areas below lie inside.
    pub main: Area,
    /// Numbers, findings, endpoints: most important line first.
    pub facts: Area,
    /// Names of the tabs (groups only); cells come from [`group_tabs`].
    pub tabs: Option<Area>,
    /// Column heads of the list.
    pub head: Option<Area>,
    pub rows: Area,
    /// Metrics and changes of this thing, rings included.
    pub metrics: Option<Area>,
    pub changes: Option<Area>,
    pub operations: Option<Area>,
    pub footer: Area,
}

impl DeckLayout {
    pub fn pane(&self, pane: Pane) -> Option<Area> {
        self.panes[pane as usize]
    }
}

/// Production frames the whole screen in its colour where there is room for a frame.
pub fn is_framed(state: &State) -> bool {
    state.session.environment == Environment::Production && state.width >= 100 && state.height >= 30
}

/// What is left to draw on inside the frame of production.
pub fn screen(state: &State) -> Area {
    let whole = Area { x: 0, y: 0, width: state.width, height: state.height };
    if is_framed(state) { whole.inner() } else { whole }
}

/// Below this size panes fold into tabs.
const UNFOLDED: (u16, u16) = (100, 26);

/// Whether the terminal is too small for all panes at once.
pub fn is_folded(state: &State) -> bool {
    let whole = screen(state);
    whole.width < UNFOLDED.0 || whole.height < UNFOLDED.1
}

/// Header, body, operations and footer, which every screen has.
fn shell(state: &State) -> (Area, Area, Option<Area>, Area) {
    let whole = screen(state);
    let (header, rest) = whole.split_top(1);
    let (rest, footer) = rest.split_bottom(1);
    let lines = (operations::on_deck(state).count() as u16).min(match rest.height {
        0..8 => 0,
        8..16 => 1,
        16..30 => 2,
        _ => 4,
    });
    let (body, operations) = rest.split_bottom(lines);
    (header, body, (lines > 0).then_some(operations), footer)
}

/// Share of a length in percent.
fn percent(length: u16, percent: u16) -> u16 {
    (u32::from(length) * u32::from(percent) / 100) as u16
}

/// Lays the deck out for the state's terminal size, zoom and focus.
pub fn deck(state: &State) -> DeckLayout {
    let (header, body, operations, footer) = shell(state);
    let mut out = DeckLayout { header, tabs: None, panes: [None; 6], operations, footer };
    let focus = state.deck.focus as usize;
    // In front of everything else the operations need no second place at the foot.
    let whole = Area { height: footer.y.saturating_sub(body.y), ..body };
    if is_folded(state) {
        let alone = state.deck.focus == Pane::Operations;
        let (tabs, rest) = if alone { whole } else { body }.split_top(u16::from(body.height >= 4));
        if alone {
            out.operations = None;
        }
        out.tabs = (tabs.height > 0).then_some(tabs);
        out.panes[focus] = Some(rest);
    } else if state.deck.zoom {
        if state.deck.focus == Pane::Operations {
            out.operations = None;
            out.panes[focus] = Some(whole);
        } else {
            out.panes[focus] = Some(body);
        }
    } else {
        let body = if operations.is_some() {
            out.operations = None;
            let (body, area) = whole.split_bottom(operations_height(state, whole.height));
            out.panes[Pane::Operations as usize] = Some(area);
            body
        } else {
            body
        };
        let (left, right) = body.split_left(percent(body.width, 58));
        let (groups, below) = left.split_top(percent(left.height, 56));
        let (pools, databases) = below.split_left(percent(below.width, 50));
        let (metrics, changes) = right.split_top(percent(right.height, 54));
        out.panes[..5].copy_from_slice(&[Some(groups), Some(pools), Some(databases), Some(metrics), Some(changes)]);
    }
    out
}

/// Lines of the pane of the operations, ring included. It depends on what kind of operations there are, not on how far they are: nothing
/// jumps while one goes on.
fn operations_height(state: &State, whole: u16) -> u16 {
    let (mut some, mut slotted) = (0, false);
    for operation in operations::on_deck(state) {
        some += 1;
        slotted |= has_slots(operation);
    }
    if slotted { percent(whole, 36).clamp(9, 18) } else { some.min(4) + 2 }
}

/// Whether an operation works on members one by one, also before the first slot is there.
pub fn has_slots(operation: &Operation) -> bool {
    !operation.slots.is_empty() || &*operation.word == "redeploy"
}

/// The screen of the operations: the list above, the chosen one below. Rings included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationsLayout {
    pub header: Area,
    pub list: Area,
    pub detail: Area,
    pub footer: Area,
}

pub fn operations(state: &State) -> OperationsLayout {
    let whole = screen(state);
    let (header, rest) = whole.split_top(1);
    let (body, footer) = rest.split_bottom(1);
    // As many lines as there are operations, a third of the screen at most; a few more at once do not move the rest.
    let wanted = (state.operations.len() as u16).clamp(3, 12).next_multiple_of(3) + 2;
    let (list, detail) = body.split_top(wanted.min(body.height / 3).max(3).min(body.height));
    OperationsLayout { header, list, detail, footer }
}

/// Column heads (where the pane is a table and has room for them) and rows of a deck pane.
pub fn pane_rows(pane: Pane, area: Area) -> (Option<Area>, Area) {
    let table = matches!(pane, Pane::Groups | Pane::Pools | Pane::Databases);
    heads(area.inner(), table)
}

fn heads(inner: Area, table: bool) -> (Option<Area>, Area) {
    if table && inner.height >= 3 {
        let (head, rows) = inner.split_top(1);
        (Some(head), rows)
    } else {
        (None, inner)
    }
}

/// The drilled-in screen, whichever it is; on the deck an empty layout.
pub fn detail(state: &State) -> DetailLayout {
    let shown = state.shown();
    let (facts, tabs) = match &state.screen {
        Screen::Deck | Screen::Operations | Screen::Start(_) => return DetailLayout::default(),
        Screen::Group(g) => (3 + shown.group(&g.id).map_or(0, |g| g.assessment.findings.len().min(3)), true),
        Screen::Pool(p) => (3 + shown.pool(&p.id).map_or(0, |p| p.assessment.findings.len().min(3) + p.item.balancers.len().min(3)), false),
        Screen::Database(d) => {
            (6 + shown.database(&d.id).map_or(0, |d| d.assessment.findings.len().min(3) + d.item.pending.len().min(2)), false)
        }
    };
    let (header, body, operations, footer) = shell(state);
    let (main, right) = if is_folded(state) || state.deck.zoom {
        (body, None)
    } else {
        let (main, right) = body.split_left(percent(body.width, 58));
        (main, Some(right.split_top(percent(right.height, 54))))
    };
    let inner = main.inner();
    let (facts, rest) = inner.split_top((facts as u16).min(inner.height / 2));
    let (bar, rest) = rest.split_top(u16::from(tabs && rest.height >= 3));
    let (head, rows) = heads(rest, true);
    DetailLayout {
        header,
        main,
        facts,
        tabs: (bar.height > 0).then_some(bar),
        head,
        rows,
        metrics: right.map(|(m, _)| m),
        changes: right.map(|(_, c)| c),
        operations,
        footer,
    }
}

/// The drilled-in group.
pub fn group(state: &State) -> DetailLayout {
    detail(state)
}

/// Words of the folded panes' tabs. There are six only while there are operations, and then the longest title is shortened.
pub fn pane_titles(state: &State) -> Vec<(Pane, &'static str)> {
    let some = operations::on_deck(state).next().is_some();
    let shown = Pane::ALL.into_iter().filter(|p| *p != Pane::Operations || some);
    shown.map(|p| (p, if p == Pane::Changes && some { "CHANGES" } else { p.title() })).collect()
}

/// Cells of the folded panes' tabs in `bar`: room for ` 1 TITLE `, or only the digit where titles do not fit.
pub fn pane_tabs(state: &State, bar: Area) -> Vec<(Pane, &'static str, Area)> {
    let titles = pane_titles(state);
    let widths: Vec<u16> = titles.iter().map(|(_, t)| t.chars().count() as u16 + 4).collect();
    titles.into_iter().zip(cells(bar, &widths)).map(|((pane, title), area)| (pane, title, area)).collect()
}

/// Cells of a group's tabs in `bar`, in `GroupTab::ALL` order: room for ` TITLE `, or an equal share.
pub fn group_tabs(bar: Area) -> [Area; 6] {
    let cells = cells(bar, &GroupTab::ALL.map(|t| t.title().chars().count() as u16 + 2));
    std::array::from_fn(|i| cells[i])
}

fn cells(bar: Area, widths: &[u16]) -> Vec<Area> {
    let fits = widths.iter().sum::<u16>() <= bar.width;
    let mut rest = bar;
    let one = |w: &u16| {
        let (cell, right) = rest.split_left(if fits { *w } else { bar.width / widths.len().max(1) as u16 });
        rest = right;
        cell
    };
    widths.iter().map(one).collect()
}

/// Between header and footer, which no dialog covers: where one is and how bad it is stays in sight, and so do the keys.
fn between(state: &State) -> Area {
    screen(state).split_top(1).1.split_bottom(1).0
}

/// A dialog of this size (ring included) in the middle of the screen, as much of it as fits.
pub fn dialog(state: &State, width: u16, height: u16) -> Area {
    let room = between(state);
    let (width, height) = (width.min(room.width), height.min(room.height));
    Area::new(room.x + (room.width - width) / 2, room.y + (room.height - height) / 2, width, height)
}

/// Lines that a dialog can hold, ring excluded.
pub fn dialog_lines(state: &State) -> u16 {
    between(state).inner().height
}

/// The help overlay; its inner area scrolls.
pub fn help(state: &State) -> Area {
    let lines = super::overlay::help::line_count(state) as u16;
    dialog(state, 78, lines.saturating_add(2))
}

/// The palette: an input line, then the commands, or a line that there are none. Its top stays where it is while the list narrows.
pub fn palette(state: &State) -> Area {
    let whole = between(state);
    let (width, height) = (64.min(whole.width), 18.min(whole.height));
    let found = match state.overlays.last() {
        Some(Overlay::Palette { input, .. }) => super::overlay::palette::matches(state, input).len().max(1) as u16,
        _ => height,
    };
    Area::new(whole.x + (whole.width - width) / 2, whole.y + (whole.height - height) / 4, width, height.min(found.saturating_add(3)))
}

/// Commands that fit into the palette at once.
pub fn palette_rows(state: &State) -> Area {
    palette(state).inner().split_top(1).1
}

/// Where the rows of a list stand; a list that is folded away has the area it would get in front.
pub fn list_rows(state: &State, list: ListId) -> Area {
    match list {
        ListId::Deck(pane) => {
            let deck = deck(state);
            let area = deck.pane(pane).or(deck.pane(state.deck.focus)).unwrap_or_default();
            pane_rows(pane, area).1
        }
        ListId::Tab(_) | ListId::Targets | ListId::Events => detail(state).rows,
    }
}

/// Lines a list can show.
pub fn list_height(state: &State, list: ListId) -> u16 {
    list_rows(state, list).height
}
