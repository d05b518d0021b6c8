"""One clock and one pace for everything that takes time, and the one lock under which the estate changes."""

import threading
import time
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, timezone

LOCK = threading.RLock()


@dataclass
class Pace:
    """How long things take, in seconds. All zero while an estate is built, so that it starts settled."""

    launch: float = 0.0  # Pending until InService
    warm: float = 0.0  # registered until the first health verdict
    drain: float = 0.0  # draining; the pool's own deregistration delay is ignored, it is minutes
    hook: float = 0.0  # a terminating hook, where there is one, holds a member for so long once it has drained
    terminate: float = 0.0  # Terminating after draining is over
    retry: float = 1.0  # between attempts after a failed launch
    refresh: float = 5.0  # a new member may stay unhealthy for so long before its refresh fails; an hour at the service
    unregistered: float = 30.0  # a member outside its pools counts as healthy for so long
    reboot: float = 2.0  # an instance or a database is back after so long

    def update(self, values):
        known = {f.name for f in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown pace {name!r}; one of {sorted(known)}")
            setattr(self, name, float(value))


PACE = Pace()
_ahead = 0.0


def now():
    """Seconds on a clock that only `advance` can push."""
    return time.monotonic() + _ahead


def utc():
    """The estate's wall clock, naive and in UTC as moto wants it."""
    return datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(seconds=_ahead)


def advance(seconds):
    """Lets time pass at once; whatever became due happens at the next call."""
    global _ahead
    if seconds < 0:
        raise ValueError("time goes one way")
    _ahead += seconds
