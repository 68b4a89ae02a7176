"""What stands on a tag: a cell's code and a serial number, signed by the site."""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass

from patrol.core.errors import Refused

PURPOSE = b"patrol.tag\0"  # so that no other signature of the site passes for a tag's
SIGNATURE = 10  # bytes; 80 bits, guessed at a server that sees every attempt
_FORM = re.compile(r"([\w-]{1,32})\.([1-9]\d{0,8})\.([A-Z2-7]{16})", re.ASCII)


@dataclass(frozen=True)
class Mark:
    """What a token says once its signature holds."""

    code: str  # of the cell
    serial: int


def token(secret: str, code: str, serial: int) -> str:
    """The text of a tag, such as `41010500100001.1.K5QWY3DPEBLW64TM`; ASCII without escapes."""
    return f"{code}.{serial}.{_signature(secret, code, serial)}"


def read(secret: str, text: str) -> Mark:
    """What a token or an address that ends in one says; raises `tag-unreadable`."""
    found = _FORM.fullmatch(text.strip().rpartition("/")[2])
    if not found:
        raise Refused("tag-unreadable", "tag")
    code, serial, signature = found[1], int(found[2]), found[3]
    if not hmac.compare_digest(signature, _signature(secret, code, serial)):
        raise Refused("tag-unreadable", "tag")
    return Mark(code, serial)


def _signature(secret: str, code: str, serial: int) -> str:
    made = hmac.digest(secret.encode(), PURPOSE + f"{code}.{serial}".encode(), "sha256")
    return b32encode(made[:SIGNATURE]).decode()
