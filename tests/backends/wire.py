"""Which call a request makes, and what errors and page tokens look like in each protocol."""

import html
import io
import json
import re
import urllib.parse
import uuid

MUTATING_FREE = ("Describe", "Get", "List", "Head", "AssumeRole")


class Call:
    """One request: `service.Action`, with its body read and put back."""

    def __init__(self, environ):
        self.environ = environ
        length = int(environ.get("CONTENT_LENGTH") or 0)
        self.body = environ["wsgi.input"].read(length) if length else b""
        self.put_body(self.body)
        scope = re.search(r"Credential=[^/]*/\d+/([^/]+)/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        self.region, self.service = scope.groups() if scope else ("?", "?")
        key = re.search(r"Credential=([^/,\s]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        self.key = key.group(1) if key else "?"  # who calls
        self.action = self._action()
        self.entry = {"name": self.name, "key": self.key, "given": self.given(), "done": False}  # for the log of changes

    def _action(self):
        target = self.environ.get("HTTP_X_AMZ_TARGET", "")
        if target:
            return target.rsplit(".", 1)[-1]
        operation = re.search(r"/operation/([A-Za-z]+)$", self.environ.get("PATH_INFO", ""))
        if operation:
            return operation.group(1)
        form = re.search(rb"(?:^|&)Action=([A-Za-z]+)", self.body)
        return form.group(1).decode() if form else f"{self.environ['REQUEST_METHOD']} {self.environ.get('PATH_INFO', '')}"

    @property
    def name(self):
        return f"{self.service}.{self.action}"

    def to_json(self):
        """Enough to make the same call again."""
        headers = {k[5:].replace("_", "-").title(): v for k, v in self.environ.items() if k.startswith("HTTP_")}
        headers["Content-Type"] = self.environ.get("CONTENT_TYPE", "")
        return {"name": self.name, "path": self.environ.get("PATH_INFO", "/"), "headers": headers, "body": self.body.decode("latin-1")}

    def given(self):
        """What a call in form encoding was given; nothing for other protocols."""
        return dict(urllib.parse.parse_qsl(self.body.decode("latin-1"))) if self.speaks in ("ec2", "query") else {}

    @property
    def changes(self):
        return not self.action.startswith(MUTATING_FREE)

    @property
    def speaks(self):
        """`ec2`, `query`, `cbor` or `json`: how errors are written."""
        kind = self.environ.get("CONTENT_TYPE", "")
        if "x-www-form-urlencoded" in kind:
            return "ec2" if self.service == "ec2" else "query"
        return "cbor" if "cbor" in kind else "json"

    def put_body(self, body):
        self.environ["wsgi.input"] = io.BytesIO(body)
        self.environ["CONTENT_LENGTH"] = str(len(body))

    def without_page_token(self):
        """A token of ours means nothing to moto: ask for the first page again."""
        body = re.sub(rb"&(NextToken|Marker|nextToken)=[^&]*", b"", self.body)
        self.put_body(body)


def error(call, status, code, message):
    """An error as the service would write it: status line, headers, body."""
    request_id = str(uuid.uuid4())
    safe = html.escape(message, quote=False)
    if call.speaks == "ec2":
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>{code}</Code><Message>{safe}</Message>'
            f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
        return answer(status, "text/xml", body)
    if call.speaks == "query":
        fault = "Receiver" if status >= 500 else "Sender"
        body = (
            f"<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code><Message>{safe}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return answer(status, "text/xml", body)
    if call.speaks == "cbor":
        body = b"\xa2" + _cbor_text("__type") + _cbor_text(code) + _cbor_text("message") + _cbor_text(message)
        return answer(status, "application/cbor", body, {"smithy-protocol": "rpc-v2-cbor", "x-amzn-query-error": f"{code};Sender"})
    return answer(status, "application/x-amz-json-1.0", json.dumps({"__type": code, "message": message}), {"x-amzn-errortype": code})


def _cbor_text(text):
    """RFC 8949, major type 3."""
    raw = text.encode()
    size = len(raw)
    head = bytes([0x60 + size]) if size < 24 else bytes([0x78, size]) if size < 256 else b"\x79" + size.to_bytes(2, "big")
    return head + raw


def answer(status, kind, body, headers=None):
    raw = body.encode() if isinstance(body, str) else body
    return f"{status} {'OK' if status < 400 else 'Refused'}", {"Content-Type": kind, **(headers or {})}, raw


# Where each list answer carries its token; the wrapper is closed right after it.
TOKEN_FIELDS = {
    "autoscaling": "NextToken",
    "ec2": "nextToken",
    "elasticloadbalancing": "NextMarker",
    "rds": "Marker",
    "elasticache": "Marker",
    "monitoring": "NextToken",
}


def with_page_token(call, body, token):
    """The answer with `token` as its next page, whether or not there is one."""
    field = TOKEN_FIELDS.get(call.service, "NextToken").encode()
    mark = b"<%s>%s</%s>" % (field, token.encode(), field)
    body = re.sub(rb"<%s>[^<]*</%s>|<%s\s*/>" % (field, field, field), b"", body)
    end = b"</DescribeInstancesResponse>" if call.service == "ec2" else f"</{call.action}Result>".encode()
    return body.replace(end if end in body else f"</{call.action}Response>".encode(), mark + end, 1)
