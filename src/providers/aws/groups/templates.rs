//! The numbers behind `$Latest` and `$Default`: `DescribeLaunchTemplates` in batches, kept for a minute.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_autoscaling::types::{AutoScalingGroup, LaunchTemplateSpecification};
use tokio::time::Instant;

use crate::domain::{FailureKind, Label};
use crate::providers::aws::reader::Reader;

const DESCRIBE: &str = "ec2:DescribeLaunchTemplates";
const KEEP: Duration = Duration::from_mins(1);
/// A template we may not ask about is not asked about again soon.
const KEEP_REFUSAL: Duration = Duration::from_mins(10);
/// Most ids one call takes.
const BATCH: usize = 200;

/// Numbers by template id. `None`: not known.
#[derive(Debug, Default)]
pub(in crate::providers::aws) struct Templates {
    known: Mutex<HashMap<String, (Instant, Option<Numbers>)>>,
}

#[derive(Clone, Copy, Debug)]
struct Numbers {
    default: i64,
    latest: i64,
}

/// What was known when a page was converted.
#[derive(Debug, Default)]
pub(super) struct Versions(HashMap<String, Numbers>);

impl Versions {
    /// `v7`, or the word as it stands where the number is not known.
    pub fn wanted(&self, spec: &LaunchTemplateSpecification) -> String {
        let numbers = spec.launch_template_id().and_then(|id| self.0.get(id));
        match (spec.version().unwrap_or("$Default"), numbers) {
            ("$Latest", Some(n)) => format!("v{}", n.latest),
            ("$Default", Some(n)) => format!("v{}", n.default),
            (word @ ("$Latest" | "$Default"), None) => word.to_owned(),
            (number, _) => format!("v{number}"),
        }
    }
}

/// The template a group launches from, if it does not use a launch configuration.
pub(super) fn specification(group: &AutoScalingGroup) -> Option<&LaunchTemplateSpecification> {
    group.launch_template().or_else(|| group.mixed_instances_policy()?.launch_template()?.launch_template_specification())
}

impl Templates {
    /// Makes sure of the numbers these groups need. What cannot be read is a gap, once per refusal; the word `$Latest` is shown then.
    pub(super) async fn resolve(
        &self,
        reader: &Reader<'_>,
        groups: &[AutoScalingGroup],
        gaps: &mut Vec<Label>,
        calls: &mut u32,
    ) -> Versions {
        let floating: BTreeSet<&str> = groups
            .iter()
            .filter_map(specification)
            .filter(|s| matches!(s.version(), None | Some("$Latest" | "$Default")))
            .filter_map(|s| s.launch_template_id())
            .collect();
        let now = Instant::now();
        let missing: Vec<String> = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.retain(|_, (at, numbers)| now.duration_since(*at) < if numbers.is_some() { KEEP } else { KEEP_REFUSAL });
            floating.iter().filter(|id| !known.contains_key(**id)).map(|id| (*id).to_owned()).collect()
        };
        for batch in missing.chunks(BATCH) {
            *calls += 1;
            let answer = reader.clients.ec2.describe_launch_templates().set_launch_template_ids(Some(batch.to_vec())).send().await;
            let mut found: HashMap<String, Option<Numbers>> = batch.iter().map(|id| (id.clone(), None)).collect();
            match answer {
                Ok(answer) => {
                    for t in answer.launch_templates() {
                        if let (Some(id), Some(default), Some(latest)) =
                            (t.launch_template_id(), t.default_version_number(), t.latest_version_number())
                        {
                            found.insert(id.to_owned(), Some(Numbers { default, latest }));
                        }
                    }
                }
                Err(error) => {
                    let error = reader.error(DESCRIBE)(error);
                    gaps.push(Label::new(format!("template versions: {} ({DESCRIBE})", error.kind.word())));
                    if error.kind.is_passing() && error.kind != FailureKind::NotFound {
                        continue;
                    }
                }
            }
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.extend(found.into_iter().map(|(id, numbers)| (id, (now, numbers))));
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Versions(floating.iter().filter_map(|id| Some(((*id).to_owned(), known.get(*id)?.1?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floating_words_become_numbers_where_known() {
        let versions = Versions(HashMap::from([("lt-1".to_owned(), Numbers { default: 3, latest: 7 })]));
        for (id, version, want) in [
            ("lt-1", Some("$Latest"), "v7"),
            ("lt-1", Some("$Default"), "v3"),
            ("lt-1", None, "v3"),
            ("lt-1", Some("5"), "v5"),
            ("lt-2", Some("$Latest"), "$Latest"),
            ("lt-2", None, "$Default"),
        ] {
            let spec = LaunchTemplateSpecification::builder().launch_template_id(id).set_version(version.map(str::to_owned)).build();
            assert_eq!(versions.wanted(&spec), want, "{id} {version:?}");
        }
    }
}
