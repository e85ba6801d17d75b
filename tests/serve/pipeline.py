"""A pipeline that speaks to a service with pycose, cbor2 and cryptography, and nothing of ledgit.

Standard input has {"url", "ledger", "id", "key": path, "public": hex of the log's key}. It signs a statement, registers it,
and verifies the receipt: the signature with pycose, the path as RFC 9162 section 2.1.3.2 says. Prints "ok POSITION
SIZE". Run by tests/serve/others.rs.
"""

import hashlib
import json
import sys
import time
import urllib.error
import urllib.request

import cbor2
from cryptography.hazmat.primitives import serialization
from pycose.headers import KID, Algorithm, ContentType
from pycose.algorithms import EdDSA
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import CoseMessage, Sign1Message


def ask(url, path, body=None, kind=None):
    request = urllib.request.Request(url + path, data=body)
    if kind:
        request.add_header("Content-Type", kind)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def thumbprint(public):
    return hashlib.sha256(cbor2.dumps({1: 1, -1: 6, -2: public}, canonical=True)).digest()


def statement(asked, cti):
    with open(asked["key"], "rb") as file:
        private = serialization.load_ssh_private_key(file.read(), None)
    raw = serialization.Encoding.Raw
    public = private.public_key().public_bytes(raw, serialization.PublicFormat.Raw)
    secret = private.private_bytes(raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    digest = hashlib.sha256(b"weights").digest()
    payload = {
        "name": "from python", "bytes": 7, "files": 1, "anchor": None, "claims": [], "format": None,
        "source": None, "license": None, "version": None, "manifest": None,
        # The log takes the author's word for a digest; Python has no BLAKE3.
        "digests": {"oms": None, "blake3": hashlib.blake2s(b"weights").digest(), "sha256": digest},
    }
    claims = {1: asked["id"], 2: "sha256:" + digest.hex(), 3: asked["ledger"], 6: int(time.time()), 7: cti}
    header = {
        Algorithm: EdDSA, ContentType: "application/vnd.ledgit.model.v1+cbor", KID: thumbprint(public),
        15: claims, -65537: {"prev": None, "seen": None, "group": None},
    }
    message = Sign1Message(phdr=header, payload=cbor2.dumps(payload, canonical=True))
    message.key = OKPKey(crv=Ed25519, x=public, d=secret)
    return message.encode()


def root(leaf, index, size, path):
    """RFC 9162 section 2.1.3.2."""
    assert index < size
    fn, sn, r = index, size - 1, leaf
    for p in path:
        assert sn != 0
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\1" + p + r).digest()
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\1" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


def verify(receipt, entry, key):
    message = CoseMessage.decode(receipt)
    assert isinstance(message, Sign1Message) and message.payload is None
    assert message.phdr[KID] == key.kid and message.phdr[395] == 1, message.phdr
    (proof,) = message.uhdr[396][-1]
    size, index, path = cbor2.loads(proof)
    leaf = hashlib.sha256(b"\0" + entry).digest()
    message.key = key
    message._payload = None
    assert message.verify_signature(detached_payload=root(leaf, index, size, path))
    assert not message.verify_signature(detached_payload=root(leaf[::-1], index, size, path))
    # The place that ledgit binds.
    assert message.phdr[-65538] == [size, index]
    return index, size


def main():
    asked = json.load(sys.stdin)
    url = asked["url"]
    status, _, body = ask(url, "/.well-known/scitt-keys")
    keys = cbor2.loads(body)
    assert status == 200 and isinstance(keys, list)
    raw = keys[-1]
    assert raw[-2].hex() == asked["public"] and raw[2] == thumbprint(raw[-2])
    key = OKPKey.from_dict(raw)
    entry = statement(asked, b"python/1")
    status, headers, receipt = ask(url, "/entries", entry, "application/cose")
    assert status == 201, (status, receipt)
    index, size = verify(receipt, entry, key)
    assert index == int(headers["ledgit-position"])
    status, _, fresh = ask(url, headers["Location"])
    assert status == 200 and verify(fresh, entry, key)[0] == index
    status, _, stored = ask(url, headers["Location"].replace("/entries/", "/signed-statements/"))
    assert (status, stored) == (200, entry)
    # What is wrong is told in CBOR (RFC 9290).
    status, headers, body = ask(url, "/entries", entry[:-1] + bytes([entry[-1] ^ 1]), "application/cose")
    problem = cbor2.loads(body)
    assert status == 403 and headers["Content-Type"] == "application/concise-problem-details+cbor"
    assert isinstance(problem[-1], str) and isinstance(problem[-2], str) and problem[-4] == 403
    print("ok", index, size)


main()
