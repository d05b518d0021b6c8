"""Instance refreshes, which moto 5.2.5 does not know: started, followed, cancelled and rolled back as at the service.

Like all else here a refresh moves when somebody asks: `advance` is part of settling a group. Percentages count only members that are
healthy and warm, and run backwards in a rollback.
"""

import math

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from . import clock, pools
from .clock import PACE

MOVING = ("Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress")
WORDS = {"MinHealthyPercentage": 90, "CheckpointDelay": 3600, "BakeTime": 0}
CAUSE = "an instance was taken out of service in response to an instance refresh."


class Refresh:
    def __init__(self, group, preferences, version, found):
        self.id = str(mock_random.uuid4())
        self.group = group
        self.preferences = preferences
        self.version = version  # of the template, as asked for; None: what the group says
        self.before = getattr(group, "launch_template_version", None)
        self.old = found
        self.original = list(found)
        self.status, self.reason = "Pending", None
        self.started, self.ended, self.since = clock.utc(), None, None
        self.checked = set()  # checkpoints that were waited at
        self.rest_until = None
        self.fails_at = None

    def number(self, name):
        return int(self.preferences.get(name, WORDS.get(name, 0)))

    @property
    def is_moving(self):
        return self.status in MOVING

    def left(self):
        here = {s.instance.id for s in self.group.instance_states if s.lifecycle_state in ("InService", "Pending")}
        return [i for i in self.old if i in here]

    def percent(self):
        """Of what was old at the start: how much is replaced by members that are healthy and warm."""
        total = len(self.original) or 1
        if self.status.startswith("Rollback"):
            return 0 if self.status == "RollbackSuccessful" else math.floor(100 * len(self.left()) / total)
        done = min(len(self.original) - len(self.left()), sum(1 for s in fresh(self) if is_serving(self.group, s)))
        return math.floor(100 * done / total)

    def end(self, status, reason=None):
        self.status, self.reason, self.ended = status, reason, clock.utc()
        self.group.__dict__.pop("surplus", None)
        self.group.__dict__.pop("refresh_version", None)

    def to_answer(self):
        left = len(self.left())
        answer = {
            "InstanceRefreshId": self.id,
            "AutoScalingGroupName": self.group.name,
            "Status": self.status,
            "StartTime": self.started,
            "PercentageComplete": 100 if self.status == "Successful" else self.percent(),
            "InstancesToUpdate": left,
            "Preferences": {k: v for k, v in self.preferences.items()},
            "Strategy": "Rolling",
        }
        if self.reason:
            answer["StatusReason"] = self.reason
        if self.ended:
            answer["EndTime"] = self.ended
        if self.version:
            template = self.group.ec2_launch_template
            answer["DesiredConfiguration"] = {"LaunchTemplate": {"LaunchTemplateId": template.id, "Version": self.version}}
        return answer


def book(group):
    """Refreshes of the group, newest first."""
    return group.__dict__.setdefault("refreshes", [])


def current(group):
    return next((r for r in book(group) if r.is_moving), None)


def fresh(refresh):
    """Members that came since it began."""
    return [s for s in refresh.group.instance_states if s.instance.id not in refresh.original]


def is_serving(group, state):
    """In service, and healthy wherever its group registers it."""
    if state.lifecycle_state != "InService" or state.health_status != "Healthy":
        return False
    for arn in group.target_group_arns or []:
        pool = group.autoscaling_backend.elbv2_backend.target_groups.get(arn)
        if pool and pool.load_balancer_arns:
            known = pool.targets.get(state.instance.id)
            if known is None or pools.health_for(pool, {"Id": state.instance.id}, group.ec2_backend).status != "healthy":
                return False
    return True


# -- as groups are settled


def advance(group, terminate):
    """Takes the next steps; `terminate(group, state, cause, after)` is how members go."""
    refresh = current(group)
    if refresh is None or "InstanceRefresh" in group._suspended_processes:
        return
    if refresh.status == "Pending":
        refresh.status = "InProgress"
    if refresh.status == "Cancelling":
        if not is_busy(group):
            refresh.end("Cancelled", "Cancelled due to user request.")
        return
    if refresh.status == "Baking":
        if clock.now() >= refresh.since + refresh.number("BakeTime"):
            succeed(refresh)
        return
    left = refresh.left()
    resting = bool(left) and is_resting(refresh)
    group.surplus = 0 if resting else min(extra(refresh), len(left))
    serving = [s for s in group.instance_states if is_serving(group, s)]
    if left:
        if resting or is_failing(refresh, terminate):
            return
        for state in choose(refresh, left, serving):
            terminate(group, state, CAUSE, group.desired_capacity)
        # Nobody is launched ahead while it waits at a checkpoint.
        group.surplus = 0 if is_resting(refresh) else min(extra(refresh), len(refresh.left()))
    elif len(serving) >= group.desired_capacity and not is_busy(group):
        if refresh.status == "RollbackInProgress":
            refresh.end("RollbackSuccessful", refresh.reason)
        elif refresh.number("BakeTime") > 0:
            refresh.status, refresh.since = "Baking", clock.now()
        else:
            succeed(refresh)


def succeed(refresh):
    if refresh.version:
        refresh.group.launch_template_version = refresh.version
        refresh.group.provided_launch_template_version = refresh.version
    refresh.end("Successful")


def is_busy(group):
    return any(s.lifecycle_state.startswith(("Pending", "Terminating")) for s in group.instance_states)


def extra(refresh):
    """Members above desired while it lasts: an explicit maximum, even 100, launches before it terminates."""
    if "MaxHealthyPercentage" not in refresh.preferences:
        return 0
    desired = refresh.group.desired_capacity
    return max(1, math.floor(desired * refresh.number("MaxHealthyPercentage") / 100) - desired)


def choose(refresh, left, serving):
    """Old members that can go now without breaking the minimum."""
    group = refresh.group
    old = [s for s in group.instance_states if s.instance.id in left]
    if extra(refresh):
        # Who does not serve takes nothing away by leaving.
        old.sort(key=lambda state: state in serving)
        idle = sum(1 for state in old if state not in serving and state.lifecycle_state == "InService")
        return old[: idle + max(0, len(serving) - group.desired_capacity)]
    if is_busy(group):
        return []
    least = math.ceil(group.desired_capacity * refresh.number("MinHealthyPercentage") / 100)
    return old[: max(1, len(serving) - least)] if len(serving) >= group.desired_capacity else []


def is_resting(refresh):
    """At a checkpoint."""
    if refresh.rest_until is not None:
        if clock.now() < refresh.rest_until:
            return True
        refresh.rest_until, refresh.reason = None, None
    percent = refresh.percent()
    for point in refresh.preferences.get("CheckpointPercentages", []):
        if percent >= point and point not in refresh.checked and refresh.status == "InProgress":
            refresh.checked.add(point)
            refresh.rest_until = clock.now() + refresh.number("CheckpointDelay")
            refresh.reason = f"Waiting for checkpoint delay to expire: {point}% of instances have been replaced."
            return True
    return False


def is_failing(refresh, terminate):
    """New members that stay unhealthy fail the refresh, here after `PACE.refresh` seconds and not after an hour."""
    sick = [s for s in fresh(refresh) if s.lifecycle_state == "InService" and not is_serving(refresh.group, s)]
    old_enough = [s for s in sick if clock.now() - getattr(s, "served_from", clock.now()) > PACE.warm + PACE.refresh]
    if not old_enough or refresh.status == "RollbackInProgress":
        return False
    reason = f"Instance {old_enough[0].instance.id} did not become healthy within the time allowed."
    if refresh.preferences.get("AutoRollback"):
        roll_back(refresh, reason)
        return True
    refresh.end("Failed", reason)
    return True


def roll_back(refresh, reason):
    refresh.status, refresh.reason, refresh.rest_until = "RollbackInProgress", reason, None  # checkpoints are for the way there
    refresh.group.refresh_version = refresh.before
    refresh.old = [s.instance.id for s in fresh(refresh)]


# -- the calls


def refuse(code, message):
    raise AutoscalingClientError(code, message)


def group_of(response):
    name = response._get_param("AutoScalingGroupName")
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        refuse("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


def start_instance_refresh(response):
    group = group_of(response)
    if current(group):
        refuse("InstanceRefreshInProgress", "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.")
    preferences = response._get_param("Preferences") or {}
    low, high = preferences.get("MinHealthyPercentage"), preferences.get("MaxHealthyPercentage")
    if high is not None and (low is None or int(high) - int(low) > 100):
        refuse("ValidationError", "MaxHealthyPercentage needs MinHealthyPercentage, and may lie at most 100 above it.")
    points = [int(p) for p in preferences.get("CheckpointPercentages", [])]
    if points:
        preferences["CheckpointPercentages"] = points
    wanted = response._get_param("DesiredConfiguration") or {}
    version = (wanted.get("LaunchTemplate") or {}).get("Version")
    if as_bool(preferences.get("AutoRollback")) and not version:
        refuse("ValidationError", "Auto rollback needs a desired configuration.")
    for name in ("AutoRollback", "SkipMatching"):
        if name in preferences:
            preferences[name] = as_bool(preferences[name])
    group.refresh_version = version
    target = version or getattr(group, "launch_template_version", None)
    found = [s.instance.id for s in group.instance_states if takes(group, preferences, s, target)]
    refresh = Refresh(group, preferences, version, found)
    book(group).insert(0, refresh)
    return ActionResult({"InstanceRefreshId": refresh.id})


def as_bool(value):
    return str(value).lower() == "true"


def takes(group, preferences, state, version):
    """Whether a member is to be replaced."""
    if state.lifecycle_state == "Standby":
        return False
    if state.protected_from_scale_in and preferences.get("ScaleInProtectedInstances", "Wait") == "Ignore":
        return False
    if preferences.get("SkipMatching"):
        template = group.ec2_launch_template
        plain = {"$Latest": template.latest_version_number, "$Default": template.default_version_number}.get(version, version)
        return str(getattr(state.instance, "template_version", None)) != str(plain)
    return state.lifecycle_state in ("InService", "Pending")


def describe_instance_refreshes(response):
    group = group_of(response)
    wanted = response._get_param("InstanceRefreshIds") or []
    found = [r for r in book(group) if not wanted or r.id in wanted]
    most = response._get_int_param("MaxRecords") or 50
    return ActionResult({"InstanceRefreshes": [r.to_answer() for r in found[:most]]})


def moving(response, group):
    refresh = current(group)
    if refresh is None:
        refuse("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found for Auto Scaling group " + group.name)
    return refresh


def cancel_instance_refresh(response):
    refresh = moving(response, group_of(response))
    refresh.status = "Cancelling"
    refresh.group.__dict__.pop("surplus", None)
    return ActionResult({"InstanceRefreshId": refresh.id})


def rollback_instance_refresh(response):
    refresh = moving(response, group_of(response))
    if refresh.version is None:
        refuse("IrreversibleInstanceRefresh", "The instance refresh has no desired configuration, or the group uses $Latest or $Default.")
    roll_back(refresh, "Rollback due to user request.")
    return ActionResult({"InstanceRefreshId": refresh.id})


def install():
    AutoScalingResponse.start_instance_refresh = start_instance_refresh
    AutoScalingResponse.describe_instance_refreshes = describe_instance_refreshes
    AutoScalingResponse.cancel_instance_refresh = cancel_instance_refresh
    AutoScalingResponse.rollback_instance_refresh = rollback_instance_refresh
