//! What somebody left on the group: a freeze, which refuses everything but thaw and freeze, or the mark of another operation at work.

use super::super::super::group::Group;
use super::super::request::{MemberAct, Request};
use super::refusal::Refusal;
use super::rule::Rule;
use super::rules::GuardRules;

pub(super) fn mark(request: &Request, group: &Group, rules: &GuardRules) -> Option<Refusal> {
    // The red button is always admitted; what is at work there is held by it.
    if matches!(request, Request::Freeze(_)) {
        return None;
    }
    let mark = group.mark();
    let own = mark.as_ref().is_some_and(|m| rules.given.operation.as_ref() == Some(&m.operation));
    match mark {
        _ if own => None,
        Some(mark) if mark.is_freeze() => match request {
            Request::Thaw(thaw) if thaw.freeze == mark.operation => None,
            Request::Thaw(_) => Some(Refusal::built_in(
                Rule::Freeze,
                format!("the group is frozen by another freeze than this thaw would end: {}", mark.text),
                Some(format!("thaw {}", mark.operation)),
            )),
            _ => {
                let text = format!("the group is frozen: {}", mark.text);
                Some(Refusal::built_in(Rule::Freeze, text, Some("thaw it first, or freeze it again".to_owned())))
            }
        },
        Some(mark) => {
            let text = format!("another operation is at work on the group: {} ({})", mark.text, mark.operation);
            Some(Refusal::built_in(Rule::Busy, text, Some("a freeze, which holds it; or wait until it is over".to_owned())))
        }
        None => rollout(request, group),
    }
}

/// A second way of replacing members beside a rollout of the cloud's own would take away twice.
fn rollout(request: &Request, group: &Group) -> Option<Refusal> {
    let replaces = match request {
        Request::Redeploy(_) | Request::Retire(_) => true,
        Request::Member(r) => matches!(r.act, MemberAct::Replace | MemberAct::StandbyReplaced),
        _ => false,
    };
    let rollout = group.rollout.as_ref().filter(|r| replaces && r.status.is_moving())?;
    let percent = rollout.percent.map_or_else(String::new, |p| format!(" at {p} %"));
    let text = format!("a rollout of the cloud's own is under way ({}{percent})", rollout.status.word);
    Some(Refusal::built_in(Rule::Busy, text, Some("wait until it is over, cancel it, or roll it back".to_owned())))
}
