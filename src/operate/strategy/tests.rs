//! Strategies, one step at a time.
