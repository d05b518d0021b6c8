//! Names that are one thing's, several things' or nobody's.

use std::sync::Arc;

use super::*;
use crate::cli::scripts::stop::code;
use crate::domain::plan::fixture;
use crate::domain::snapshot::Judged;
use crate::domain::{Assessment, GroupKind, Scope};

fn estate(groups: &[(&str, &str, &str)]) -> Snapshot {
    let mut groups: Vec<Arc<Judged<Group>>> = groups
        .iter()
        .map(|(region, native, name)| {
            let id = ResourceId::new(&Scope::new("aws", "ops", *region), Kind::Group, native);
            let item = Group::new(id, Label::new(name), GroupKind::AutoScalingGroup);
            Arc::new(Judged { item, assessment: Assessment::default() })
        })
        .collect();
    groups.sort_by(|a, b| a.item.id.cmp(&b.item.id));
    Snapshot { groups, ..Snapshot::default() }
}

#[test]
fn a_name_or_an_id_finds_its_one_thing() {
    let estate = estate(&[("eu-central-1", "portal-asg", "portal"), ("eu-central-1", "worker", "worker")]);
    for (typed, native) in [("portal", "portal-asg"), ("portal-asg", "portal-asg"), ("worker", "worker")] {
        assert_eq!(thing(&estate, &[Kind::Group], typed).unwrap().native(), native);
    }
}

#[test]
fn several_of_a_name_are_refused_and_all_named() {
    let estate = estate(&[
        ("eu-central-1", "portal", "portal"),
        ("us-east-1", "portal", "portal"),
        ("us-east-1", "i-1", "jump"),
        ("us-east-1", "i-2", "jump"),
    ]);
    let stop = thing(&estate, &[Kind::Group], "portal").unwrap_err();
    assert_eq!(stop.code, code::BAD_INPUT);
    assert_eq!(stop.candidates, [Label::new("portal in eu-central-1"), Label::new("portal in us-east-1")]);
    assert!(stop.text.contains("ambiguous") && stop.text.contains("--region"), "{stop}");
    let stop = thing(&estate, &[Kind::Group], "jump").unwrap_err();
    assert!(stop.text.contains("i-1") && stop.text.contains("i-2") && stop.text.contains("give its id"), "{stop}");
    assert!(thing(&estate, &[Kind::Group], "i-2").is_ok());
}

#[test]
fn an_unknown_name_is_told_the_nearest_and_never_taken_for_it() {
    let estate = estate(&[("eu-central-1", "portal", "portal"), ("eu-central-1", "worker", "worker")]);
    let stop = thing(&estate, &[Kind::Group], "portl").unwrap_err();
    assert_eq!((stop.code, &stop.candidates[..]), (code::BAD_INPUT, &[Label::new("portal")][..]));
    assert!(stop.text.contains("did you mean \"portal\""), "{stop}");
    let stop = thing(&estate, &[Kind::Group], "zzz").unwrap_err();
    assert!(stop.text.contains("there are portal, worker"), "{stop}");
    // The beginning of a name is not the name.
    assert!(thing(&estate, &[Kind::Group], "port").is_err());
}

#[test]
fn members_are_found_by_id() {
    let group = fixture::group(3);
    let typed = |words: &[&str]| members(&group, &words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
    assert_eq!(typed(&["i-02", "i-01"]).unwrap(), [fixture::member_id(2), fixture::member_id(1)]);
    let stop = typed(&["i-01", "i-09"]).unwrap_err();
    assert!(stop.text.contains("i-09") && stop.text.contains("i-01, i-02, i-03"), "{stop}");
}
