"""CloudWatch over RPC v2 CBOR, which the Rust SDK speaks and moto does not: requests become JSON 1.0, which moto does speak, and
answers become CBOR. The values are moto's; only their writing changes.

    https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html, RFC 8949
"""

import datetime
import functools
import io
import json
import re
import struct

import botocore.session

OPERATION = re.compile(r"^/service/(GraniteServiceVersion20100801)/operation/([A-Za-z]+)$")
TEXT, ARRAY, MAP, TAG = 3, 4, 5, 6
EPOCH = 1  # the tag of a timestamp
BREAK = object()


class Gate:
    """Stands before moto's WSGI application; what is not CBOR passes untouched."""

    def __init__(self, inner):
        self.inner = inner

    def __call__(self, environ, start_response):
        operation = OPERATION.match(environ.get("PATH_INFO", ""))
        if not operation:
            return self.inner(environ, start_response)
        target, name = operation.groups()
        length = int(environ.get("CONTENT_LENGTH") or 0)
        asked = read(io.BytesIO(environ["wsgi.input"].read(length))) if length else {}
        body = json.dumps(asked).encode()
        environ = environ | {
            "PATH_INFO": "/",
            "REQUEST_URI": "/",
            "RAW_URI": "/",
            "CONTENT_TYPE": "application/x-amz-json-1.0",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_AMZ_TARGET": f"{target}.{name}",
            "wsgi.input": io.BytesIO(body),
        }
        taken = {}

        def take(status, headers, _exc_info=None):
            taken.update(status=status, headers=dict(headers))
            return lambda _data: None

        answer = b"".join(self.inner(environ, take))
        headers = {k: v for k, v in taken["headers"].items() if k.lower() not in ("content-type", "content-length")}
        if "html" in taken["headers"].get("Content-Type", ""):
            start_response(taken["status"], list(taken["headers"].items()))
            return [answer]
        shape = output_shape(name) if taken["status"].startswith("2") else None
        written = write(json.loads(answer or b"{}"), shape)
        headers |= {"Content-Type": "application/cbor", "Content-Length": str(len(written)), "smithy-protocol": "rpc-v2-cbor"}
        start_response(taken["status"], list(headers.items()))
        return [written]


@functools.cache
def _model():
    return botocore.session.get_session().get_service_model("cloudwatch")


def output_shape(operation):
    return _model().operation_model(operation).output_shape


def read(data):
    """The next item as JSON has it; a timestamp as seconds since the epoch."""
    first = data.read(1)[0]
    kind, info = first >> 5, first & 31
    if kind == 7:
        if info in (25, 26, 27):
            size, form = {25: (2, ">e"), 26: (4, ">f"), 27: (8, ">d")}[info]
            return struct.unpack(form, data.read(size))[0]
        return {20: False, 21: True, 22: None, 23: None, 31: BREAK}[info]
    count = None if info == 31 else info if info < 24 else int.from_bytes(data.read(1 << (info - 24)), "big")
    if kind == 0:
        return count
    if kind == 1:
        return -1 - count
    if kind in (2, 3):
        return data.read(count).decode()
    if kind == ARRAY:
        return list(_items(data, count))
    if kind == MAP:
        return {key: read(data) for key in _items(data, count)}
    return read(data)  # a tag: the only one of this protocol is the epoch's


def _items(data, count):
    done = 0
    while count is None or done < count:
        item = read(data)
        if item is BREAK:
            return
        yield item
        done += 1


def write(value, shape=None):
    """CBOR of a JSON value; `shape` tells which numbers are timestamps and which are floats."""
    kind = shape.type_name if shape is not None else None
    if value is None:
        return b"\xf6"
    if kind == "timestamp":
        if isinstance(value, str):
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        return _head(TAG, EPOCH) + b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, float) or kind in ("double", "float"):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, str):
        text = value.encode()
        return _head(TEXT, len(text)) + text
    if isinstance(value, list):
        member = shape.member if shape is not None else None
        return _head(ARRAY, len(value)) + b"".join(write(item, member) for item in value)
    members = shape.members if kind == "structure" else {}
    pairs = (write(key) + write(item, members.get(key)) for key, item in value.items())
    return _head(MAP, len(value)) + b"".join(pairs)


def _head(kind, count):
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if count < 24:
            return bytes([kind << 5 | count])
        if count < 1 << 8 * size:
            return bytes([kind << 5 | info]) + count.to_bytes(size, "big")
    raise ValueError(f"{count} does not fit")
