//! Databases and caches.
use super::Context;
use crate::domain::{Assessment, Database, Finding, SourceKind, StatusClass, Verdict};

pub fn assess(database: &Database, context: &Context<'_>) -> Assessment {
    let mut findings: Vec<Finding> = context.doubt(&database.id.scope, SourceKind::Databases).into_iter().collect();
    let word = &database.status.word;
    match database.status.class {
        StatusClass::Good => {}
        StatusClass::Parked | StatusClass::Moving => findings.push(Finding::new(Verdict::Notice, &**word)),
        StatusClass::Unknown => findings.push(Finding::new(Verdict::Unknown, format!("status {word}"))),
        StatusClass::Bad => findings.push(Finding::new(Verdict::Critical, format!("status {word}"))),
    }
    Assessment::of(findings)
}
