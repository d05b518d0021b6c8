//! A single instance: there is nobody to replace it, so its own state is everything.

use crate::domain::{Finding, Group, StatusClass, Verdict};

use super::super::{Context, words};
use super::health::is_known;

pub fn find(group: &Group, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(member) = group.members.first() else { return };
    let word = &member.lifecycle.word;
    match member.lifecycle.class {
        StatusClass::Good => {}
        StatusClass::Parked | StatusClass::Moving => {
            findings.push(Finding::new(Verdict::Notice, &**word));
            return;
        }
        StatusClass::Bad => {
            findings.push(Finding::new(Verdict::Critical, &**word));
            return;
        }
        StatusClass::Unknown => {
            let word = if word.is_empty() { "not said" } else { word };
            findings.push(Finding::new(Verdict::Unknown, format!("state {word}")));
            return;
        }
    }
    if let Some(why) = member.trouble() {
        let since = words::duration_of(context, std::iter::once(&member.id));
        findings.push(Finding::new(Verdict::Critical, format!("unhealthy{since}: {why}")).next("Enter shows its checks and targets"));
        return;
    }
    if let Some(checks) = member.checks.as_ref().filter(|c| c.is_moving()) {
        findings.push(Finding::new(Verdict::Notice, format!("status checks {}", checks.word)));
    }
    for target in member.targets.iter().filter(|t| !t.state.is_good()) {
        let why = target.reason.as_ref().unwrap_or(&target.state.word);
        let verdict = if target.state.class == StatusClass::Unknown { Verdict::Unknown } else { Verdict::Notice };
        findings.push(Finding::new(verdict, format!("not serving behind {}: {why}", target.pool_name)));
    }
    let vouched = is_known(member.checks.as_ref()) || !member.targets.is_empty() || is_known(member.probe.as_ref().map(|p| &p.status));
    if !vouched {
        findings.push(Finding::new(Verdict::Unknown, "runs, but no check of it could be read"));
    }
}
