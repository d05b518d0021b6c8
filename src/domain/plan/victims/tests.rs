//! Whom each termination policy takes.

use super::super::fixture::{group, member};
use super::*;
use crate::domain::{Label, Status};

/// `count` go from `group`: the certain ones, and how many of which others.
fn chosen(group: &Group, count: usize) -> (Vec<String>, usize, Vec<String>) {
    let choice = choose(group, count);
    let ids = |of: &[(&Member, Label)]| of.iter().map(|(m, _)| m.label.to_string()).collect();
    (ids(&choice.certain), choice.open, ids(&choice.candidates))
}

fn policies(group: &mut Group, words: &[&str]) {
    group.termination_policies = words.iter().map(Label::new).collect();
}

fn versions(group: &mut Group, wanted: &str, words: &[&str]) {
    group.version_wanted = Some(Label::new(wanted));
    for (m, v) in group.members.iter_mut().zip(words) {
        m.version = Some(Label::new(v));
    }
}

#[test]
fn age_decides_where_the_policy_says_so() {
    let mut g = group(6);
    for (policy, count, want) in [
        ("OldestInstance", 1, vec!["i-01"]),
        ("OldestInstance", 3, vec!["i-01", "i-02", "i-03"]),
        ("NewestInstance", 2, vec!["i-06", "i-05"]),
    ] {
        policies(&mut g, &[policy]);
        assert_eq!(chosen(&g, count), (want.into_iter().map(str::to_owned).collect(), 0, vec![]), "{policy}");
    }
}

#[test]
fn balance_of_zones_beats_every_policy() {
    // Zone b could not launch: a has one old and three new, b two old. Halving under OldestInstance loses a NEW one of a.
    let mut g = group(0);
    g.members = vec![member(1, "a"), member(2, "b"), member(3, "b"), member(11, "a"), member(12, "a"), member(13, "a")];
    assert_eq!(chosen(&g, 3).0, ["i-01", "i-11", "i-02"]);
}

#[test]
fn unhealthy_members_go_first_even_protected_and_from_a_smaller_zone() {
    let mut g = group(0);
    g.members = vec![member(1, "a"), member(2, "a"), member(3, "b")];
    g.members[2].health = Status::bad("Unhealthy");
    g.members[2].protected = true;
    assert_eq!(chosen(&g, 1).0, ["i-03"]);
}

#[test]
fn protected_members_stay() {
    let mut g = group(4);
    for m in &mut g.members {
        m.protected = m.label.as_str() != "i-03";
    }
    assert_eq!(chosen(&g, 3), (vec!["i-03".to_owned()], 0, vec![]), "only one can go");
    g.members.iter_mut().for_each(|m| m.protected = true);
    assert_eq!(chosen(&g, 1), (vec![], 0, vec![]));
}

#[test]
fn old_versions_go_before_wanted_ones_and_the_oldest_of_them_first() {
    let mut g = group(4);
    policies(&mut g, &["OldestLaunchTemplate", "OldestInstance"]);
    versions(&mut g, "v42", &["v42", "v41", "v42", "v40"]);
    assert_eq!(chosen(&g, 1).0, ["i-04"], "v40 before v41, both in the fuller-or-equal zone");
    versions(&mut g, "v42", &["v42", "v42", "v42", "v42"]);
    assert_eq!(chosen(&g, 1).0, ["i-01"], "without a difference the next policy decides");
    versions(&mut g, "v9", &["v9", "v10", "v9", "v9"]);
    assert_eq!(chosen(&g, 1).0, ["i-02"], "rolled back: what is not wanted goes, whatever its number");
}

#[test]
fn what_cannot_be_known_is_said_to_be_open() {
    let mut g = group(4);
    for words in [&["Default"][..], &[], &["ClosestToNextInstanceHour"], &["AllocationStrategy", "OldestInstance"], &["arn:aws:lambda:x"]] {
        policies(&mut g, words);
        let (certain, open, candidates) = chosen(&g, 1);
        assert_eq!((certain.len(), open, candidates.len()), (0, 1, 4), "{words:?}");
    }
    policies(&mut g, &["Default"]);
    let listed = choose(&g, 1).listed();
    assert_eq!(&*listed[0].1, "any 1 of these 4: policy Default decides in zones a, b");
    // Half-known: both of the old version go, the third is anybody's guess.
    versions(&mut g, "v42", &["v41", "v41", "v42", "v42"]);
    let (certain, open, candidates) = chosen(&g, 3);
    assert_eq!((certain.len(), open, candidates.len()), (0, 3, 4));
    policies(&mut g, &["OldestInstance"]);
    g.members[0].launched = None;
    assert_eq!(chosen(&g, 1).1, 1, "without a launch time nobody is the oldest");
}

#[test]
fn all_candidates_going_is_certain_after_all() {
    let mut g = group(4);
    policies(&mut g, &["Default"]);
    let (certain, open, candidates) = chosen(&g, 4);
    assert_eq!((certain.len(), open, candidates.len()), (4, 0, 0));
}

#[test]
fn reasons_name_the_rule() {
    let mut g = group(5);
    let why = |g: &Group| choose(g, 1).certain[0].1.to_string();
    assert_eq!(why(&g), "the oldest in zone a");
    versions(&mut g, "v42", &["v41", "v42", "v42", "v42", "v42"]);
    policies(&mut g, &["OldestLaunchTemplate"]);
    assert_eq!(why(&g), "on the oldest version v41 in zone a");
    g.members[1].health = Status::bad("Unhealthy");
    assert_eq!(why(&g), "unhealthy ones go first");
}
