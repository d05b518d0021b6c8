//! The way back, and what is said where the world moved since.
