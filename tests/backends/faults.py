"""Faults on purpose. A rule says which calls it meets, how often, whether before or after the call is carried out, and what happens.

    {"service": "autoscaling", "action": "DescribeAutoScalingGroups",   both optional
     "key": "operator", "region": "us-east-1",                          also optional: only calls signed so
     "skip": 2, "times": 3,                                             let two pass, then meet three; without `times` for ever
     "since": "SuspendProcesses",                                       sleeps until such a call was made
     "access_key": "operator",                                          only calls signed with this key
     "when": "after",                                                   the call is done, its answer is lost; default "before"
     "kind": "error" | "html" | "delay" | "hang" | "reset" | "truncate" | "loop_token",
     "status": 400, "code": "Throttling", "message": "Rate exceeded",   for error
     "headers": {"Retry-After": "7"},
     "seconds": 0.5}                                                    for delay
"""

import socket
import threading

from . import wire

KINDS = ("error", "html", "delay", "hang", "reset", "truncate", "loop_token")
LONGEST_HANG = 120
HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1><p>nginx</p></body></html>"
REPEATED_TOKEN = "the-same-page-again"


class Dropped(ConnectionError):
    """The connection was cut; nothing more is to be written. As a ConnectionError it makes werkzeug close and say nothing."""


class Faults:
    def __init__(self):
        self._lock = threading.Lock()
        self._rules = []
        self._made = set()
        self._released = threading.Event()

    def replace(self, rules):
        """A new set of rules; those who hang under the old one are let go."""
        for rule in rules:
            if rule.get("kind") not in KINDS:
                raise ValueError(f"unknown kind {rule.get('kind')!r}; one of {KINDS}")
            if rule.get("when", "before") not in ("before", "after"):
                raise ValueError(f"when is before or after, not {rule['when']!r}")
        with self._lock:
            self._released.set()
            self._released = threading.Event()
            self._rules = [dict(rule) for rule in rules]
            self._made = set()

    def meet(self, call):
        """The rule that this call meets, used up by one; `None` for an undisturbed call."""
        with self._lock:
            made = set(self._made)
            self._made.add(call.action)
            for rule in self._rules:
                if rule.get("since") is not None and rule["since"] not in made:
                    continue
                if rule.get("access_key") not in (None, call.key):
                    continue
                if rule.get("service") not in (None, call.service) or rule.get("action") not in (None, call.action):
                    continue
                if rule.get("region") not in (None, call.region) or rule.get("key") not in (None, call.key):
                    continue
                if rule.get("skip", 0) > 0:
                    rule["skip"] -= 1
                    continue
                if "times" in rule:
                    if rule["times"] <= 0:
                        continue
                    rule["times"] -= 1
                return dict(rule, _released=self._released)
        return None

    def serve(self, call, rule, carry_out):
        """Carries the call out or not, and answers as the rule says. `carry_out()` gives (status line, headers, body)."""
        kind = rule["kind"]
        if kind == "loop_token":
            call.without_page_token()
            status, headers, body = carry_out()
            return status, headers, wire.with_page_token(call, body, REPEATED_TOKEN)
        if kind == "truncate":
            status, headers, body = carry_out()
            return status, headers, body[: max(1, len(body) * 2 // 3)]
        if kind == "delay":
            rule["_released"].wait(rule.get("seconds", 0.5))
            return carry_out()
        if rule.get("when") == "after":
            carry_out()
        if kind == "hang":
            rule["_released"].wait(LONGEST_HANG)
            raise Dropped
        if kind == "reset":
            reset(call.environ)
        if kind == "html":
            return wire.answer(rule.get("status", 500), "text/html", HTML)
        status, headers, body = wire.error(
            call, rule.get("status", 400), rule.get("code", "InternalFailure"), rule.get("message", "told to fail by the tests")
        )
        headers.update(rule.get("headers", {}))
        return status, headers, body


def reset(environ):
    """Closes with a RST instead of a FIN: what a dropped VPN or a crashed proxy looks like."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    raise Dropped
