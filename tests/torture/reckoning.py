"""What was acknowledged, held against what is there: nothing lost, nothing twice, chain whole."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import select

from patrol.core.store import Database
from patrol.findings.model import Finding, Stopping
from patrol.ledger.model import LedgerEntry
from patrol.ledger.queries import verify
from patrol.photos import files
from patrol.photos.model import Photo
from patrol.replay.model import Receipt
from patrol.rounds.model import Round, Visit

MADE = {"finding": Finding, "stop": Stopping, "round": Round, "visit": Visit}
ONCE = ("finding.recorded", "photo.announced", "photo.stored", "round.started", "visit.recorded")


@dataclass(frozen=True)
class Told:
    """What a phone was told is stored: a record, or a photo with the hash of its bytes."""

    kind: str  # finding, stop, round, visit, other, photo
    id: UUID
    sha256: str = ""


@dataclass(frozen=True)
class Reckoning:
    """The outcome, as the last line of a run tells it."""

    acknowledged: int
    lost: int
    doubled: int
    ledger: str

    @property
    def sound(self) -> bool:
        """Whether every promise was kept."""
        return (self.lost, self.doubled, self.ledger) == (0, 0, "ok")


def reckon(database: Database, media: Path, told: Iterable[Told], made: set[UUID]) -> Reckoning:
    """Compare acknowledgements with rows; `made` is every number any phone ever used."""
    told = list(told)
    with database.reading() as session:
        rows = {kind: list(session.scalars(select(model))) for kind, model in MADE.items()}
        photos = {photo.id: photo for photo in session.scalars(select(Photo))}
        receipts = list(session.scalars(select(Receipt)))
        acts = Counter(map(tuple, session.execute(select(LedgerEntry.kind, LedgerEntry.subject))))
        verdict = verify(session)
    there = {kind: {row.id for row in found} for kind, found in rows.items()}
    there["other"] = {receipt.item_id for receipt in receipts}
    lost = [one for one in told if not _is_there(one, there, photos, media)]
    doubled = (
        _twice(row.remark for row in rows["finding"])
        + _twice(row.remark for row in rows["stop"])
        + _twice((receipt.author_id, receipt.item_id) for receipt in receipts)
        + sum(times - 1 for (kind, _), times in acts.items() if kind in ONCE and times > 1)
        + len(set().union(*there.values(), photos) - made)  # rows that no phone made
    )
    ledger = "ok" if verdict.sound else f"bad@{verdict.bad}"
    return Reckoning(len(told), len(lost), doubled, ledger)


def _is_there(
    one: Told, there: dict[str, set[UUID]], photos: dict[UUID, Photo], media: Path
) -> bool:
    if one.kind != "photo":
        return one.id in there[one.kind] and one.id in there["other"]
    photo = photos.get(one.id)
    if photo is None or photo.stored_at is None or photo.sha256 != one.sha256:
        return False
    kept = files.original(media, one.sha256)
    return kept.is_file() and hashlib.sha256(kept.read_bytes()).hexdigest() == one.sha256


def _twice(keys: Iterable[Any]) -> int:
    return sum(times - 1 for times in Counter(keys).values())
