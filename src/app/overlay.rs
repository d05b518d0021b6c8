//! The overlays: one stack, the top one gets the keys.

pub mod help;
