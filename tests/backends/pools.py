"""Target health in time. moto says "healthy" for every registered target; here a target is first `initial`, then what its
instance deserves, and `draining` for a while after it was taken out.

Sickness is told by rules (control endpoint `/control/health`), matched against pool name, instance id or template version.
"""

from moto.elbv2 import models

from . import clock
from .clock import PACE

RULES = []  # [{"pool": name?, "instance": id?, "version": "2"?, "state": "unhealthy", "reason": …, "description": …}]

INITIAL = {"state": "initial", "reason": "Elb.RegistrationInProgress", "description": "Target registration is in progress"}
CHECKING = {"state": "initial", "reason": "Elb.InitialHealthChecking", "description": "Initial health checks in progress"}
DRAINING = {
    "state": "draining",
    "reason": "Target.DeregistrationInProgress",
    "description": "Target deregistration is in progress",
}
REBOOTING = {"state": "unhealthy", "reason": "Target.Timeout", "description": "Request timed out"}
STOPPED = {"state": "unused", "reason": "Target.InvalidState", "description": "Target is in the stopped state"}
UNATTACHED = {
    "state": "unused",
    "reason": "Target.NotInUse",
    "description": "Target group is not configured to receive traffic from the load balancer",
}
UNKNOWN = {
    "state": "unused",
    "reason": "Target.NotRegistered",
    "description": "Target is not registered to the target group",
}

_register = models.FakeTargetGroup.register


def _leaving(pool):
    """Targets on their way out: id → (target, when it is gone)."""
    return pool.__dict__.setdefault("_leaving", {})


def register(pool, targets):
    fresh = [t["Id"] for t in targets if t["Id"] not in pool.targets]
    _register(pool, targets)
    for target in fresh:
        _leaving(pool).pop(target, None)
        pool.targets[target]["since"] = clock.now()


def deregister(pool, targets):
    """Deregistering what is not registered succeeds silently, as at the service."""
    for target in targets:
        known = pool.targets.pop(target["Id"], None)
        if known and PACE.drain > 0:
            _leaving(pool)[target["Id"]] = (known, clock.now() + PACE.drain)


def forget(pool, instance_ids):
    """The instance is gone; draining goes on to its end, as at the service."""
    deregister(pool, [{"Id": i} for i in instance_ids if i in pool.targets])


def health_for(pool, target, ec2_backend):
    known = pool.targets.get(target["Id"])
    leaving = _leaving(pool).get(target["Id"])
    if known:
        verdict = _verdict(pool, known, ec2_backend)
    elif leaving and clock.now() < leaving[1]:
        known, verdict = leaving[0], DRAINING
    else:
        verdict = UNKNOWN
    port = (known or target).get("Port", pool.port)
    return models.FakeHealthStatus(
        target["Id"], port, pool.health_check_port, verdict["state"], verdict.get("reason"), verdict.get("description")
    )


def _verdict(pool, target, ec2_backend):
    instance = ec2_backend.get_instance_by_id(target["Id"])
    if instance and instance.state == "stopped":
        return STOPPED
    if not pool.load_balancer_arns:
        return UNATTACHED
    if instance and clock.now() < getattr(instance, "back_at", 0):
        return REBOOTING
    age = clock.now() - target.get("since", 0)
    if age < PACE.warm:
        return INITIAL if age < PACE.warm / 2 else CHECKING
    for rule in RULES:
        if _matches(rule, pool, instance):
            return rule
    return {"state": "healthy"}


def _matches(rule, pool, instance):
    if rule.get("pool") not in (None, pool.name):
        return False
    if rule.get("instance") not in (None, instance and instance.id):
        return False
    return rule.get("version") in (None, getattr(instance, "template_version", None))


def describe_target_health(backend, target_group_arn, targets):
    pool = backend.target_groups.get(target_group_arn)
    if pool is None:
        raise models.TargetGroupNotFoundError()
    from . import groups  # which takes us in

    groups.settle_all()
    leaving = _leaving(pool)
    for gone in [i for i, (_, until) in leaving.items() if clock.now() >= until]:
        del leaving[gone]
    if not targets:
        targets = list(pool.targets.values()) + [t for t, _ in leaving.values()]
    return [pool.health_for(target, backend.ec2_backend) for target in targets]


def install():
    group = models.FakeTargetGroup
    group.register, group.deregister = register, deregister
    group.deregister_terminated_instances, group.health_for = forget, health_for
    models.ELBv2Backend.describe_target_health = describe_target_health
