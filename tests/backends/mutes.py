"""Alarm mute rules, which moto 5.2.5 does not know: put, read, listed, deleted. A rule whose time is over says EXPIRED."""

import datetime
import re

from moto.cloudwatch.exceptions import ResourceNotFoundException, ValidationError
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from . import clock


def book(response):
    return response.cloudwatch_backend.__dict__.setdefault("mute_rules", {})


def as_time(value):
    if isinstance(value, (int, float)):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc).replace(tzinfo=None)
    if isinstance(value, str):
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).replace(tzinfo=None)
    return value


def ends(rule):
    """When it stops muting: its own expiry, or the end of a one-time schedule."""
    schedule = rule["Rule"]["Schedule"]
    once = re.fullmatch(r"at\((.+)\)", schedule["Expression"])
    length = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", schedule["Duration"])
    if length is None:
        raise ValidationError(f"Duration {schedule['Duration']!r} is not an ISO 8601 duration")
    days, hours, minutes, seconds = (int(n or 0) for n in length.groups())
    until = None
    if once:
        lasts = datetime.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        until = datetime.datetime.fromisoformat(once.group(1)) + lasts
    expiry = as_time(rule.get("ExpireDate"))
    return min((t for t in (until, expiry) if t is not None), default=None)


def status(rule):
    until = ends(rule)
    if until is not None and clock.utc() >= until:
        return "EXPIRED"
    start = as_time(rule.get("StartDate"))
    return "SCHEDULED" if start is not None and clock.utc() < start else "ACTIVE"


def put_alarm_mute_rule(response):
    rule = {k: response._get_param(k) for k in ("Name", "Description", "Rule", "MuteTargets", "StartDate", "ExpireDate")}
    rule = {k: v for k, v in rule.items() if v is not None}
    ends(rule)
    known = {a.name for a in response.cloudwatch_backend.alarms.values()}
    for name in (rule.get("MuteTargets") or {}).get("AlarmNames", []):
        if name not in known:
            raise ValidationError(f"There is no alarm {name!r} to mute")
    rule["at"] = clock.utc()
    book(response)[rule["Name"]] = rule
    return ActionResult({})


def arn(response, name):
    backend = response.cloudwatch_backend
    return f"arn:aws:cloudwatch:{backend.region_name}:{backend.account_id}:alarm-mute-rule:{name}"


def found(response):
    name = response._get_param("AlarmMuteRuleName")
    rule = book(response).get(name)
    if rule is None:
        raise ResourceNotFoundException(f"There is no alarm mute rule {name!r}")
    return rule


def get_alarm_mute_rule(response):
    rule = found(response)
    answer = {k: v for k, v in rule.items() if k not in ("at", "StartDate", "ExpireDate")}
    for key in ("StartDate", "ExpireDate"):
        if key in rule:
            answer[key] = as_time(rule[key])
    kind = "ONE_TIME" if rule["Rule"]["Schedule"]["Expression"].startswith("at(") else "RECURRING"
    answer |= {"AlarmMuteRuleArn": arn(response, rule["Name"]), "Status": status(rule), "MuteType": kind, "LastUpdatedTimestamp": rule["at"]}
    return ActionResult(answer)


def list_alarm_mute_rules(response):
    alarm, states = response._get_param("AlarmName"), response._get_param("Statuses") or []
    rules = [
        r
        for r in book(response).values()
        if (not alarm or alarm in (r.get("MuteTargets") or {}).get("AlarmNames", [])) and (not states or status(r) in states)
    ]
    summaries = [
        {
            "AlarmMuteRuleArn": arn(response, r["Name"]),
            "Status": status(r),
            "MuteType": "ONE_TIME" if r["Rule"]["Schedule"]["Expression"].startswith("at(") else "RECURRING",
            "LastUpdatedTimestamp": r["at"],
            **({"ExpireDate": as_time(r["ExpireDate"])} if "ExpireDate" in r else {}),
        }
        for r in rules
    ]
    return ActionResult({"AlarmMuteRuleSummaries": summaries})


def delete_alarm_mute_rule(response):
    found(response)
    del book(response)[response._get_param("AlarmMuteRuleName")]
    return ActionResult({})


def install():
    for action in (put_alarm_mute_rule, get_alarm_mute_rule, list_alarm_mute_rules, delete_alarm_mute_rule):
        setattr(CloudWatchResponse, action.__name__, action)
