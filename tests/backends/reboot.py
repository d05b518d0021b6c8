"""Reboots and failovers that take time: moto answers as if nothing had happened in between."""

from moto.ec2.models import EC2Backend
from moto.rds import models
from moto.rds.exceptions import InvalidDBInstanceStateFault

from . import clock
from .clock import PACE

_reboot_instances = EC2Backend.reboot_instances
_describe_databases = models.RDSBackend.describe_db_instances
_fail_over = models.RDSBackend.failover_db_cluster


def reboot_instances(backend, instance_ids):
    """An instance that reboots answers no health check meanwhile."""
    rebooted = _reboot_instances(backend, instance_ids)
    for instance_id in instance_ids:
        instance = backend.get_instance_by_id(instance_id)
        if instance:
            instance.back_at = clock.now() + PACE.reboot
    return rebooted


def settle(database):
    until = database.__dict__.get("back_at")
    if until is not None and clock.now() >= until:
        database.status = "available"
        del database.__dict__["back_at"]


def describe_db_instances(backend, *args, **kwargs):
    found = _describe_databases(backend, *args, **kwargs)
    for database in found:
        settle(database)
    return found


def reboot_db_instance(backend, db_instance_identifier):
    database = backend.describe_db_instances(db_instance_identifier)[0]
    if database.status != "available":
        raise InvalidDBInstanceStateFault(f"Instance {db_instance_identifier} is not in available state: {database.status}")
    database.status, database.back_at = "rebooting", clock.now() + PACE.reboot
    return database


def failover_db_cluster(backend, *args, **kwargs):
    cluster = _fail_over(backend, *args, **kwargs)
    for database in cluster.members:
        if database.is_cluster_writer:
            database.status, database.back_at = "failing-over", clock.now() + PACE.reboot
    return cluster


def install():
    EC2Backend.reboot_instances = reboot_instances
    models.RDSBackend.describe_db_instances = describe_db_instances
    models.RDSBackend.reboot_db_instance = reboot_db_instance
    models.RDSBackend.failover_db_cluster = failover_db_cluster
