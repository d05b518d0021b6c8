//! Target pools.
use super::{Context, words};
use crate::domain::{Assessment, Finding, SourceKind, TargetPool, Verdict};

pub fn assess(pool: &TargetPool, context: &Context<'_>) -> Assessment {
    let mut findings: Vec<Finding> = context.doubt(&pool.id.scope, SourceKind::Pools).into_iter().collect();
    let Some(targets) = &pool.targets else {
        findings.push(Finding::new(Verdict::Unknown, "targets could not be read"));
        return Assessment::of(findings);
    };
    let bad = targets.iter().filter(|t| t.state.is_bad());
    if let Some(why) = words::most_frequent(bad.clone().map(|t| t.reason.clone().unwrap_or_else(|| t.state.word.clone()))) {
        findings.push(Finding::new(Verdict::Warning, format!("{} of {} unhealthy: {why}", bad.count(), targets.len())));
    }
    Assessment::of(findings)
}
