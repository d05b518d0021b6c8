"""What CloudWatch does with metrics and moto 5.2.5 does not: percentiles in GetMetricData, and dimensions in any order."""

import math
import re

from moto.cloudwatch.models import Dimension, Statistics

PERCENTILE = re.compile(r"^p(\d+(?:\.\d+)?)$")

plain_statistic = Statistics.get_statistics_for_type


def statistic(self, stat):
    share = PERCENTILE.match(stat)
    values = sorted(self.metric_single_values_list)
    if not share or not values:
        return plain_statistic(self, stat)
    rank = math.ceil(float(share.group(1)) / 100 * len(values))
    return values[max(rank, 1) - 1]


def before(self, other):
    """moto sorts dimensions before it compares them, by an order that depends on where they stood."""
    return (self.name, self.value or "") < (other.name, other.value or "")


def install():
    Statistics.get_statistics_for_type = statistic
    Dimension.__lt__ = before
