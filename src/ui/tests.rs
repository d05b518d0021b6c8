//! Every screen at three sizes in every state, as text, and where colour carries a meaning, as roles. A changed picture is looked at
//! before it is accepted.

mod acts;
mod deck;
mod detail;
mod fixture;
mod look;
mod meaning;
mod operations;
mod overlays;
mod sizes;
