//! Drilling in and coming back; the first screen.

use super::*;
use crate::app::effect::Estate as Chosen;
use crate::app::state::{FoundProfile, GroupTab, Screen, Start};

fn tab(c: &Console) -> GroupTab {
    match &c.state.screen {
        Screen::Group(g) => g.tab,
        other => panic!("no group but {other:?}"),
    }
}

fn list_of(c: &Console) -> &ListState {
    crate::app::view::ListId::focused(&c.state).and_then(|id| id.of(&c.state)).expect("a list is in focus")
}

#[test]
fn enter_leads_to_what_a_row_is_about_and_esc_back() {
    for (keys, want) in [
        ("enter", Some(group_id("portal"))),
        ("2 enter", Some(id(Kind::Pool, "portal-tg"))),
        ("3 enter", Some(id(Kind::Database, "mysql"))),
        ("4 enter", Some(group_id("portal"))),
        ("5 enter", Some(id(Kind::Pool, "portal-tg"))),
        ("5 j enter", Some(group_id("portal"))),
        ("5 j j enter", Some(id(Kind::Database, "mysql"))),
        ("5 j j j enter", None),
        ("enter enter", Some(id(Kind::Pool, "portal-tg"))),
        ("enter esc", None),
        ("enter enter esc", Some(group_id("portal"))),
        ("enter enter enter", Some(group_id("portal"))),
        ("enter enter enter esc", None),
    ] {
        let mut c = Console::new("portal");
        c.press(keys);
        assert_eq!(c.state.screen.about().cloned(), want, "{keys}");
    }
}

#[test]
fn a_target_leads_to_its_member() {
    let mut c = Console::new("portal");
    c.press("2 enter enter");
    assert_eq!(rows(list_of(&c)), "i-portal-0 >i-portal-1 i-portal-2 i-portal-3");
}

#[test]
fn a_group_has_tabs_in_a_ring() {
    let mut c = Console::new("portal");
    c.estate.groups[0].item.tags = vec![(Label::new("team"), Label::new("web"))];
    c.refresh();
    c.press("enter tab");
    assert_eq!(tab(&c), GroupTab::Activities);
    c.press("shift-tab shift-tab");
    assert_eq!((tab(&c), rows(list_of(&c)).as_str()), (GroupTab::Tags, ">team"));
}

#[test]
fn unhealthy_members_come_first() {
    let mut c = Console::new("portal");
    c.estate.groups[0].item.members[2].targets[0].state = Status::bad("unhealthy");
    c.refresh();
    c.press("enter");
    assert_eq!(rows(list_of(&c)), ">i-portal-2 i-portal-0 i-portal-1 i-portal-3");
}

#[test]
fn a_group_that_vanishes_under_its_screen_is_not_operated_on() {
    let mut c = Console::new("portal");
    c.press("enter j");
    c.estate.without("portal");
    c.refresh();
    assert_eq!(rows(list_of(&c)), ">(i-portal-1)");
    c.press("+");
    assert!(c.state.overlays.is_empty() && c.notice().contains("no longer there"), "{}", c.notice());
}

#[test]
fn a_screen_left_behind_is_up_to_date_when_one_returns() {
    let mut c = Console::new("portal");
    c.press("enter j enter");
    c.estate.groups[0].item.members.remove(1);
    c.refresh();
    c.press("esc");
    assert_eq!(rows(list_of(&c)), "i-portal-0 >(i-portal-1) i-portal-2 i-portal-3");
}

fn start() -> State {
    let profile = |name: &str, region: Option<&str>| FoundProfile {
        name: name.to_owned(),
        label: Label::new(name),
        region: region.map(str::to_owned),
        kind: Label::new("sso"),
        origin: Label::new("config"),
    };
    let start = Start {
        reason: Label::new("no credentials"),
        profiles: vec![profile("ops", Some("eu-west-1")), profile("dev", None)],
        selected: 0,
    };
    State::choosing(session(Environment::Unclassified, false), start, Now::at(0), 80, 24)
}

#[test]
fn the_first_screen_opens_what_is_chosen() {
    for (keys, want) in [
        ("enter", Effect::OpenEstate(Chosen::Demo)),
        ("j enter", Effect::OpenEstate(Chosen::Profile { profile: "ops".into(), regions: vec!["eu-west-1".into()] })),
        ("G enter", Effect::OpenEstate(Chosen::Profile { profile: "dev".into(), regions: vec![] })),
        ("j j j k k k enter", Effect::OpenEstate(Chosen::Demo)),
        ("q", Effect::Quit),
        ("esc", Effect::Quit),
        ("ctrl-c", Effect::Quit),
    ] {
        let mut state = start();
        let effects: Vec<_> = keys.split(' ').flat_map(|k| update(&mut state, Msg::Key(Key::parse(k).unwrap()), Now::at(1))).collect();
        assert_eq!(effects, [want], "{keys}");
    }
}
