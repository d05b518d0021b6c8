//! The model is tested for behaviour: what must follow from what, never which number came out of the dice.

mod databases;
mod life;
mod members;
mod processes;
mod reads;
mod refresh;
mod routing;
mod story;
mod support;
mod trouble;
mod writes;
