//! The state of each target, and its reason in words.

use aws_sdk_elasticloadbalancingv2::types::TargetHealthDescription;

use crate::domain::{Kind, Label, ResourceId, Scope, Status, StatusClass, Target};
use crate::providers::ProviderError;
use crate::providers::aws::convert::{convert_port, convert_text};
use crate::providers::aws::reader::Reader;

const HEALTH: &str = "elasticloadbalancing:DescribeTargetHealth";

/// All targets of one group; the call has no pages.
pub(super) async fn fetch_targets(reader: &Reader<'_>, arn: &str) -> Result<Vec<Target>, ProviderError> {
    let answer = reader.clients.elbv2.describe_target_health().target_group_arn(arn).send().await.map_err(reader.error(HEALTH))?;
    Ok(answer.target_health_descriptions().iter().filter_map(|d| convert_target(reader.scope, d)).collect())
}

fn convert_target(scope: &Scope, sdk: &TargetHealthDescription) -> Option<Target> {
    let target = sdk.target()?;
    let id = target.id()?;
    let health = sdk.target_health();
    let state = health.and_then(|h| h.state()).map_or("", |s| s.as_str());
    let code = health.and_then(|h| h.reason()).map_or("", |r| r.as_str());
    let description = health.and_then(|h| h.description()).unwrap_or_default();
    let shifted = sdk.administrative_override().and_then(|o| o.state()).is_some_and(|s| s.as_str().starts_with("zonal_shift"));
    let mut reason = explain(code, description);
    if shifted {
        // "Healthy" in a zone that traffic was shifted away from: it gets none.
        reason = Some(reason.map_or_else(|| "zone shifted away: no traffic".to_owned(), |r| format!("{r}; zone shifted away")));
    }
    Some(Target {
        member: ResourceId::new(scope, Kind::Member, id),
        label: Label::new(id),
        port: convert_port(target.port()),
        zone: convert_text(target.availability_zone()),
        state: judge_state(state),
        reason: reason.map(Label::new),
    })
}

/// All states of a target (ELB v2 API, `TargetHealthStateEnum`).
fn judge_state(word: &str) -> Status {
    let class = match word {
        "healthy" => StatusClass::Good,
        "initial" | "draining" => StatusClass::Moving,
        "unhealthy" | "unhealthy.draining" => StatusClass::Bad,
        // Registered, and nothing is sent there: no balancer, a zone that is off, a stopped instance.
        "unused" => StatusClass::Parked,
        // `unavailable`: checks are off or their result is lost; that is not unhealthy.
        _ => StatusClass::Unknown,
    };
    Status::new(word, class)
}

/// The reason in an operator's words; the cloud's own where the code is news. `None`: nothing to explain.
fn explain(code: &str, description: &str) -> Option<String> {
    let text = match code {
        "" if description.is_empty() => return None,
        "Target.ResponseCodeMismatch" => match codes_in(description) {
            Some(codes) => format!("health check returns {codes}"),
            None => "health check returns a wrong code".to_owned(),
        },
        "Target.Timeout" => "health check times out".to_owned(),
        "Target.FailedHealthChecks" => "health check fails".to_owned(),
        "Target.NotRegistered" => "not registered".to_owned(),
        "Target.NotInUse" if description.to_ascii_lowercase().contains("availability zone") => "its zone is off at the balancer".to_owned(),
        "Target.NotInUse" => "no balancer uses this group".to_owned(),
        "Target.InvalidState" => "the instance is stopped".to_owned(),
        "Target.IpUnusable" => "the address cannot be used as a target".to_owned(),
        "Target.DeregistrationInProgress" => "draining connections".to_owned(),
        "Target.HealthCheckDisabled" => "health checks are off".to_owned(),
        "Elb.RegistrationInProgress" => "being registered".to_owned(),
        "Elb.InitialHealthChecking" => "first health checks".to_owned(),
        "Elb.InternalError" => "the balancer has an internal error".to_owned(),
        "" => description.to_owned(),
        other if description.is_empty() => other.to_owned(),
        other => format!("{description} ({other})"),
    };
    Some(text)
}

/// `503` of `Health checks failed with these codes: [503]`.
fn codes_in(description: &str) -> Option<String> {
    let (_, rest) = description.split_once('[')?;
    let (codes, _) = rest.split_once(']')?;
    let codes: Vec<&str> = codes.split(',').map(str::trim).filter(|c| !c.is_empty()).collect();
    (!codes.is_empty()).then(|| codes.join(", "))
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::{
        AdministrativeOverride, TargetAdministrativeOverrideStateEnum, TargetDescription, TargetHealth, TargetHealthReasonEnum,
        TargetHealthStateEnum,
    };

    use super::*;

    fn description(state: &str, reason: &str, text: &str) -> TargetHealthDescription {
        let health = TargetHealth::builder()
            .state(TargetHealthStateEnum::from(state))
            .set_reason(Some(reason).filter(|r| !r.is_empty()).map(TargetHealthReasonEnum::from))
            .set_description(Some(text).filter(|t| !t.is_empty()).map(str::to_owned))
            .build();
        TargetHealthDescription::builder().target(TargetDescription::builder().id("i-1").port(8080).build()).target_health(health).build()
    }

    #[test]
    fn states_and_reasons_become_words() {
        let scope = Scope::new("aws", "test", "eu-central-1");
        use StatusClass::{Bad, Good, Moving, Parked, Unknown};
        for (state, reason, text, class, want) in [
            ("healthy", "", "", Good, None),
            (
                "unhealthy",
                "Target.ResponseCodeMismatch",
                "Health checks failed with these codes: [503]",
                Bad,
                Some("health check returns 503"),
            ),
            (
                "unhealthy",
                "Target.ResponseCodeMismatch",
                "Health checks failed with these codes: [502, 503]",
                Bad,
                Some("health check returns 502, 503"),
            ),
            ("unhealthy", "Target.ResponseCodeMismatch", "", Bad, Some("health check returns a wrong code")),
            ("unhealthy", "Target.Timeout", "Request timed out", Bad, Some("health check times out")),
            ("unhealthy", "Target.FailedHealthChecks", "Health checks failed", Bad, Some("health check fails")),
            ("unhealthy.draining", "", "", Bad, None),
            ("initial", "Elb.RegistrationInProgress", "Target registration is in progress", Moving, Some("being registered")),
            ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress", Moving, Some("draining connections")),
            ("unused", "Target.InvalidState", "Target is in the stopped state", Parked, Some("the instance is stopped")),
            (
                "unused",
                "Target.NotInUse",
                "Target is in an Availability Zone that is not enabled for the load balancer",
                Parked,
                Some("its zone is off at the balancer"),
            ),
            ("unused", "Target.NotInUse", "Target group is not configured to receive traffic", Parked, Some("no balancer uses this group")),
            ("unavailable", "Elb.InternalError", "", Unknown, Some("the balancer has an internal error")),
            ("sleeping", "Target.Dreaming", "Zzz", Unknown, Some("Zzz (Target.Dreaming)")),
        ] {
            let target = convert_target(&scope, &description(state, reason, text)).unwrap();
            assert_eq!((target.state.class, target.reason.as_deref()), (class, want), "{state} {reason} {text}");
            assert_eq!(target.state.word.as_str(), state);
            assert_eq!(target.port, Some(8080));
        }
    }

    #[test]
    fn a_healthy_target_in_a_shifted_zone_says_that_it_gets_nothing() {
        let shift = AdministrativeOverride::builder().state(TargetAdministrativeOverrideStateEnum::ZonalShiftActive).build();
        let mut sdk = description("healthy", "", "");
        sdk.administrative_override = Some(shift);
        let target = convert_target(&Scope::new("aws", "t", "r"), &sdk).unwrap();
        assert_eq!(target.reason.as_deref(), Some("zone shifted away: no traffic"));
    }
}
