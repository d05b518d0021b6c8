//! Recorded activities, through the SDK, to histories and changes; and whose history is read when.

use crate::domain::{Focus, Group, GroupKind, Kind, Label, Observation, ResourceId};
use crate::providers::Page;
use crate::providers::aws::canned::{Answer, Bench, Canned, Request, changes};

fn activity(id: &str, status: &str, ended: bool) -> String {
    let end = if ended { "<EndTime>2026-11-20T00:05:00Z</EndTime>" } else { "" };
    format!(
        "<member><ActivityId>{id}</ActivityId><AutoScalingGroupName>web</AutoScalingGroupName><Description>Launching a new EC2 instance: i-{id}</Description>\
         <Cause>At 2026-11-20T00:00:00Z a user request explicitly set group desired capacity changing the desired capacity from 2 to 4.  At \
         2026-11-20T00:00:09Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 2 to 4.</Cause>\
         <StartTime>2026-11-20T00:00:10.123Z</StartTime>{end}<StatusCode>{status}</StatusCode><Progress>50</Progress>\
         <Details>{{\"Subnet ID\":\"subnet-1\"}}</Details></member>"
    )
}

fn answer(activities: &str, token: Option<&str>) -> Answer {
    let token = token.map(|t| format!("<NextToken>{t}</NextToken>")).unwrap_or_default();
    Answer::xml(format!(
        "<DescribeScalingActivitiesResponse><DescribeScalingActivitiesResult><Activities>{activities}</Activities>{token}\
         </DescribeScalingActivitiesResult></DescribeScalingActivitiesResponse>"
    ))
}

fn keep_groups(bench: &Bench, names: &[String]) {
    let groups: Vec<Group> = names
        .iter()
        .map(|n| Group::new(ResourceId::new(&bench.scope, Kind::Group, n), Label::new(n), GroupKind::AutoScalingGroup))
        .collect();
    bench.memory.keep_groups(groups.into());
}

fn histories(page: &Page) -> Vec<(&str, usize)> {
    page.rows
        .iter()
        .filter_map(|o| if let Observation::Activities { group, activities } = o { Some((group.native(), activities.len())) } else { None })
        .collect()
}

fn asked(canned: &Canned) -> Vec<String> {
    canned.requests().iter().filter_map(|r: &Request| r.form("AutoScalingGroupName")).collect()
}

#[tokio::test]
async fn one_decision_is_one_change_and_every_activity_is_listed() {
    let canned = Canned::start(|_| answer(&(activity("1", "InProgress", false) + &activity("2", "Successful", true)), None)).await;
    let bench = Bench::at(&canned.url);
    keep_groups(&bench, &["web".to_owned()]);
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert_eq!(histories(&page), [("web", 2)]);
    let changes = changes(&page);
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].title.as_str(), changes[0].who.as_deref()), ("web 2 → 4", Some("a user")));
    assert_eq!(changes[0].at.to_string(), "2026-11-20T00:00:10.123Z");
}

#[tokio::test]
async fn a_history_goes_back_to_what_is_known_and_the_selected_one_further() {
    let canned = Canned::start(|r| match r.form("NextToken").as_deref() {
        None => answer(&activity("3", "Successful", true), Some("p2")),
        Some("p2") => answer(&activity("2", "Successful", true), Some("p3")),
        _ => answer(&activity("1", "Successful", true), None),
    })
    .await;
    let bench = Bench::at(&canned.url);
    keep_groups(&bench, &["web".to_owned()]);
    bench.read(super::read).await.0.unwrap();
    assert_eq!(canned.requests().len(), 1, "one page is enough for a group nobody looks at");
    let focus = Focus { selected: Some(ResourceId::new(&bench.scope, Kind::Group, "web")), ..Focus::default() };
    let fresh = Bench::at(&canned.url);
    keep_groups(&fresh, &["web".to_owned()]);
    let (_, page) = fresh.read_with(&focus, super::read).await;
    assert_eq!(histories(&page), [("web", 3)]);
    let before = canned.requests().len();
    let (_, page) = fresh.read_with(&focus, super::read).await;
    assert_eq!(canned.requests().len() - before, 1, "stops at the first page: all on it is known and over");
    assert_eq!(histories(&page), [("web", 3)]);
}

#[tokio::test]
async fn groups_take_turns_and_those_looked_at_go_first() {
    let canned = Canned::start(|_| answer("", None)).await;
    let bench = Bench::at(&canned.url);
    let names: Vec<String> = (0..20).map(|n| format!("g{n:02}")).collect();
    keep_groups(&bench, &names);
    let focus = Focus { visible: vec![ResourceId::new(&bench.scope, Kind::Group, "g19")], ..Focus::default() };
    bench.read_with(&focus, super::read).await.0.unwrap();
    let first = asked(&canned);
    assert_eq!(first.len(), 1 + super::TURNS);
    assert!(first.contains(&"g19".to_owned()));
    for _ in 0..2 {
        bench.read_with(&focus, super::read).await.0.unwrap();
    }
    let mut all = asked(&canned);
    assert_eq!(all.iter().filter(|n| *n == "g19").count(), 3);
    all.sort();
    all.dedup();
    assert_eq!(all, names, "three reads and everybody had a turn");
}

#[tokio::test]
async fn one_refused_group_is_a_gap_and_all_refused_is_a_failure() {
    let canned = Canned::start(|r| match r.form("AutoScalingGroupName").as_deref() {
        Some("bad") => Answer::error(500, "InternalFailure", "oops"),
        Some("gone") => Answer::error(400, "ValidationError", "AutoScalingGroup name not found - no such group: gone"),
        _ => answer("", None),
    })
    .await;
    let bench = Bench::at(&canned.url);
    keep_groups(&bench, &["bad", "gone", "good"].map(str::to_owned));
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert_eq!(page.gaps.iter().map(Label::as_str).collect::<Vec<_>>(), ["activities of bad: service error"]);
    assert_eq!(histories(&page), [("good", 0)], "a group without activities has an empty history, not none");

    let bench = Bench::at(&canned.url);
    keep_groups(&bench, &["bad".to_owned()]);
    assert!(bench.read(super::read).await.0.is_err());
}
