//! Lifecycle hooks: the pauses a group makes with members on their way in or out. What waits for a member must wait for these, too.

use std::time::Duration;

use aws_sdk_autoscaling::types::LifecycleHook;

use crate::domain::{FailureKind, Hook, Label};
use crate::providers::ProviderError;
use crate::providers::aws::convert::convert_seconds;
use crate::providers::aws::reader::Reader;

const DESCRIBE: &str = "autoscaling:DescribeLifecycleHooks";
/// How long a hook holds a member where it does not say (Auto Scaling API, `HeartbeatTimeout`).
const USUAL: Duration = Duration::from_hours(1);

/// The hooks of a group as the service says them; the call has no pages.
pub(in crate::providers::aws) async fn fetch_raw(reader: &Reader<'_>, name: &str) -> Result<Vec<LifecycleHook>, ProviderError> {
    let call = reader.clients.autoscaling.describe_lifecycle_hooks().auto_scaling_group_name(name);
    Ok(call.send().await.map_err(reader.error(DESCRIBE))?.lifecycle_hooks.unwrap_or_default())
}

/// The hooks of a group, for an operation. `None` where they cannot be asked for; any other failure is one of the read.
pub(super) async fn fetch(reader: &Reader<'_>, name: &str) -> Result<Option<Vec<Hook>>, ProviderError> {
    match fetch_raw(reader, name).await {
        Ok(hooks) => Ok(Some(hooks.iter().filter_map(convert_hook).collect())),
        Err(e) if matches!(e.kind, FailureKind::Unsupported | FailureKind::Forbidden | FailureKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The hooks of a group that is looked at. An endpoint without the call is a gap, and not asked again for a while.
pub(super) async fn fetch_watched(reader: &Reader<'_>, name: &str, gaps: &mut Vec<Label>, calls: &mut u32) -> Option<Vec<Hook>> {
    if reader.memory.lacks(DESCRIBE) {
        gaps.push(lack());
        return None;
    }
    *calls += 1;
    match fetch_raw(reader, name).await {
        Ok(hooks) => Some(hooks.iter().filter_map(convert_hook).collect()),
        Err(error) => {
            if matches!(error.kind, FailureKind::Unsupported | FailureKind::Forbidden | FailureKind::Server) {
                reader.memory.note_lack(DESCRIBE);
                gaps.push(lack());
            } else {
                gaps.push(Label::new(format!("lifecycle hooks of {name}: {} ({DESCRIBE})", error.kind.word())));
            }
            None
        }
    }
}

fn lack() -> Label {
    Label::new(format!("lifecycle hooks ({DESCRIBE})"))
}

fn convert_hook(sdk: &LifecycleHook) -> Option<Hook> {
    Some(Hook {
        name: Label::new(sdk.lifecycle_hook_name()?),
        launching: match sdk.lifecycle_transition()? {
            "autoscaling:EC2_INSTANCE_LAUNCHING" => true,
            "autoscaling:EC2_INSTANCE_TERMINATING" => false,
            _ => return None,
        },
        timeout: convert_seconds(sdk.heartbeat_timeout()).unwrap_or(USUAL),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_say_which_way_and_how_long() {
        let hook = |transition: &str, timeout: Option<i32>| {
            let sdk = LifecycleHook::builder().lifecycle_hook_name("h").lifecycle_transition(transition);
            convert_hook(&sdk.set_heartbeat_timeout(timeout).build()).map(|h| (h.launching, h.timeout.as_secs()))
        };
        assert_eq!(hook("autoscaling:EC2_INSTANCE_LAUNCHING", Some(300)), Some((true, 300)));
        assert_eq!(hook("autoscaling:EC2_INSTANCE_TERMINATING", None), Some((false, 3_600)));
        assert_eq!(hook("autoscaling:EC2_INSTANCE_DREAMING", Some(1)), None);
    }
}
