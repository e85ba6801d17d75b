"""Reads signed statements with cbor2, pycose and cryptography, and nothing of ledgit.

Standard input has one JSON array of the entries of a log, base64, from entry 0 on. Prints "ok N" after N good ones;
a wrong one ends it with an exception. Run by tests/interop.rs.
"""

import base64
import hashlib
import json
import sys

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import CoseMessage, Sign1Message


def thumbprint(public):
    """RFC 9679: SHA-256 over the required members of the COSE_Key, deterministically encoded."""
    return hashlib.sha256(cbor2.dumps({1: 1, -1: 6, -2: public}, canonical=True)).digest()


def deterministic(encoded):
    value = cbor2.loads(encoded)
    assert cbor2.dumps(value, canonical=True) == encoded, "another encoding of the same value"
    return value


def keys_of(genesis):
    public = [genesis["log_key"]["public"]]
    for principal in genesis["roster"]["principals"]:
        public += [key["public"] for key in principal["keys"]]
    return {thumbprint(key): key for key in public}


def check(entry, keys, ledger):
    tag = deterministic(entry)
    assert tag.tag == 18
    protected, unprotected, payload, signature = tag.value
    header, said = deterministic(protected), deterministic(payload)
    assert unprotected == {} and set(header) == {1, 3, 4, 15, -65537}
    keys = keys or keys_of(said)
    public = keys[header[4]]
    # By hand from RFC 9052 section 4.4 ...
    signed = cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)
    Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    # ... and by a COSE library that has no idea of ledgit.
    message = CoseMessage.decode(entry)
    assert isinstance(message, Sign1Message)
    message.key = OKPKey(crv=Ed25519, x=public)
    assert message.verify_signature()
    audience = header[15][3]
    assert audience == (ledger and "ledgit:" + ledger), audience
    return keys


def main():
    entries = [base64.b64decode(entry) for entry in json.load(sys.stdin)]
    ledger = hashlib.sha256(b"\0" + entries[0]).hexdigest()
    keys = check(entries[0], None, None)
    for entry in entries[1:]:
        check(entry, keys, ledger)
    print("ok", len(entries))


main()
