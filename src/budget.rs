//! Token buckets per scope, backoff, cost. Pure: whoever asks brings the time and the dice.

mod backoff;
mod bucket;
mod meter;

pub use backoff::{Backoff, next_try};
pub use bucket::Bucket;
pub use meter::Meter;
