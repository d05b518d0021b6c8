"""The server: moto's application behind counters, faults and control endpoints.

    python -m backends.server --port 0 --estate portal --pace launch=1 --pace warm=1

One line of JSON on stdout says when it is ready: {"ready": true, "port": 40123, "estate": {…}}. With --leash it ends when stdin
does, so that a test that is killed leaves nothing behind.

    GET  /control/calls      {"autoscaling.DescribeAutoScalingGroups": 3, …}     POST forgets them
    GET  /control/changes    the mutating calls among them
    GET  /control/log        the same one by one, in order: {"name": …, "key": who calls, "given": {…},
                             "done": whether it was carried out, though its answer may have been lost}
    POST /control/faults     [rule, …] replaces all rules (see faults.py)
    POST /control/health     [rule, …] replaces all sickness rules (see pools.py)
    POST /control/pace       {"launch": 2.0} (see clock.Pace)
    POST /control/advance    {"seconds": 300}
    POST /control/record     true begins to keep whole requests; false ends it and answers with them
    POST /control/launch     {"portal": "There is not enough capacity …"}: launches of these groups fail
"""

import argparse
import json
import os
import sys
import threading
import traceback
from collections import Counter

from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from . import cbor, clock, gaps, groups, metrics, mutes, pools, reboot, refresh, wire
from .faults import Faults

SEED = 20


class App:
    """The WSGI application."""

    def __init__(self, inner):
        self.inner = inner
        self.faults = Faults()
        self.calls = Counter()
        self.changes = Counter()
        self.log = []
        self.record = None  # or a list
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if path.startswith("/control/"):
            status, headers, body = self.control(environ, path.removeprefix("/control/"))
        else:
            status, headers, body = self.serve(wire.Call(environ))
        headers = {k: v for k, v in headers.items() if k.lower() != "content-length"}
        start_response(status, [*headers.items(), ("Content-Length", str(len(body)))])
        return [body]

    def serve(self, call):
        with self._lock:
            self.calls[call.name] += 1
            if call.changes:
                self.changes[call.name] += 1
                self.log.append(call.entry)
        begun = clock.now()
        rule = self.faults.meet(call)
        if rule is None:
            answer = self.carry_out(call)
        else:
            answer = self.faults.serve(call, rule, lambda: self.carry_out(call))
        if self.record is not None:
            self.record.append({**call.to_json(), "at": begun, "until": clock.now()})
        return answer

    def carry_out(self, call):
        """Asks moto. A call it does not know is refused the way the service refuses an unknown action, not with a page of HTML."""
        call.entry["done"] = True
        taken = {}

        def start_response(status, headers, _exc_info=None):
            taken.update(status=status, headers=dict(headers))
            return lambda _data: None

        try:
            with clock.LOCK:
                body = b"".join(self.inner(call.environ, start_response))
        except NotImplementedError as gap:
            return wire.error(call, 400, "InvalidAction", f"Could not find operation {call.action}: {gap}")
        if taken["status"].startswith("500") and "html" in taken["headers"].get("Content-Type", ""):
            print(f"moto failed in {call.name}", file=sys.stderr)
            return wire.error(call, 400, "InvalidAction", f"Could not find operation {call.action}")
        return taken["status"], taken["headers"], body

    def control(self, environ, what):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        given = json.loads(environ["wsgi.input"].read(length) or "null") if length else None
        posted = environ["REQUEST_METHOD"] == "POST"
        try:
            result = self._control(what, given, posted)
        except (ValueError, KeyError, TypeError) as wrong:
            return wire.answer(400, "application/json", json.dumps({"error": str(wrong)}))
        return wire.answer(200, "application/json", json.dumps(result))

    def _control(self, what, given, posted):
        if what in ("calls", "changes"):
            with self._lock:
                counts = dict(getattr(self, what))
                if posted:
                    getattr(self, what).clear()
            return counts
        if what == "log" and not posted:
            with self._lock:
                return list(self.log)
        if not posted:
            raise ValueError(f"nothing to read at {what!r}")
        if what == "faults":
            self.faults.replace(given)
        elif what == "health":
            pools.RULES[:] = given
        elif what == "pace":
            clock.PACE.update(given)
        elif what == "advance":
            clock.advance(float(given["seconds"]))
        elif what == "record":
            kept, self.record = self.record, [] if given else None
            return kept or []
        elif what == "launch":
            groups.LAUNCH_FAILURES.clear()
            groups.LAUNCH_FAILURES.update(given)
        else:
            raise ValueError(f"unknown control {what!r}")
        return {}


class Handler(MotoRequestHandler):
    """Speaks HTTP/1.1, though werkzeug closes after each answer, and is silent."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_request(self, *_args):
        pass

    def connection_dropped(self, error, environ=None):
        self.close_connection = True


def leash():
    """Ends with whoever started us."""
    sys.stdin.buffer.read()
    os._exit(0)


def parse_pace(text):
    name, _, value = text.partition("=")
    return name, float(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--estate", action="append", default=[], help="NAME or NAME@REGION; see backends.estate", metavar="NAME")
    parser.add_argument("--pace", action="append", type=parse_pace, default=[], help="launch=1.5; see clock.Pace", metavar="NAME=SECONDS")
    parser.add_argument("--leash", action="store_true", help="end when stdin does")
    given = parser.parse_args()

    mock_random.seed(SEED)  # the same ids in every run
    for part in (groups, pools, gaps, metrics, mutes, reboot, refresh):
        part.install()
    app = App(cbor.Gate(DomainDispatcherApplication(create_backend_app)))
    server = make_server("127.0.0.1", given.port, app, threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if given.leash:
        threading.Thread(target=leash, daemon=True).start()

    from . import estate  # boto3 is slow to import; the server is up meanwhile

    try:
        built = {name: estate.build(name, f"http://127.0.0.1:{server.port}") for name in given.estate}
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # request threads may still be busy; there is nothing to save
    app.calls.clear()
    app.changes.clear()
    app.log.clear()
    clock.PACE.update(dict(given.pace))
    print(json.dumps({"ready": True, "port": server.port, "estate": built}), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
