//! Instance refreshes: the one under way, or how the latest ended badly.

use aws_sdk_autoscaling::types::{DesiredConfiguration, InstanceRefresh};

use crate::domain::{FailureKind, Label, Rollout};
use crate::providers::ProviderError;
use crate::providers::aws::convert::{convert_percent, convert_text};
use crate::providers::aws::lifecycle::judge_refresh;
use crate::providers::aws::reader::Reader;
use crate::providers::aws::time::convert_time;

const DESCRIBE: &str = "autoscaling:DescribeInstanceRefreshes";
/// A refresh that failed longer ago is history, not news.
const NEWS: i64 = 24 * 3_600;

/// The rollout of one group. An endpoint without the call (an emulator's 501, or its 500 page) is a gap, and not asked again for a while.
pub(super) async fn fetch_rollout(reader: &Reader<'_>, name: &str, gaps: &mut Vec<Label>, calls: &mut u32) -> Option<Rollout> {
    if reader.memory.lacks(DESCRIBE) {
        gaps.push(lack());
        return None;
    }
    *calls += 1;
    match reader.clients.autoscaling.describe_instance_refreshes().auto_scaling_group_name(name).max_records(1).send().await {
        Ok(answer) => answer.instance_refreshes().first().and_then(|r| convert_rollout(r, (reader.clock)().wall.as_second())),
        Err(error) => {
            let error = reader.error(DESCRIBE)(error);
            if matches!(error.kind, FailureKind::Unsupported | FailureKind::Forbidden | FailureKind::Server) {
                reader.memory.note_lack(DESCRIBE);
                gaps.push(lack());
            } else {
                gaps.push(Label::new(format!("instance refresh of {name}: {} ({DESCRIBE})", error.kind.word())));
            }
            None
        }
    }
}

/// The newest refresh of a group, whatever became of it, for an operation. `None` where there is none, and where it cannot be asked: what
/// is not offered here was not started here. Any other failure is one of the read.
pub(super) async fn fetch_newest(reader: &Reader<'_>, name: &str) -> Result<Option<Rollout>, ProviderError> {
    let call = reader.clients.autoscaling.describe_instance_refreshes().auto_scaling_group_name(name).max_records(1);
    match call.send().await.map_err(reader.error(DESCRIBE)) {
        Ok(answer) => Ok(answer.instance_refreshes().first().and_then(convert_refresh)),
        // The group itself says better that it is gone.
        Err(e) if matches!(e.kind, FailureKind::Unsupported | FailureKind::Forbidden | FailureKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn lack() -> Label {
    Label::new(format!("instance refreshes ({DESCRIBE})"))
}

/// A refresh that is worth a line: under way, or lately gone wrong.
fn convert_rollout(sdk: &InstanceRefresh, now: i64) -> Option<Rollout> {
    let news = |r: &Rollout| r.ended.is_none_or(|end| now - end.as_second() < NEWS);
    convert_refresh(sdk).filter(|r| r.status.is_moving() || (news(r) && !r.status.is_good()))
}

fn convert_refresh(sdk: &InstanceRefresh) -> Option<Rollout> {
    Some(Rollout {
        id: Label::new(sdk.instance_refresh_id().unwrap_or_default()),
        status: judge_refresh(sdk.status()?.as_str()),
        percent: convert_percent(sdk.percentage_complete()),
        left: sdk.instances_to_update().and_then(|n| u32::try_from(n).ok()),
        reason: convert_text(sdk.status_reason()),
        started: sdk.start_time().and_then(convert_time),
        ended: sdk.end_time().and_then(convert_time),
        version: sdk.desired_configuration().and_then(wanted_version).map(shown),
    })
}

/// As members show theirs, so that the two can be compared.
fn shown(version: &str) -> Label {
    let numbered = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    if numbered { Label::new(format!("v{version}")) } else { Label::new(version) }
}

fn wanted_version(wanted: &DesiredConfiguration) -> Option<&str> {
    let mixed = || wanted.mixed_instances_policy()?.launch_template()?.launch_template_specification();
    wanted.launch_template().or_else(mixed)?.version()
}

#[cfg(test)]
mod tests {
    use aws_sdk_autoscaling::types::InstanceRefreshStatus;
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn versions_read_as_those_of_members_do() {
        for (version, is) in [("2", "v2"), ("$Latest", "$Latest"), ("", "")] {
            assert_eq!(&*shown(version), is);
        }
    }

    #[test]
    fn what_moves_or_failed_lately_is_shown() {
        let now = 1_000_000;
        for (status, ended, shown) in [
            ("InProgress", None, true),
            ("Successful", Some(now - 60), false),
            ("Failed", Some(now - 60), true),
            ("Failed", Some(now - 2 * 86_400), false),
            ("RollbackInProgress", None, true),
        ] {
            let refresh = InstanceRefresh::builder()
                .status(InstanceRefreshStatus::from(status))
                .set_end_time(ended.map(DateTime::from_secs))
                .percentage_complete(40)
                .build();
            assert_eq!(convert_rollout(&refresh, now).is_some(), shown, "{status}");
        }
    }
}
