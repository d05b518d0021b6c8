//! Shares of a rule's traffic. A rule is changed by saying all its actions anew, so they are read first and only the weights are changed.

use aws_sdk_elasticloadbalancingv2::types::{Action, ActionTypeEnum, ForwardActionConfig, TargetGroupTuple};

use crate::domain::{FailureKind, Kind, ResourceId};
use crate::providers::ProviderError;

use super::caller::{Caller, looked};

pub(super) const MODIFY_RULE: &str = "elasticloadbalancing:ModifyRule";
pub(super) const MODIFY_LISTENER: &str = "elasticloadbalancing:ModifyListener";
const RULES: &str = "elasticloadbalancing:DescribeRules";
const LISTENERS: &str = "elasticloadbalancing:DescribeListeners";

/// The most one target group can weigh.
const WEIGHT_MOST: u32 = 999;

/// Whether the route is a listener's default action. The default rule cannot be modified as a rule.
pub(super) fn is_listener(native: &str) -> bool {
    native.contains(":listener/")
}

pub(super) async fn set(caller: &Caller<'_>, rule: &ResourceId, weights: &[(ResourceId, u32)]) -> Result<(), ProviderError> {
    let arn = caller.native(rule, Kind::Rule, MODIFY_RULE)?;
    let tuples = to_tuples(caller, weights)?;
    if is_listener(arn) {
        let call = caller.reader.clients.elbv2.describe_listeners().listener_arns(arn);
        let answer = looked(call.send().await.map_err(caller.reader.error(LISTENERS)))?;
        let found = answer.listeners().first().ok_or_else(|| gone(caller, arn, MODIFY_LISTENER))?;
        let actions = with_weights(caller, found.default_actions(), &tuples, MODIFY_LISTENER)?;
        let request = caller.writers.elbv2.modify_listener().listener_arn(arn).set_default_actions(Some(actions));
        caller.done(MODIFY_LISTENER, request.send().await)
    } else {
        let call = caller.reader.clients.elbv2.describe_rules().rule_arns(arn);
        let answer = looked(call.send().await.map_err(caller.reader.error(RULES)))?;
        let found = answer.rules().first().ok_or_else(|| gone(caller, arn, MODIFY_RULE))?;
        let actions = with_weights(caller, found.actions(), &tuples, MODIFY_RULE)?;
        caller.done(MODIFY_RULE, caller.writers.elbv2.modify_rule().rule_arn(arn).set_actions(Some(actions)).send().await)
    }
}

fn gone(caller: &Caller<'_>, arn: &str, operation: &str) -> ProviderError {
    caller.refuse(FailureKind::NotFound, operation, format!("there is no {arn}"))
}

fn to_tuples(caller: &Caller<'_>, weights: &[(ResourceId, u32)]) -> Result<Vec<TargetGroupTuple>, ProviderError> {
    if weights.iter().all(|(_, weight)| *weight == 0) {
        return Err(caller.invalid(MODIFY_RULE, "no pool would get any traffic"));
    }
    let one = |(pool, weight): &(ResourceId, u32)| {
        let arn = caller.native(pool, Kind::Pool, MODIFY_RULE)?;
        if *weight > WEIGHT_MOST {
            return Err(caller.invalid(MODIFY_RULE, format!("a weight is at most {WEIGHT_MOST}, not {weight}")));
        }
        Ok(TargetGroupTuple::builder().target_group_arn(arn).weight(weight.cast_signed()).build())
    };
    weights.iter().map(one).collect()
}

/// The actions as they are, but for the forward's weights: sign-ins before it, its stickiness and the order stay.
fn with_weights(
    caller: &Caller<'_>,
    actions: &[Action],
    tuples: &[TargetGroupTuple],
    operation: &str,
) -> Result<Vec<Action>, ProviderError> {
    let mut out = actions.to_vec();
    let Some(forward) = out.iter_mut().find(|a| a.r#type() == Some(&ActionTypeEnum::Forward)) else {
        return Err(caller.refuse(FailureKind::Conflict, operation, "it forwards to no pool any more: somebody changed it meanwhile"));
    };
    let named = |arn: &str| tuples.iter().any(|t| t.target_group_arn() == Some(arn));
    let config = forward.forward_config();
    let present =
        config.map_or(&[][..], |c| c.target_groups()).iter().filter_map(|t| t.target_group_arn()).chain(forward.target_group_arn());
    if let Some(other) = present.into_iter().find(|arn| !named(arn)) {
        let message = format!("it forwards to {other} too, which would get nothing any more: somebody changed it meanwhile");
        return Err(caller.refuse(FailureKind::Conflict, operation, message));
    }
    let stickiness = config.and_then(|c| c.target_group_stickiness_config()).cloned();
    forward.forward_config = Some(
        ForwardActionConfig::builder().set_target_groups(Some(tuples.to_vec())).set_target_group_stickiness_config(stickiness).build(),
    );
    // The old field and several groups exclude each other.
    forward.target_group_arn = None;
    for oidc in out.iter_mut().filter_map(|a| a.authenticate_oidc_config.as_mut()) {
        // The secret is never answered, so it could not be said again.
        oidc.client_secret = None;
        oidc.use_existing_client_secret = Some(true);
    }
    Ok(out)
}
