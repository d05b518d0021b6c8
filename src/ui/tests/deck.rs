//! The deck in every state a picture can have.

use super::fixture;
use super::look::assert_picture;
use crate::domain::{Environment, Snapshot};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn at_every_size(name: &str, snapshot: fn() -> Snapshot) {
    for (width, height) in SIZES {
        let state = fixture::state(width, height, Environment::Staging, snapshot());
        assert_picture(&format!("deck_{name}_{width}x{height}"), &state);
    }
}

#[test]
fn loading() {
    at_every_size("loading", fixture::loading);
}

#[test]
fn empty() {
    at_every_size("empty", fixture::empty);
}

#[test]
fn full() {
    at_every_size("full", fixture::full);
}

#[test]
fn healthy() {
    at_every_size("healthy", fixture::healthy);
}

#[test]
fn partial() {
    at_every_size("partial", fixture::partial);
}

#[test]
fn stale() {
    at_every_size("stale", fixture::stale);
}

#[test]
fn error() {
    at_every_size("error", fixture::broken);
}

#[test]
fn two_regions() {
    for (width, height) in SIZES {
        let mut state = fixture::state(width, height, Environment::Staging, Snapshot::default());
        state.session.scopes.push(fixture::far_scope());
        fixture::show(&mut state, fixture::two_regions());
        fixture::press(&mut state, &["/", "w", "e", "b", "enter"]);
        assert_picture(&format!("deck_two_regions_{width}x{height}"), &state);
    }
}
