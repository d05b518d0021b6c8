//! Weights: members and units do not convert into each other, so what one member takes along is not known here.

use super::super::super::group::Group;
use super::super::request::{Request, Strategy};
use super::refusal::Refusal;
use super::rule::Rule;
use super::rules::GuardRules;
use super::taken::Taken;

pub(super) fn weighted(request: &Request, taken: &Taken<'_>, group: &Group, rules: &GuardRules) -> Option<Refusal> {
    if !group.weighted {
        return None;
    }
    let (text, allowed) = match request {
        Request::Redeploy(r) if !matches!(r.strategy, Strategy::Native(_)) => {
            ("capacity counts units of weight: members cannot be exchanged one for one", "native")
        }
        _ if !taken.dropped.is_empty() => {
            ("capacity counts units of weight: members cannot be taken out one by one", "let the termination policy choose")
        }
        _ if !taken.is_nothing() && rules.floor_percent.is_some() => {
            ("capacity counts units of weight: a floor of healthy members cannot be judged", "a step up")
        }
        _ => return None,
    };
    Some(Refusal::built_in(Rule::Weighted, text, Some(allowed.to_owned())))
}
