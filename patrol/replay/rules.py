"""What a phone signs: one line of its chain, the same on the phone and here."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

HALF = 32  # bytes of either number of a P-256 signature


@dataclass(frozen=True)
class Link:
    """One item in the chain of its phone; `prev` is the mark of the item made before it."""

    device: UUID
    seq: int
    item: UUID
    author: UUID
    address: str
    digest: str  # SHA-256 of the bytes, hex
    prev: str = ""  # hex; empty for the first

    @property
    def line(self) -> bytes:
        """What is signed."""
        parts = ("patrol 1", self.device, self.seq, self.item, self.author, self.address)
        return "\n".join(map(str, (*parts, self.digest, self.prev))).encode()

    @property
    def mark(self) -> str:
        """What the next item names as the one before it."""
        return hashlib.sha256(self.line).hexdigest()


def fits(public_key: str, signature: str, line: bytes) -> bool:
    """Whether the holder of this key signed this line (ECDSA on P-256 over SHA-256, raw)."""
    try:
        raw = base64.b64decode(signature, validate=True)
        if len(raw) != 2 * HALF:
            return False
        point = base64.b64decode(public_key, validate=True)
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        numbers = int.from_bytes(raw[:HALF]), int.from_bytes(raw[HALF:])
        key.verify(encode_dss_signature(*numbers), line, ECDSA(SHA256()))
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def is_key(public_key: str) -> bool:
    """Whether this is a point of the curve, base64 of its uncompressed form."""
    try:
        EllipticCurvePublicKey.from_encoded_point(
            SECP256R1(), base64.b64decode(public_key, validate=True)
        )
    except (ValueError, binascii.Error):
        return False
    return True
