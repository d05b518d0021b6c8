//! The simulated estate.
