"""Estates that are large rather than interesting."""

EVERY_POOL = 10  # one group in ten stands behind a balancer: a target group is one call each to read


def build(cloud, groups, members):
    vpc, subnets = cloud.network(("a", "b", "c"))
    template = cloud.template("fleet-lt", "c6i.large")
    pools = {}
    for number in range(0, groups, EVERY_POOL):
        pools[number] = cloud.pool(f"fleet-{number:04}-tg", vpc)
    arns = list(pools.values())
    for start in range(0, len(arns), 40):  # a balancer carries 50 listeners
        cloud.balancer(f"fleet-{start:04}-alb", subnets, arns[start : start + 40])
    for number in range(groups):
        behind = [pools[number]] if number in pools else []
        cloud.group(f"fleet-{number:04}", template, subnets, (0, members, members * 3), behind, {"Service": f"service-{number % 25}"})
    return {"groups": groups, "members": groups * members, "pools": len(pools)}


def build_pages(cloud):
    """More groups than a page holds (100), more databases (100), more alarms (100), more pools (400 is a page; here 30)."""
    made = build(cloud, 230, 1)
    for number in range(120):
        cloud.cloudwatch.put_metric_alarm(
            AlarmName=f"alarm-{number:04}",
            Namespace="Fleet",
            MetricName="Errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
    for number in range(105):
        cloud.rds.create_db_instance(
            DBInstanceIdentifier=f"db-{number:04}",
            Engine="mysql",
            DBInstanceClass="db.t3.micro",
            AllocatedStorage=20,
            MasterUsername="admin",
            MasterUserPassword="only-for-tests",
        )
    return {**made, "alarms": 120, "databases": 105}
