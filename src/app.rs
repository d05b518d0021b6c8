//! State, messages and `update(&mut State, Msg, Now) -> Vec<Effect>`: pure and total. Same state, message and present give the same
//! state and effects. Nothing here waits, reads a clock, or knows how a screen is painted.

pub mod effect;
pub mod hints;
pub mod layout;
pub mod list;
pub mod msg;
pub mod overlay;
pub mod secret;
pub mod state;
pub mod view;

pub use effect::Effect;
pub use msg::Msg;
pub use state::State;
