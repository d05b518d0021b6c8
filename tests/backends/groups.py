"""Auto Scaling groups that behave: capacity is reached by launches and terminations that take time, spread over zones, noted as
activities, held back by suspended processes, and refused outside the bounds.

Nothing runs in the background: whatever became due since the last request happens at the start of the next one (`settle_all`).
"""

from collections import Counter

from moto.autoscaling import models
from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from . import activities, clock, pools, refresh
from .clock import LOCK, PACE

Group = models.FakeAutoScalingGroup

LAUNCH_FAILURES = {}  # group name → message; set through /control/launch
BY_REQUEST = "a user request explicitly set group desired capacity changing the desired capacity from {} to {}."
BY_UPDATE = "a user request update of AutoScalingGroup constraints to min: {}, max: {}, desired: {} changing the desired capacity."
BY_NAME = "an instance was taken out of service in response to a user request."
BY_STANDBY = "instance {} was moved between service and standby in response to a user request."
BY_HEALTH = "an instance was taken out of service in response to {} health check indicating it has been terminated or stopped."
BY_DELETION = "a user request deleted the AutoScalingGroup."
BY_CREATION = "a user request created an AutoScalingGroup changing the desired capacity from 0 to {}."


def history(group):
    """Activities of the group, newest first. Kept with the backend: they outlive the group."""
    book = group.autoscaling_backend.__dict__.setdefault("_history", {})
    return book.setdefault(group.name, [])


def note(group, activity):
    book = history(group)
    book.insert(0, activity)
    del book[activities.KEPT :]
    return activity


def is_active(state):
    return state.lifecycle_state == "InService" or state.lifecycle_state.startswith("Pending")


def active(group):
    return [s for s in group.instance_states if is_active(s)]


def is_suspended(group, process):
    return process in group._suspended_processes


def running_version(group):
    """The template version a launch would use now, as a plain number."""
    template = group.ec2_launch_template
    if template is None:
        return None
    wanted = getattr(group, "refresh_version", None) or getattr(group, "launch_template_version", None) or "$Default"
    if wanted == "$Latest":
        return str(template.latest_version_number)
    return str(template.default_version_number) if wanted == "$Default" else str(wanted)


def member_template(state):
    """What the member itself was launched from; moto would name the template's default."""
    template = state.auto_scaling_group.ec2_launch_template
    if template is None:
        return None
    version = getattr(state.instance, "template_version", None) or running_version(state.auto_scaling_group)
    return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": version}


# -- launching and terminating


def subnets(group):
    return [s.strip() for s in (group.vpc_zone_identifier or "").split(",") if s.strip()]


def launch(group, count, cause):
    """Starts instances in the emptiest subnets."""
    message = LAUNCH_FAILURES.get(group.name)
    if message:
        group.next_launch = clock.now() + PACE.retry
        note(group, activities.launch_failed(group, cause, message))
        return
    places = subnets(group)
    taken = Counter(s.instance.subnet_id for s in active(group))
    share = Counter()
    for _ in range(count):
        place = min(places, key=lambda p: (taken[p], p)) if places else None
        taken[place] += 1
        share[place] += 1
    before = len(active(group))
    for place, number in sorted(share.items(), key=lambda item: str(item[0])):
        for state in start_instances(group, number, place):
            state.activity = note(group, activities.launching(group, state, cause, before, before + 1))
            before += 1
            if PACE.launch > 0:
                state.lifecycle_state, state.due = "Pending", clock.now() + PACE.launch
            else:
                in_service(group, state)


def start_instances(group, number, subnet):
    tags = group.get_propagated_tags()
    tags.update(group.instance_tags)
    tags[models.ASG_NAME_TAG] = group.name
    template = group.ec2_launch_template
    version = running_version(group)
    tags.update({"aws:ec2launchtemplate:version": version} if version else {})
    # The backend's VPC decides the zone; `placement` is asked for where there are no subnets.
    reservation = group.ec2_backend.run_instances(
        group.image_id,
        number,
        group.user_data,
        group.security_groups,
        instance_type=group.instance_type,
        tags={"instance": tags},
        placement=None if subnet else sorted(group.availability_zones)[0],
        launch_config=group.launch_config,
        launch_template={"LaunchTemplateId": template.id} if template else None,
        is_instance_type_default=False,
        associate_public_ip=None,
        subnet_id=subnet,
    )
    started = []
    for instance in reservation.instances:
        instance.autoscaling_group = group
        instance.template_version = version
        state = models.InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in)
        group.instance_states.append(state)
        started.append(state)
    return started


def in_service(group, state):
    state.lifecycle_state = "InService"
    state.served_from = clock.now()
    state.activity.close()
    enter_pools(group, state)


def enter_pools(group, state):
    if is_suspended(group, "AddToLoadBalancer"):
        return  # and never later either: what is launched meanwhile stays out
    balancers = group.autoscaling_backend.elbv2_backend
    for arn in group.target_group_arns or []:
        pool = balancers.target_groups.get(arn)
        if pool and state.instance.state == "running":
            pool.register([{"Id": state.instance.id, "Port": pool.port}])
    if group.load_balancer_names:
        group.autoscaling_backend.update_attached_elbs(group.name)


def terminate(group, state, cause, after):
    """Takes a member out: it drains, then terminates, then it is gone."""
    state.activity = note(group, activities.terminating(group, state, cause, len(active(group)), after))
    wait = PACE.hook if has_hook(group, "autoscaling:EC2_INSTANCE_TERMINATING") else 0
    # Connections end first, then a hook holds it.
    state.stages = [("Terminating:Wait", wait), ("Terminating:Proceed", PACE.terminate)] if wait else [("Terminating", PACE.terminate)]
    state.lifecycle_state, state.due = "Terminating", clock.now() + PACE.drain
    leave_pools(group, state)
    leave(group, state)


def has_hook(group, transition):
    return any(hook.lifecycle_transition == transition for hook in group.autoscaling_backend.describe_lifecycle_hooks(group.name))


def leave(group, state):
    """Brings a leaving member as far as time has."""
    while clock.now() >= state.due:
        if not state.stages:
            gone(group, state)
            return
        state.lifecycle_state, seconds = state.stages.pop(0)
        state.due += seconds


def leave_pools(group, state):
    for arn in group.target_group_arns or []:
        pool = group.autoscaling_backend.elbv2_backend.target_groups.get(arn)
        if pool:
            pool.deregister([{"Id": state.instance.id}])


def gone(group, state):
    group.instance_states = [s for s in group.instance_states if s is not state]
    state.activity.close()
    group.ec2_backend.terminate_instances([state.instance.id])


def victims(group, count):
    """The default policy in short: the fullest zone first, in it the oldest template version, then the eldest. Protected members stay."""
    chosen = []
    while len(chosen) < count:
        left = [s for s in active(group) if s not in chosen]
        free = [s for s in left if not s.protected_from_scale_in]
        if not free:
            break
        zones = Counter(s.availability_zone for s in left)
        order = group.instance_states
        chosen.append(
            min(free, key=lambda s: (-zones[s.availability_zone], int(member_version(s) or 0), order.index(s)))
        )
    return chosen


def member_version(state):
    return getattr(state.instance, "template_version", None)


# -- settling


def settle(group, cause=None):
    """Does what is due, then closes the gap between desired and actual."""
    now = clock.now()
    for state in list(group.instance_states):
        due = getattr(state, "due", None)
        if state.lifecycle_state == "Pending" and due is not None and now >= due:
            in_service(group, state)
        elif state.lifecycle_state.startswith("Terminating"):
            leave(group, state)
        elif state.lifecycle_state == "EnteringStandby" and now >= due:
            state.lifecycle_state = "Standby"
    if is_deleted(group):
        return
    replace_unhealthy(group)
    refresh.advance(group, terminate)
    missing = (group.desired_capacity or 0) + getattr(group, "surplus", 0) - len(active(group))
    if missing > 0 and not is_suspended(group, "Launch") and now >= getattr(group, "next_launch", 0):
        launch(group, missing, cause or "an instance was launched in response to a difference between desired and actual capacity.")
    elif missing < 0 and not is_suspended(group, "Terminate"):
        for state in victims(group, -missing):
            terminate(group, state, cause or "the group is larger than desired.", len(active(group)) - 1)


def mark_unregistered(group):
    """With ELB health checks a member that stands in none of its group's pools any more is unhealthy."""
    if group.health_check_type != "ELB" or is_suspended(group, "HealthCheck"):
        return
    arns = [a for a in group.target_group_arns or [] if a in group.autoscaling_backend.elbv2_backend.target_groups]
    for state in [s for s in group.instance_states if s.lifecycle_state == "InService"]:
        served = getattr(state, "served_from", 0)
        lost = any(state.instance.id not in group.autoscaling_backend.elbv2_backend.target_groups[a].targets for a in arns)
        if lost and clock.now() - served > PACE.unregistered:
            state.health_status = "Unhealthy"


def replace_unhealthy(group):
    mark_unregistered(group)
    if is_suspended(group, "ReplaceUnhealthy") or is_suspended(group, "Terminate"):
        return
    for state in [s for s in active(group) if s.health_status != "Healthy" and s.lifecycle_state == "InService"]:
        kind = "an ELB system" if group.health_check_type == "ELB" else "an EC2"
        terminate(group, state, BY_HEALTH.format(kind), len(active(group)))


def settle_all():
    for regions in models.autoscaling_backends.values():
        for backend in regions.values():
            for group in list(backend.autoscaling_groups.values()):
                settle(group)


# -- the end of a group

DELETING = "Delete in progress"


def delete_group(backend, group_name):
    """Deleted with force a group stays until its last member is gone, and takes no more changes."""
    group = backend.autoscaling_groups[group_name]
    group.status, group.min_size, group.desired_capacity = DELETING, 0, 0
    for state in active(group):
        terminate(group, state, BY_DELETION, len(active(group)) - 1)
    is_deleted(group)


def is_deleted(group):
    """Whether it is on its way out; it goes with its last member."""
    if getattr(group, "status", None) != DELETING:
        return False
    if not group.instance_states:
        group.autoscaling_backend.autoscaling_groups.pop(group.name, None)
    return True


# -- what moto calls


def set_group_capacity(group, capacity):
    """moto calls this for creation, updates and standby; the cause is left on the group by the request that led here."""
    before = getattr(group, "desired_capacity", 0)
    group.desired_capacity = group.min_size if capacity is None else capacity
    cause = group.__dict__.pop("_cause", None) or BY_CREATION.format(group.desired_capacity)
    if group.name in group.autoscaling_backend.autoscaling_groups or before == 0:
        settle(group, cause)


def notify_terminate(backend, instance_ids):
    """Somebody terminated instances behind the group's back."""
    for group in list(backend.autoscaling_groups.values()):
        lost = [s for s in group.instance_states if s.instance.id in instance_ids]
        for state in lost:
            group.instance_states.remove(state)
            activity = note(group, activities.terminating(group, state, BY_HEALTH.format("an EC2"), len(active(group)), len(active(group))))
            activity.close()
            leave_pools(group, state)
        if lost:
            settle(group)


def terminate_instance(backend, instance_id, should_decrement):
    for group in backend.autoscaling_groups.values():
        for state in group.instance_states:
            if state.instance.id == instance_id and is_active(state):
                if should_decrement:
                    if group.desired_capacity - 1 < group.min_size:
                        raise ValidationError(
                            f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without replacement "
                            f"will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or "
                            f"lower group's min size."
                        )
                    group.desired_capacity -= 1
                terminate(group, state, BY_NAME, len(active(group)) - 1 if should_decrement else len(active(group)))
                activity = state.activity
                settle(group)
                return activity
    raise ValidationError(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")


def enter_standby(backend, group_name, instance_ids, should_decrement):
    group = backend.autoscaling_groups[group_name]
    chosen = standing(group, instance_ids, "InService")
    if should_decrement and group.desired_capacity - len(chosen) < group.min_size:
        raise ValidationError(
            f"AutoScalingGroup {group_name} has min-size={group.min_size}, max-size={group.max_size}, and "
            f"desired-size={group.desired_capacity}. To place into standby {len(chosen)} instances, please update the AutoScalingGroup sizes appropriately."
        )
    done = []
    for state in chosen:
        if should_decrement:
            group.desired_capacity -= 1
        text = f"Moving EC2 instance to Standby: {state.instance.id}"
        done.append(note(group, activities.Activity(group, text, f"At {activities.stamp()} {BY_STANDBY.format(state.instance.id)}")))
        leave_pools(group, state)
        state.lifecycle_state, state.due = "EnteringStandby", clock.now() + PACE.drain
        if PACE.drain <= 0:
            state.lifecycle_state = "Standby"
        done[-1].close()
    settle(group)
    return done


def exit_standby(backend, group_name, instance_ids):
    group = backend.autoscaling_groups[group_name]
    chosen = standing(group, instance_ids, "Standby")
    if group.desired_capacity + len(chosen) > group.max_size:
        raise ValidationError(
            f"AutoScalingGroup {group_name} has max-size={group.max_size}; {len(chosen)} instances out of standby would exceed it."
        )
    done = []
    for state in chosen:
        group.desired_capacity += 1
        text = f"Moving EC2 instance out of Standby: {state.instance.id}"
        state.activity = note(group, activities.Activity(group, text, f"At {activities.stamp()} {BY_STANDBY.format(state.instance.id)}"))
        done.append(state.activity)
        state.health_status = "Healthy"
        state.lifecycle_state, state.due = "Pending", clock.now() + PACE.launch
        if PACE.launch <= 0:
            in_service(group, state)
    settle(group)
    return done


def standing(group, instance_ids, wanted):
    """The named members, all in the wanted state."""
    found = {s.instance.id: s for s in group.instance_states}
    for instance_id in instance_ids:
        if instance_id not in found:
            raise ValidationError(f"The instance {instance_id} is not part of Auto Scaling group {group.name}.")
        if found[instance_id].lifecycle_state != wanted:
            raise ValidationError(f"The instance {instance_id} is not in {wanted}.")
    return [found[i] for i in instance_ids]


def attach_pools(backend, group_name):
    """moto registers every member again on each change; here a member taken out by hand stays out."""


def describe_scaling_activities(response):
    backend, name = response.autoscaling_backend, response._get_param("AutoScalingGroupName")
    book = backend.__dict__.setdefault("_history", {})
    if name and name not in book and name not in backend.autoscaling_groups:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    found = list(book.get(name, [])) if name else [a for activities_ in book.values() for a in activities_]
    found.sort(key=lambda a: (a.is_open, a.start_time), reverse=True)
    start, size = int(response._get_param("NextToken") or 0), response._get_int_param("MaxRecords") or 100
    token = str(start + size) if len(found) > start + size else None
    return ActionResult({"Activities": found[start : start + size], "NextToken": token})


# -- refusals

NEEDS_GROUP = {
    "SetDesiredCapacity", "UpdateAutoScalingGroup", "DeleteAutoScalingGroup", "SuspendProcesses", "ResumeProcesses", "EnterStandby",
    "ExitStandby", "PutScalingPolicy", "StartInstanceRefresh", "CancelInstanceRefresh", "RollbackInstanceRefresh", "PutLifecycleHook", "AttachInstances", "DetachInstances", "SetInstanceProtection",
}  # fmt: skip


def check(response, action):
    """Raises what the service would refuse before anything is done, and leaves the cause for the activities."""
    if action in ("CreateAutoScalingGroup", "UpdateAutoScalingGroup"):
        policy = response._get_param("MixedInstancesPolicy") or {}
        overrides = policy.get("LaunchTemplate", {}).get("Overrides", [])
        if any(o.get("WeightedCapacity") for o in overrides):
            raise ValidationError("Weighted capacity is refused here: this back end counts instances, not units.")
    if action not in NEEDS_GROUP:
        return
    name = response._get_param("AutoScalingGroupName")
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    if action == "DeleteAutoScalingGroup" and group.instance_states and not response._get_bool_param("ForceDelete", False):
        still = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group."
        raise AutoscalingClientError("ResourceInUse", still)
    if getattr(group, "status", None) == DELETING:
        raise AutoscalingClientError("ScalingActivityInProgress", "You cannot change an AutoScalingGroup while it is being deleted.")
    if action not in ("SetDesiredCapacity", "UpdateAutoScalingGroup"):
        return
    given = response._get_int_param
    desired = given("DesiredCapacity")
    low = group.min_size if given("MinSize") is None else given("MinSize")
    high = group.max_size if given("MaxSize") is None else given("MaxSize")
    if low > high:
        raise ValidationError("Max bound must be greater than or equal to min bound")
    if desired is not None and desired > high:
        raise ValidationError(f"New SetDesiredCapacity value {desired} is above max value {high} for the AutoScalingGroup.")
    if desired is not None and desired < low:
        raise ValidationError(f"New SetDesiredCapacity value {desired} is below min value {low} for the AutoScalingGroup.")
    if action == "SetDesiredCapacity":
        if response._get_bool_param("HonorCooldown", False):
            honor_cooldown(group)
        group._cause = BY_REQUEST.format(group.desired_capacity, desired)
    else:
        group._cause = BY_UPDATE.format(low, high, desired if desired is not None else group.desired_capacity)


def honor_cooldown(group):
    book = history(group)
    blocking = next((a for a in book if a.is_open), None)
    if blocking is None and book and (clock.utc() - book[0].start_time).total_seconds() < float(group.default_cooldown):
        blocking = book[0]
    if blocking is not None:
        raise AutoscalingClientError(
            "ScalingActivityInProgress", f"Scaling activity {blocking.activity_id} is in progress and blocks this action"
        )


_call_action = AutoScalingResponse.call_action


def call_action(response):
    with LOCK:
        settle_all()
        try:
            check(response, response._get_action())
        except AutoscalingClientError as refusal:
            status, headers, body = response.serialized(ActionResult(refusal))
            headers["status"] = status
            return status, headers, body
        try:
            return _call_action(response)
        finally:
            for group in response.autoscaling_backend.autoscaling_groups.values():
                group.__dict__.pop("_cause", None)


def install():
    Group.active_instances = active
    Group.set_desired_capacity = set_group_capacity
    models.InstanceState.launch_template = property(member_template)
    backend = models.AutoScalingBackend
    backend.notify_terminate_instances = notify_terminate
    backend.terminate_instance = terminate_instance
    backend.delete_auto_scaling_group = delete_group
    backend.update_attached_target_groups = attach_pools
    backend.enter_standby_instances = enter_standby
    backend.exit_standby_instances = exit_standby
    AutoScalingResponse.describe_scaling_activities = describe_scaling_activities
    AutoScalingResponse.call_action = call_action
