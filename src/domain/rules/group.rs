//! Groups.
use super::{Context, words};
use crate::domain::{Assessment, Finding, Group, SourceKind, Verdict};

pub fn assess(group: &Group, context: &Context<'_>) -> Assessment {
    let mut findings: Vec<Finding> = context.doubt(&group.id.scope, SourceKind::Groups).into_iter().collect();
    let bad: Vec<_> = group.members.iter().filter(|m| m.in_service()).filter_map(|m| m.trouble()).collect();
    let n = bad.len();
    if let Some(why) = words::most_frequent(bad.into_iter()) {
        findings.push(Finding::new(Verdict::Warning, format!("{n} of {} unhealthy: {why}", group.in_service())));
    }
    Assessment::of(findings)
}
