//! The mouse: a click puts keys and cursor where it points, a double click opens, the wheel scrolls what lies under it and leaves the cursor
//! alone. What stands where follows from the layout, never from what was last drawn.

use super::effect::Effect;
use super::layout::{self, Area};
use super::list::Motion;
use super::msg::{Mouse, MouseKind};
use super::state::{GroupTab, Overlay, Pane, Screen, State};
use super::view::ListId;
use super::{deck, group, keys, open, operations, overlay};

/// Lines the wheel turns at once.
const WHEEL: i32 = 3;

pub(super) fn point(state: &mut State, mouse: Mouse, out: &mut Vec<Effect>) {
    match state.overlays.last() {
        None => {}
        Some(Overlay::Help { .. }) => {
            return match mouse.kind {
                MouseKind::ScrollUp => overlay::help::scroll(state, -(WHEEL as isize)),
                MouseKind::ScrollDown => overlay::help::scroll(state, WHEEL as isize),
                MouseKind::Press | MouseKind::DoublePress => {}
            };
        }
        // A dialog is answered by key alone: a stray click confirms nothing.
        Some(_) => return,
    }
    match mouse.kind {
        MouseKind::Press => press(state, mouse),
        MouseKind::DoublePress => {
            if press_row(state, mouse) {
                open::selected(state, out);
            }
        }
        MouseKind::ScrollUp => wheel(state, mouse, -WHEEL),
        MouseKind::ScrollDown => wheel(state, mouse, WHEEL),
    }
}

fn press(state: &mut State, mouse: Mouse) {
    let hit = |cells: &[Area]| cells.iter().position(|c| c.contains(mouse.column, mouse.row));
    match &state.screen {
        Screen::Deck => {
            if let Some(bar) = layout::deck(state).tabs {
                let tabs = layout::pane_tabs(state, bar);
                if let Some((pane, ..)) = tabs.iter().find(|(.., cell)| cell.contains(mouse.column, mouse.row)) {
                    return deck::focus(state, *pane);
                }
            }
        }
        Screen::Group(_) => {
            if let Some(tab) = layout::detail(state).tabs.and_then(|bar| hit(&layout::group_tabs(bar))) {
                return group::show(state, GroupTab::ALL[tab]);
            }
        }
        Screen::Pool(_) | Screen::Database(_) | Screen::Operations | Screen::Start(_) => {}
    }
    press_row(state, mouse);
}

/// Selects the row under the pointer; false where there is none.
fn press_row(state: &mut State, mouse: Mouse) -> bool {
    if matches!(state.screen, Screen::Deck)
        && let Some(pane) = pane_at(state, mouse)
    {
        deck::focus(state, pane);
    }
    let Some(id) = ListId::focused(state) else { return false };
    let rows = layout::list_rows(state, id);
    if !rows.contains(mouse.column, mouse.row) {
        return false;
    }
    let Some(list) = id.of_mut(state) else { return false };
    let Some(at) = list.row_on_line(mouse.row - rows.y) else { return false };
    list.touched = true;
    list.move_to(at, rows.height);
    true
}

fn pane_at(state: &State, mouse: Mouse) -> Option<Pane> {
    let deck = layout::deck(state);
    Pane::ALL.into_iter().find(|p| deck.pane(*p).is_some_and(|a| a.contains(mouse.column, mouse.row)))
}

fn wheel(state: &mut State, mouse: Mouse, lines: i32) {
    let id = match &state.screen {
        Screen::Start(_) | Screen::Operations => None,
        Screen::Deck => pane_at(state, mouse).map(ListId::Deck),
        Screen::Group(_) | Screen::Pool(_) | Screen::Database(_) => {
            layout::detail(state).main.contains(mouse.column, mouse.row).then(|| ListId::focused(state)).flatten()
        }
    };
    match id {
        None => {}
        Some(ListId::Deck(Pane::Operations)) => operations::go(state, if lines > 0 { Motion::PageDown } else { Motion::PageUp }),
        Some(ListId::Deck(Pane::Metrics)) => keys::scroll_charts(state, if lines > 0 { Motion::Down } else { Motion::Up }),
        Some(id) => {
            let height = layout::list_height(state, id);
            if let Some(list) = id.of_mut(state) {
                list.scroll(lines, height);
            }
        }
    }
}
