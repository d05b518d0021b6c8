"""A group that can be redeployed in every way: behind an ALB rule with two pools, with a second version of its template, and a hook."""


def build(cloud, desired=4, high=8):
    """`desired` members, half of them at least, `high` at most."""
    vpc, subnets = cloud.network(("a", "b"))
    blue, green = cloud.pool("shop-blue", vpc), cloud.pool("shop-green", vpc)
    for pool in (blue, green):
        delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}]
        cloud.elbv2.modify_target_group_attributes(TargetGroupArn=pool, Attributes=delay)
    balancer = cloud.elbv2.create_load_balancer(Name="shop-alb", Subnets=subnets, Scheme="internet-facing")["LoadBalancers"][0]["LoadBalancerArn"]
    refused = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    listener = cloud.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=refused)["Listeners"][0]["ListenerArn"]
    shares = [{"TargetGroupArn": blue, "Weight": 100}, {"TargetGroupArn": green, "Weight": 0}]
    rule = cloud.elbv2.create_rule(
        ListenerArn=listener,
        Priority=10,
        Conditions=[{"Field": "path-pattern", "Values": ["/shop/*"]}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}],
    )["Rules"][0]["RuleArn"]
    template = cloud.template("shop-lt", "t3.small", "t3.medium")
    cloud.group("shop", template, subnets, (desired // 2, desired, high), [blue], {"Environment": "staging"}, Version="1", DefaultCooldown=60)
    cloud.autoscaling.put_lifecycle_hook(
        LifecycleHookName="drain-queue",
        AutoScalingGroupName="shop",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        HeartbeatTimeout=60,
        DefaultResult="CONTINUE",
    )
    cloud.cloudwatch.put_metric_alarm(
        AlarmName="shop-5xx",
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=[{"Name": "TargetGroup", "Value": blue.split(":")[-1]}, {"Name": "LoadBalancer", "Value": balancer.split(":loadbalancer/")[1]}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,
        Threshold=10,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloud.cloudwatch.set_alarm_state(AlarmName="shop-5xx", StateValue="OK", StateReason="Nothing is above 10")
    return {"blue": blue, "green": green, "rule": rule, "listener": listener, "template": template, "members": cloud.members("shop")}
