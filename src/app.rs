//! State, messages and `update(&mut State, Msg, Now) -> Vec<Effect>`: pure and total. Same state, message and present give the same
//! state and effects. Nothing here waits, reads a clock, or knows how a screen is painted.

mod act;
mod deck;
pub mod effect;
mod focus;
mod group;
pub mod hints;
mod inverse;
mod keys;
pub mod layout;
pub mod list;
mod mouse;
pub mod msg;
mod open;
pub mod operations;
pub mod overlay;
pub mod pace;
mod queue;
mod scale;
pub mod secret;
mod start;
pub mod state;
pub mod subject;
mod update;
pub mod view;

pub use effect::Effect;
pub use hints::hints;
pub use msg::{Inversion, Msg};
pub use overlay::help::help;
pub use pace::next_change;
pub use state::State;
pub use update::update;

#[cfg(test)]
mod tests;
