"""Calls that moto 5.2.5 does not know and the console reads."""

from moto.core.responses import ActionResult
from moto.elasticache.responses import ElastiCacheResponse
from moto.rds.responses import RDSResponse


def describe_events(_response):
    return ActionResult({"Events": []})


def describe_pending_maintenance_actions(_response):
    return ActionResult({"PendingMaintenanceActions": []})


def install():
    ElastiCacheResponse.describe_events = describe_events
    RDSResponse.describe_pending_maintenance_actions = describe_pending_maintenance_actions
