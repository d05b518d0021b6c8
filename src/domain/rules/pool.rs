//! Target pools: who answers, who does not and why, and how well the answers are.

#[cfg(test)]
mod tests;
mod traffic;

pub use traffic::{ErrorRate, error_rate};

use crate::domain::{Assessment, Finding, Label, SourceKind, StatusClass, Target, TargetPool, Verdict};

use super::{Context, words};

/// All findings about one pool.
pub fn assess(pool: &TargetPool, context: &Context<'_>) -> Assessment {
    let mut findings: Vec<Finding> = context.doubt(&pool.id.scope, SourceKind::Pools).into_iter().collect();
    find_balancers(pool, &mut findings);
    match &pool.targets {
        None => findings.push(Finding::new(Verdict::Unknown, "targets could not be read").next("ctrl-r reads again")),
        Some(targets) if targets.is_empty() => findings.push(nobody(pool)),
        Some(targets) => find_targets(pool, targets, context, &mut findings),
    }
    traffic::find(pool, context, &mut findings);
    Assessment::of(findings)
}

fn nobody(pool: &TargetPool) -> Finding {
    let unused = !pool.routes.is_empty() && pool.routes.iter().all(|r| r.percent(&pool.id) == Some(0));
    if pool.balancers.is_empty() {
        Finding::new(Verdict::Notice, "no targets, no balancer")
    } else if unused {
        // The second pool of a blue/green rule waits for its turn: nobody is sent there.
        Finding::new(Verdict::Ok, "no targets, and its rule sends it no traffic")
    } else {
        Finding::new(Verdict::Warning, "no targets registered: its listeners answer with errors")
    }
}

fn find_balancers(pool: &TargetPool, findings: &mut Vec<Finding>) {
    for balancer in &pool.balancers {
        let verdict = match balancer.state.class {
            StatusClass::Good => continue,
            StatusClass::Moving | StatusClass::Parked => Verdict::Notice,
            StatusClass::Unknown => Verdict::Unknown,
            StatusClass::Bad => Verdict::Critical,
        };
        let word = if balancer.state.word.is_empty() { "state not said" } else { &balancer.state.word };
        findings.push(Finding::new(verdict, format!("balancer {}: {word}", balancer.name)));
    }
}

fn find_targets(pool: &TargetPool, targets: &[Target], context: &Context<'_>, findings: &mut Vec<Finding>) {
    let used: Vec<&Target> = targets.iter().filter(|t| !t.is_draining()).collect();
    let of = |class: StatusClass| used.iter().copied().filter(move |t| t.state.class == class);
    let why = |class: StatusClass| words::most_frequent(of(class).map(reason)).map(|why| (of(class).count(), why));
    let all = used.len();
    let good = of(StatusClass::Good).count();

    if let Some((n, why)) = why(StatusClass::Bad) {
        let since = words::duration_of(context, of(StatusClass::Bad).map(|t| &t.member));
        let next = "Enter on its group lists the members";
        findings.push(if pool.fails_open() {
            let whom = if n == all { format!("all {all} unhealthy") } else { format!("none of {all} healthy") };
            Finding::new(Verdict::Critical, format!("{whom}{since}: {why}; fails open"))
                .next("the balancer sends to all of them: an answer proves nothing")
        } else {
            let verdict = if n * 3 >= all { Verdict::Critical } else { Verdict::Warning };
            Finding::new(verdict, format!("{n} of {all} unhealthy{since}: {why}")).next(next)
        });
    }
    if let Some((n, why)) = why(StatusClass::Moving) {
        let verdict = if good == 0 { Verdict::Warning } else { Verdict::Notice };
        let none = if good == 0 { "none healthy yet: " } else { "" };
        findings.push(Finding::new(verdict, format!("{none}{n} of {all} on the way: {why}")));
    }
    if let Some((n, why)) = why(StatusClass::Unknown) {
        let why = if why.is_empty() { "nothing is said of it" } else { &why };
        findings.push(Finding::new(Verdict::Unknown, format!("health of {n} of {all} not known: {why}")));
    }
    if let Some((n, why)) = why(StatusClass::Parked) {
        findings.push(Finding::new(Verdict::Notice, format!("{n} of {all} not used: {why}")));
    }
    let draining = pool.draining();
    if draining > 0 {
        let (verdict, rest) = if all == 0 { (Verdict::Warning, ", and nobody else is there") } else { (Verdict::Notice, "") };
        findings.push(Finding::new(verdict, format!("{draining} draining{rest}")));
    }
}

fn reason(target: &Target) -> Label {
    target.reason.clone().filter(|r| !r.is_empty()).unwrap_or_else(|| target.state.word.clone())
}
