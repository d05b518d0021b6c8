//! Who else believes to own the group. An exclusive owner is a wall; a tool that will undo the change is named, or refused for where the
//! config says so.

use super::super::super::group::Group;
use super::super::request::{Request, Strategy};
use super::refusal::Refusal;
use super::rule::Rule;
use super::rules::{GuardRules, OnOwner};

pub(super) fn owner(request: &Request, group: &Group, rules: &GuardRules) -> Option<Refusal> {
    let owner = group.owner.as_ref()?;
    let tool = &owner.tool;
    if owner.exclusive {
        let allowed = Some(format!("change it through {tool}"));
        return Some(Refusal::built_in(Rule::Owner, format!("only {tool} may change this group"), allowed));
    }
    if is_blue_green(request) {
        let text = format!("{tool} owns this group: a second one beside it would be unknown to {tool}, and the first be made anew");
        return Some(Refusal::built_in(Rule::Owner, text, Some("another strategy".to_owned())));
    }
    let (on, source) = rules.owners.of(tool);
    if on == OnOwner::Warn || !is_undone(request) {
        return None;
    }
    let text = format!("{tool} owns this group: {} undoes the change", undoer(tool));
    Some(Refusal::by(Rule::Managed, text, Some(format!("change it in {tool}")), source))
}

/// Who will undo a change to what this tool declares: `the next terraform apply`.
pub fn undoer(tool: &str) -> String {
    match tool.to_ascii_lowercase().as_str() {
        "terraform" => "the next terraform apply".to_owned(),
        "cloudformation" => "the next update of its stack".to_owned(),
        "helm" => "the next helm upgrade".to_owned(),
        other => format!("the next run of {other}"),
    }
}

fn is_blue_green(request: &Request) -> bool {
    matches!(request, Request::Redeploy(r) if matches!(r.strategy, Strategy::BlueGreen(_)))
}

/// Whether the request changes what an owner declares: size, bounds, processes. Members come and go without it. A freeze is let through,
/// and what ends it with it.
fn is_undone(request: &Request) -> bool {
    matches!(request, Request::Scale(_) | Request::Processes(_) | Request::Retire(_))
}
