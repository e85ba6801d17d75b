"""Teaches schemathesis the media types of COSE and CBOR: bytes in, and what CBOR says out."""

import os
import zlib

import cbor2
import schemathesis


def given(name):
    with open(os.environ[name], "rb") as file:
        return file.read()


def sometimes(value):
    """The same for the same value, so that a run can be repeated."""
    return zlib.crc32(repr(value).encode()) % 3 == 0


def as_bytes(value):
    value = getattr(value, "data", value)
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.serializer("application/cose", "application/scitt-statement+cose")
def statement(context, value):
    return given("SERVE_STATEMENT") if sometimes(value) else as_bytes(value)


@schemathesis.serializer("application/cbor")
def batch(context, value):
    return given("SERVE_BATCH") if sometimes(value) else as_bytes(value)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if path_parameters and "id" in path_parameters and sometimes(path_parameters["id"]):
        path_parameters["id"] = os.environ["SERVE_ENTRY"]
    return path_parameters


def plain(value):
    """As JSON would have it: keys as text, bytes as hexadecimal."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, cbor2.CBORTag):
        return {"tag": value.tag, "value": plain(value.value)}
    return value


@schemathesis.deserializer(
    "application/concise-problem-details+cbor", "application/cbor", "application/cose"
)
def decoded(context, response):
    value = cbor2.loads(response.content)
    assert cbor2.dumps(value, canonical=True) == response.content, "not deterministic"
    return plain(value)
