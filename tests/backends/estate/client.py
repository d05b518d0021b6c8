"""Clients for one region, and the handful of building blocks that every estate uses."""

import boto3
from botocore.config import Config

SERVICES = ("autoscaling", "cloudwatch", "ec2", "elasticache", "elb", "elbv2", "rds")


class Cloud:
    def __init__(self, endpoint, region):
        self.region = region
        session = boto3.Session(aws_access_key_id="builder", aws_secret_access_key="builder", region_name=region)
        config = Config(retries={"max_attempts": 1}, read_timeout=60)
        for service in SERVICES:
            setattr(self, service, session.client(service, endpoint_url=endpoint, config=config))

    def network(self, zones):
        """A VPC with one subnet a zone; returns (vpc, subnets)."""
        vpc = self.ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        subnets = []
        for number, zone in enumerate(zones):
            subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{number * 64}.0/18", AvailabilityZone=self.region + zone)
            subnets.append(subnet["Subnet"]["SubnetId"])
        return vpc, subnets

    def template(self, name, *types):
        """A launch template with one version for each instance type; returns its id."""
        made = self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=_data(types[0]))
        template = made["LaunchTemplate"]["LaunchTemplateId"]
        for kind in types[1:]:
            self.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=_data(kind))
        return template

    def pool(self, name, vpc, port=8080, path="/test/"):
        made = self.elbv2.create_target_group(
            Name=name, Protocol="HTTP", Port=port, VpcId=vpc, TargetType="instance", HealthCheckPath=path, HealthCheckIntervalSeconds=10
        )
        return made["TargetGroups"][0]["TargetGroupArn"]

    def balancer(self, name, subnets, pools, first_port=80):
        """An ALB with one listener for each pool; returns its ARN."""
        made = self.elbv2.create_load_balancer(Name=name, Subnets=subnets, Scheme="internet-facing")
        arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        for number, pool in enumerate(pools):
            forward = [{"Type": "forward", "TargetGroupArn": pool}]
            self.elbv2.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=first_port + number, DefaultActions=forward)
        return arn

    def group(self, name, template, subnets, sizes, pools=(), tags=None, **more):
        """`sizes` is (min, desired, max)."""
        low, desired, high = sizes
        marks = {"Name": name, **(tags or {})}
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateId": template, "Version": more.pop("Version", "$Latest")},
            MinSize=low,
            DesiredCapacity=desired,
            MaxSize=high,
            VPCZoneIdentifier=",".join(subnets),
            TargetGroupARNs=list(pools),
            HealthCheckType="ELB" if pools else "EC2",
            Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in marks.items()],
            **more,
        )

    def members(self, group):
        found = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]
        return [member["InstanceId"] for member in found[0]["Instances"]]

    def instance(self, name, kind, subnet, **tags):
        made = self.ec2.run_instances(
            ImageId="ami-12c6146b", InstanceType=kind, MinCount=1, MaxCount=1, SubnetId=subnet, TagSpecifications=[_tags("instance", Name=name, **tags)]
        )
        return made["Instances"][0]["InstanceId"]


def _data(kind):
    return {"ImageId": "ami-12c6146b", "InstanceType": kind}


def _tags(resource, **tags):
    return {"ResourceType": resource, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
