"""How an entry of the ledger is sealed: canonical bytes, a salted commitment, a chained hash."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

GENESIS = "0" * 64  # what the first entry follows


@dataclass(frozen=True)
class Line:
    """One act before it is numbered and chained."""

    at: datetime
    actor_id: UUID | None
    kind: str
    subject: str
    payload: bytes


def canonical(facts: Mapping[str, Any]) -> bytes:
    """Sorted, compact UTF-8 JSON: the same facts give the same bytes.

    Raises `ValueError` for numbers JSON has none for, `TypeError` for what is no fact.
    """
    return json.dumps(
        facts,
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
        default=_plain,
    ).encode()


def commitment(salt: bytes, payload: bytes) -> str:
    """What the entry says of its particulars without telling them: SHA-256, hex."""
    return hashlib.sha256(b"\0" + salt + payload).hexdigest()


def seal(seq: int, line: Line, committed: str, prev: str) -> str:
    """The hash of an entry over everything in it and the hash before it: SHA-256, hex."""
    at = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    actor = line.actor_id.hex if line.actor_id else "-"
    told = "\n".join(
        ("gp-ledger-v1", str(seq), at, actor, line.kind, line.subject, committed, prev)
    )
    return hashlib.sha256(told.encode()).hexdigest()


def vouch(told: Mapping[str, Any], secret: str) -> str:
    """A seal over a reading of the chain that only who knows the site's secret can make."""
    told = {"for": "gp-ledger-reading-v1", **told}
    return hmac.new(secret.encode(), canonical(told), hashlib.sha256).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case Enum():
            return value.value
        case UUID():
            return str(value)
        case set() | frozenset():
            return sorted(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{value!r} is no fact of a ledger")
