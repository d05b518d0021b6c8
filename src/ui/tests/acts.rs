//! Menus, forms and cards of everything that is done besides scaling.

use super::fixture::{self, press};
use super::look::assert_picture;
use crate::domain::Environment;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn sized(name: &str, keys: &[&str]) {
    for (width, height) in SIZES {
        let mut state = fixture::state(width, height, Environment::Staging, fixture::full());
        press(&mut state, keys);
        assert_picture(&format!("{name}_{width}x{height}"), &state);
    }
}

#[test]
fn redeploy_form() {
    sized("redeploy_form", &["j", "k", "R"]);
}

#[test]
fn redeploy_form_with_settings() {
    for (width, height) in SIZES {
        let mut state = fixture::state(width, height, Environment::Staging, fixture::full());
        press(&mut state, &["j", "k", "R", "1", "tab", "ctrl-u", "9", "0", "tab", "ctrl-u", "1", "2", "0", "tab", "tab"]);
        assert_picture(&format!("redeploy_settings_{width}x{height}"), &state);
    }
}

#[test]
fn processes_form() {
    sized("processes_form", &["j", "k", "P", "space", "down", "space"]);
}

#[test]
fn freeze_card() {
    sized("card_freeze", &["j", "k", "F"]);
}

#[test]
fn redeploy_card() {
    sized("card_redeploy", &["j", "k", "R", "2", "enter"]);
}

#[test]
fn group_menu() {
    sized("menu_group", &["j", "k", "c"]);
}

#[test]
fn member_menu_and_card() {
    sized("menu_member", &["j", "k", "enter", "j", "c"]);
    sized("card_terminate", &["j", "k", "enter", "j", "c", "enter"]);
}

#[test]
fn database_menu_and_card() {
    sized("menu_database", &["3", "j", "k", "c"]);
    sized("card_reboot_database", &["3", "j", "k", "c", "enter"]);
}

#[test]
fn mute_form() {
    sized("mute_form", &["5", "j", "k", "c", "enter"]);
}

#[test]
fn several_groups_on_one_card() {
    sized("bulk_freeze", &["space", "space", "space", "F"]);
    sized("bulk_up", &["space", "space", "space", "/", "w", "enter", "+"]);
    for (width, height) in SIZES {
        let mut state = fixture::state(width, height, Environment::Production, fixture::full());
        press(&mut state, &["space", "space", "space", "F", "p", "r"]);
        assert_picture(&format!("bulk_production_{width}x{height}"), &state);
    }
}
