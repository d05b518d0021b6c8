//! The user's terminal: taken over, drawn on, and given back as it was on every way out but SIGKILL.
//!
//! Owns raw mode, the input stream, frame pacing and signals. Knows nothing of clouds; what is drawn comes from `ui`.

pub mod input;
pub mod pace;
pub mod screen;
pub mod session;
pub mod signals;

pub use input::Input;
pub use pace::Pacer;
pub use screen::Screen;
pub use session::Session;
pub use signals::{Signal, Signals};
