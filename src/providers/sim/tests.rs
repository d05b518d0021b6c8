//! The model is tested for behaviour: what must follow from what, never which number came out of the dice.

mod life;
mod reads;
mod story;
mod support;
mod writes;
