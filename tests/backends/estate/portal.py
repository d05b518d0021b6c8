"""The portal app: what the console was first built for."""

import datetime
import math

HOURS = 3


def build(cloud):
    vpc, subnets = cloud.network(("a", "b"))
    pool = cloud.pool("portal-tg", vpc)
    balancer = cloud.balancer("portal-alb", subnets, [pool])
    template = cloud.template("portal-lt", "t3.small", "t3.medium")
    cloud.group(
        "portal", template, subnets, (2, 4, 8), [pool], {"Environment": "staging"}, DefaultCooldown=300, TerminationPolicies=["Default"]
    )
    worker = cloud.template("worker-lt", "c6i.large")
    cloud.group("worker", worker, subnets, (0, 3, 10), DefaultCooldown=60)
    _autoscaling(cloud)
    _classic(cloud, subnets)
    members = cloud.members("portal")
    hardware = cloud.instance("hardware", "t3.large", subnets[0], Role="app")
    cloud.instance("jumpbox", "t3.micro", subnets[1])
    # A name that tries to take the terminal over; it must arrive as visible marks. XML carries no ESC, but the one-byte CSI it does.
    cloud.instance("evil\u009b2J\u202egpj.exe", "t3.nano", subnets[1])
    _databases(cloud)
    _metrics(cloud, pool, balancer)
    _alarms(cloud)
    return {"members": members, "pool": pool, "hardware": hardware, "template": template}


def _autoscaling(cloud):
    cloud.autoscaling.put_scaling_policy(
        AutoScalingGroupName="portal",
        PolicyName="requests-per-target",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 55.0,
        },
    )
    cloud.autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName="worker", ScheduledActionName="nightly", Recurrence="0 1 * * *", MinSize=0, MaxSize=10, DesiredCapacity=6
    )
    cloud.autoscaling.suspend_processes(AutoScalingGroupName="worker", ScalingProcesses=["AZRebalance"])
    cloud.autoscaling.set_instance_protection(
        AutoScalingGroupName="worker", InstanceIds=cloud.members("worker")[:1], ProtectedFromScaleIn=True
    )


def _classic(cloud, subnets):
    cloud.elb.create_load_balancer(
        LoadBalancerName="legacy-elb",
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 8080}],
        Subnets=subnets,
    )
    members = [{"InstanceId": member} for member in cloud.members("worker")[:2]]
    cloud.elb.register_instances_with_load_balancer(LoadBalancerName="legacy-elb", Instances=members)


def _databases(cloud):
    common = {"MasterUsername": "admin", "MasterUserPassword": "only-for-tests"}
    cloud.rds.create_db_instance(
        DBInstanceIdentifier="hardwareavailability",
        Engine="mysql",
        EngineVersion="8.0.39",
        DBInstanceClass="db.t3.medium",
        AllocatedStorage=100,
        BackupRetentionPeriod=7,
        **common,
    )
    cloud.rds.create_db_snapshot(DBSnapshotIdentifier="hardwareavailability-1", DBInstanceIdentifier="hardwareavailability")
    cloud.rds.create_db_cluster(DBClusterIdentifier="ledger", Engine="aurora-postgresql", **common)
    for number in (1, 2):
        cloud.rds.create_db_instance(
            DBInstanceIdentifier=f"ledger-{number}", DBClusterIdentifier="ledger", Engine="aurora-postgresql", DBInstanceClass="db.r6g.large"
        )
    cloud.elasticache.create_replication_group(
        ReplicationGroupId="portal-redis",
        ReplicationGroupDescription="cache of slow hardware queries",
        Engine="redis",
        CacheNodeType="cache.t3.small",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
    )


def _metrics(cloud, pool, balancer):
    front = {"TargetGroup": pool.split(":")[-1], "LoadBalancer": balancer.split("loadbalancer/")[-1]}
    store = {"DBInstanceIdentifier": "hardwareavailability"}
    _put(cloud, "AWS/EC2", "CPUUtilization", {"AutoScalingGroupName": "portal"}, "Percent", 40, 15)
    _put(cloud, "AWS/ApplicationELB", "RequestCount", front, "Count", 9000, 4000)
    _put(cloud, "AWS/ApplicationELB", "TargetResponseTime", front, "Seconds", 0.12, 0.04)
    _put(cloud, "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", front, "Count", 3, 2)
    _put(cloud, "AWS/ApplicationELB", "HealthyHostCount", front, "Count", 4, 0)
    _put(cloud, "AWS/RDS", "CPUUtilization", store, "Percent", 35, 20)
    _put(cloud, "AWS/RDS", "DatabaseConnections", store, "Count", 80, 30)
    _put(cloud, "AWS/RDS", "FreeStorageSpace", store, "Bytes", 4e10, 1e9)


def _put(cloud, namespace, metric, dimensions, unit, base, swing):
    """A slow wave, one point a minute: enough to see a chart, the same in every run."""
    end = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    points = [
        {
            "MetricName": metric,
            "Dimensions": named,
            "Timestamp": end - datetime.timedelta(minutes=minute),
            "Value": base + swing * math.sin(minute / 20),
            "Unit": unit,
        }
        for minute in range(HOURS * 60)
    ]
    cloud.cloudwatch.put_metric_data(Namespace=namespace, MetricData=points)


def _alarms(cloud):
    for name, metric, threshold in (("portal-5xx", "HTTPCode_Target_5XX_Count", 50), ("portal-cpu", "CPUUtilization", 80)):
        cloud.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/EC2" if metric == "CPUUtilization" else "AWS/ApplicationELB",
            MetricName=metric,
            Dimensions=[{"Name": "AutoScalingGroupName", "Value": "portal"}] if metric == "CPUUtilization" else [],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=2,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
        )
    cloud.cloudwatch.set_alarm_state(AlarmName="portal-cpu", StateValue="OK", StateReason="back to normal")
    cloud.cloudwatch.set_alarm_state(
        AlarmName="portal-5xx", StateValue="ALARM", StateReason="Threshold Crossed: 2 datapoints were greater than the threshold (50.0)."
    )
