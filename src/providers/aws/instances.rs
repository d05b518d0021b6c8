//! EC2 instances with their status checks: `DescribeInstances` and `DescribeInstanceStatus`, side by side, each to its end.
//!
//! Never unpaginated and never without a filter: such calls share a small bucket of the account.

use std::collections::HashMap;

use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::types::{Filter, Instance as SdkInstance, InstanceLifecycleType, InstanceStatus, Reservation};
use tokio::sync::mpsc;

use crate::domain::{Focus, Instance, Kind, Label, Observation, ResourceId, Scope, Status, StatusClass};
use crate::providers::{Page, PageSink, ProviderError};

use super::convert::{convert_tags, convert_text, find_tag};
use super::gaps::or_gap;
use super::paging::Pages;
use super::reader::Reader;
use super::time::convert_time;

const DESCRIBE: &str = "ec2:DescribeInstances";
const DESCRIBE_STATUS: &str = "ec2:DescribeInstanceStatus";
const PAGE: i32 = 1_000;
/// Pages of instances that may wait for the status checks.
const AHEAD: usize = 4;
/// A terminated instance lingers in the listing for an hour; it is nobody's instance any more.
const THERE: [&str; 5] = ["pending", "running", "shutting-down", "stopping", "stopped"];

type Checks = HashMap<String, Status>;

/// Reads all instances that are there.
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    let (pages, arriving) = mpsc::channel(AHEAD);
    let (fetched, shown) = tokio::join!(fetch_instances(reader, pages), show(reader, arriving, sink));
    // A failed listing closes the channel early: what was shown till then is not the whole.
    fetched?;
    reader.memory.keep_instances(shown?.into());
    Ok(())
}

async fn fetch_instances(reader: &Reader<'_>, pages: mpsc::Sender<DescribeInstancesOutput>) -> Result<(), ProviderError> {
    let mut guard = Pages::new(DESCRIBE, reader.scope);
    let mut token = None;
    loop {
        let there = Filter::builder().name("instance-state-name").set_values(Some(THERE.map(str::to_owned).into())).build();
        let call = reader.clients.ec2.describe_instances().max_results(PAGE).filters(there);
        let answer = call.set_next_token(token).send().await.map_err(reader.error(DESCRIBE))?;
        token = guard.next(answer.next_token())?;
        let gone = pages.send(answer).await.is_err();
        if gone || token.is_none() {
            return Ok(());
        }
    }
}

async fn show(
    reader: &Reader<'_>,
    mut arriving: mpsc::Receiver<DescribeInstancesOutput>,
    sink: &PageSink,
) -> Result<Vec<Instance>, ProviderError> {
    let mut gaps = Vec::new();
    // Instances without checks are worth more than none.
    let (checks, mut calls) = or_gap(fetch_checks(reader).await, &mut gaps)?.unwrap_or((Checks::new(), 1));
    let mut all = Vec::new();
    while let Some(answer) = arriving.recv().await {
        let sdk = answer.reservations().iter().flat_map(Reservation::instances);
        let instances: Vec<Instance> = sdk.filter_map(|i| convert_instance(reader.scope, i, &checks)).collect();
        all.extend(instances.iter().cloned());
        let rows = instances.into_iter().map(Observation::Instance).collect();
        let page = Page { rows, gaps: std::mem::take(&mut gaps), calls: 1 + std::mem::take(&mut calls), paid_units: 0 };
        reader.hand_over(sink, page).await?;
    }
    Ok(all)
}

/// Checks by instance id, and the calls they took. Only running instances have any.
async fn fetch_checks(reader: &Reader<'_>) -> Result<(Checks, u32), ProviderError> {
    let mut guard = Pages::new(DESCRIBE_STATUS, reader.scope);
    let (mut token, mut calls, mut checks) = (None, 0, Checks::new());
    loop {
        let call = reader.clients.ec2.describe_instance_status().max_results(PAGE).set_next_token(token);
        let answer = call.send().await.map_err(reader.error(DESCRIBE_STATUS))?;
        calls += 1;
        for status in answer.instance_statuses() {
            if let (Some(id), Some(judged)) = (status.instance_id(), judge_checks(status)) {
                checks.insert(id.to_owned(), judged);
            }
        }
        token = guard.next(answer.next_token())?;
        if token.is_none() {
            return Ok((checks, calls));
        }
    }
}

/// The worst of the cloud's checks, with the one it comes from. The host's is AWS's to mend (stop and start moves it), the guest's ours.
fn judge_checks(status: &InstanceStatus) -> Option<Status> {
    let summaries = [
        ("system", status.system_status().and_then(|s| s.status())),
        ("instance", status.instance_status().and_then(|s| s.status())),
        ("ebs", status.attached_ebs_status().and_then(|s| s.status())),
    ];
    let judged = summaries.into_iter().filter_map(|(what, word)| {
        let word = word?.as_str();
        let class = match word {
            "ok" => StatusClass::Good,
            "impaired" => StatusClass::Bad,
            "initializing" => StatusClass::Moving,
            "not-applicable" => return None,
            _ => StatusClass::Unknown,
        };
        let word = if class == StatusClass::Bad { format!("{word} ({what})") } else { word.to_owned() };
        Some(Status::new(word, class))
    });
    judged.max_by_key(|s| s.class)
}

fn judge_state(word: &str) -> Status {
    let class = match word {
        "running" => StatusClass::Good,
        "pending" | "stopping" | "shutting-down" => StatusClass::Moving,
        "stopped" | "terminated" => StatusClass::Parked,
        _ => StatusClass::Unknown,
    };
    Status::new(word, class)
}

/// `None` for what has no id, or is gone.
fn convert_instance(scope: &Scope, sdk: &SdkInstance, checks: &Checks) -> Option<Instance> {
    let id = sdk.instance_id()?;
    let state = judge_state(sdk.state().and_then(|s| s.name()).map_or("", |n| n.as_str()));
    if state.word.as_str() == "terminated" {
        return None;
    }
    let tags = convert_tags(sdk.tags().iter().map(|t| (t.key(), t.value())));
    let reason = sdk.state_reason().and_then(|r| r.message().or(r.code()));
    Some(Instance {
        id: ResourceId::new(scope, Kind::Member, id),
        name: find_tag(&tags, "Name").filter(|n| !n.is_empty()).cloned(),
        zone: Label::new(sdk.placement().and_then(|p| p.availability_zone()).unwrap_or_default()),
        instance_type: sdk.instance_type().and_then(|t| convert_text(Some(t.as_str()))),
        address: convert_text(sdk.private_ip_address()),
        public_address: convert_text(sdk.public_ip_address()),
        launched: sdk.launch_time().and_then(convert_time),
        state,
        state_reason: convert_text(reason).or_else(|| convert_text(sdk.state_transition_reason())),
        checks: checks.get(id).cloned(),
        image: convert_text(sdk.image_id()),
        spot: sdk.instance_lifecycle() == Some(&InstanceLifecycleType::Spot),
        group: find_tag(&tags, "aws:autoscaling:groupName").cloned(),
        tags,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{EbsStatusSummary, InstanceState, InstanceStateName, InstanceStatusSummary, SummaryStatus, Tag};

    use super::*;

    fn status(system: &str, instance: &str, ebs: &str) -> InstanceStatus {
        let summary = |word| InstanceStatusSummary::builder().status(SummaryStatus::from(word)).build();
        InstanceStatus::builder()
            .system_status(summary(system))
            .instance_status(summary(instance))
            .attached_ebs_status(EbsStatusSummary::builder().status(SummaryStatus::from(ebs)).build())
            .build()
    }

    #[test]
    fn the_worst_check_wins_and_is_named() {
        for (system, instance, ebs, want) in [
            ("ok", "ok", "ok", Some(("ok", StatusClass::Good))),
            ("ok", "ok", "not-applicable", Some(("ok", StatusClass::Good))),
            ("not-applicable", "not-applicable", "not-applicable", None),
            ("impaired", "initializing", "ok", Some(("impaired (system)", StatusClass::Bad))),
            ("ok", "impaired", "ok", Some(("impaired (instance)", StatusClass::Bad))),
            ("ok", "initializing", "ok", Some(("initializing", StatusClass::Moving))),
            ("insufficient-data", "ok", "ok", Some(("insufficient-data", StatusClass::Unknown))),
            ("brand-new-word", "ok", "ok", Some(("brand-new-word", StatusClass::Unknown))),
        ] {
            let judged = judge_checks(&status(system, instance, ebs));
            assert_eq!(judged.as_ref().map(|s| (s.word.as_str(), s.class)), want, "{system} {instance} {ebs}");
        }
        assert_eq!(judge_checks(&InstanceStatus::builder().build()), None, "nothing said is not ok");
    }

    #[test]
    fn terminated_instances_are_left_out_and_groups_are_read_from_the_tag() {
        let scope = Scope::new("aws", "test", "eu-central-1");
        let instance = |state: InstanceStateName| {
            SdkInstance::builder()
                .instance_id("i-1")
                .state(InstanceState::builder().name(state).build())
                .tags(Tag::builder().key("Name").value("hardware\u{1b}[2J").build())
                .tags(Tag::builder().key("aws:autoscaling:groupName").value("web").build())
                .build()
        };
        assert!(convert_instance(&scope, &instance(InstanceStateName::Terminated), &Checks::new()).is_none());
        let one = convert_instance(&scope, &instance(InstanceStateName::Stopped), &Checks::new()).unwrap();
        assert_eq!(one.state.class, StatusClass::Parked);
        assert_eq!(one.group.as_deref(), Some("web"));
        assert_eq!(one.name.as_deref(), Some("hardware␛[2J"));
        assert_eq!(one.checks, None);
    }
}
