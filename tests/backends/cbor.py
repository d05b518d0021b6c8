"""CloudWatch speaks CBOR (smithy rpc-v2) and moto 5.2.5 does not: requests are put into the JSON protocol, which moto knows, and answers
back into CBOR, both by botocore's model of the service.
"""

import botocore.session
from botocore.parsers import JSONParser, RpcV2CBORParser
from botocore.serialize import JSONSerializer, RpcV2CBORSerializer

from . import wire

MODEL = botocore.session.get_session().get_service_model("cloudwatch")
KIND = "application/cbor"


def speaks(call):
    return call.service == "monitoring" and "cbor" in call.environ.get("CONTENT_TYPE", "")


def carry_out(call, ask):
    """Asks moto in JSON and answers in CBOR. `ask(call)` gives (status line, headers, body)."""
    operation = MODEL.operation_model(call.action)
    parser = RpcV2CBORParser()
    given = parser.parse_data_item(parser.get_peekable_stream_from_bytes(call.body)) if call.body else {}
    request = JSONSerializer().serialize_to_request(given, operation)
    call.environ["PATH_INFO"] = "/"
    call.environ["CONTENT_TYPE"] = request["headers"]["Content-Type"]
    call.environ["HTTP_X_AMZ_TARGET"] = request["headers"]["X-Amz-Target"]
    call.put_body(request["body"])
    status, headers, body = ask(call)
    call.environ["CONTENT_TYPE"] = KIND
    code = int(status.split()[0])
    if code >= 300:
        return wire.error(call, *wire.refusal(code, body))
    parsed = JSONParser().parse({"status_code": code, "headers": headers, "body": body}, operation.output_shape)
    parsed.pop("ResponseMetadata", None)
    out = bytearray()
    RpcV2CBORSerializer()._serialize_data_item(out, parsed, operation.output_shape)
    return wire.answer(code, KIND, bytes(out), {"smithy-protocol": "rpc-v2-cbor"})
