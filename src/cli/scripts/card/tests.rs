//! The card as a reader of a terminal or a program sees it.

use super::*;
use crate::domain::ScaleRequest;
use crate::domain::plan::fixture::{group, member_id, plan, scale_to};

#[test]
fn every_line_says_one_thing() {
    let group = group(4);
    let text = Card::of(&scale_to(&group, 6), None, "STAGING").text();
    for line in [
        "Scale portal 4 → 6",
        "STAGING in eu-central-1",
        "want",
        "(+2, bounds 2–12)",
        "zone a",
        "healthy",
        "call 1: set desired capacity 6",
        "undo: possible: scale",
    ] {
        assert!(text.contains(line), "{line:?} is not in:\n{text}");
    }
    let want = text.lines().find(|l| l.contains("want")).unwrap();
    assert!(want.contains("4 → 6"), "{want}");
    assert!(text.lines().all(|l| !l.ends_with(' ') && !l.contains('\u{1b}')), "{text}");
}

#[test]
fn who_goes_is_named_with_the_reason() {
    let group = group(4);
    let chosen = ScaleRequest { victims: vec![member_id(2)], ..ScaleRequest::to(&group.id, 3) };
    let card = Card::of(&plan(&group, &chosen), None, "STAGING");
    assert!(card.victims_chosen);
    assert_eq!(card.victims, [Victim { id: Label::new("i-02"), why: Label::new("chosen") }]);
    assert!(card.text().contains("will go, as chosen:\n    i-02  chosen"), "{}", card.text());
}

#[test]
fn a_refusal_names_rule_place_and_what_would_be_allowed() {
    let group = group(8);
    let plan = scale_to(&group, 2);
    let rules = crate::domain::GuardRules { max_step_source: Label::new("config.toml:7"), ..Default::default() };
    let judgement = crate::domain::plan::guard::judge(&plan, &group, &rules, crate::domain::Now::at(0));
    let card = Card::of(&plan, None, "STAGING").judged(&judgement);
    let text = card.text();
    assert!(text.contains("rule max-step, config.toml:7") && text.contains("allowed: up to 2 at a time"), "{text}");
    let document = serde_json::to_value(&card).unwrap();
    assert_eq!(document["refusals"][0]["rule"], "max-step");
    assert_eq!(document["refusals"][0]["source"], "config.toml:7");
}

#[test]
fn a_thing_without_a_size_has_no_numbers() {
    let group = group(4);
    let mut plan = scale_to(&group, 6);
    plan.impact = Impact { changes: vec![("muted".into(), "no".into(), "until 18:00".into())], ..Impact::default() };
    let text = Card::of(&plan, None, "STAGING").text();
    assert!(!text.contains("want") && !text.contains("healthy"), "{text}");
    assert!(text.contains("muted  no → until 18:00"), "{text}");
}
