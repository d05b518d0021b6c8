"""Scaling activities: what a group did, and the cause in the words of the service."""

import json

from moto.moto_api._internal import mock_random

from . import clock

SUCCESSFUL, FAILED, RUNNING = "Successful", "Failed", "InProgress"
KEPT = 200  # per group; the service keeps six weeks


class Activity:
    """One activity; attribute names are what moto's serializer looks for."""

    def __init__(self, group, description, cause, details=None):
        self.activity_id = str(mock_random.uuid4())
        self.auto_scaling_group_name = group.name
        self.auto_scaling_group_arn = group.arn
        self.description = description
        self.cause = cause
        self.start_time = clock.utc()
        self.end_time = None
        self.status_code = RUNNING
        self.status_message = None
        self.progress = 30
        self.details = json.dumps(details or {})

    @property
    def is_open(self):
        return self.status_code == RUNNING

    def close(self, status=SUCCESSFUL, message=None):
        if self.is_open:
            self.status_code, self.status_message = status, message
            self.progress, self.end_time = 100, clock.utc()


def stamp():
    return clock.utc().strftime("%Y-%m-%dT%H:%M:%SZ")


def launching(group, state, cause, before, after):
    text = (
        f"At {stamp()} {cause}  At {stamp()} an instance was started in response to a difference between desired and "
        f"actual capacity, increasing the capacity from {before} to {after}."
    )
    return Activity(group, f"Launching a new EC2 instance: {state.instance.id}", text, {"Availability Zone": state.availability_zone})


def launch_failed(group, cause, message):
    activity = Activity(group, "Launching a new EC2 instance.  Status Reason: " + message, f"At {stamp()} {cause}")
    activity.close(FAILED, message)
    return activity


def terminating(group, state, cause, before, after):
    shrink = f"shrinking the capacity from {before} to {after}" if after < before else "the capacity stays as it is"
    text = f"At {stamp()} {cause}  At {stamp()} instance {state.instance.id} was selected for termination, {shrink}."
    return Activity(group, f"Terminating EC2 instance: {state.instance.id}", text, {"Availability Zone": state.availability_zone})
