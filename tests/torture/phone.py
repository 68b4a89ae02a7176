"""A phone without a screen: it freezes records, keeps them, and sends until it is answered.

It does what static/js/outbox.js does: bytes frozen once, a number of its own, the phone's chain,
children after their parents, photos after their record, and nothing but the echo of the number
counts as an acknowledgement.
"""

import base64
import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from io import BytesIO
from urllib.parse import urlencode
from uuid import UUID

from PIL import Image

from patrol.core.store import uuid7
from patrol.replay.rules import Link

FORM = "application/x-www-form-urlencoded"
PATIENCE = 40  # seconds; longer than the server's own


@dataclass
class Picture:
    """A photo on the phone."""

    id: UUID
    address: str
    body: bytes
    acked: bool = False

    @property
    def sha256(self) -> str:
        """As the record announces it."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass
class Item:
    """One frozen record, with what has been heard of it."""

    id: UUID
    address: str
    body: bytes
    headers: dict[str, str]
    after: UUID | None = None
    photos: list[Picture] = field(default_factory=list)
    acked: bool = False
    statuses: list[int] = field(default_factory=list)  # of every answer, photos' too

    @property
    def done(self) -> bool:
        """Whether nothing of it is left to send."""
        return self.acked and all(photo.acked for photo in self.photos)


@dataclass
class Answer:
    """What came back; status 0 is silence."""

    status: int
    ack: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Phone:
    """One officer's phone."""

    def __init__(self, port: int, author: UUID, token: str, chance: random.Random) -> None:
        """A phone that sends to this port of this machine, signed in by this token."""
        self.port, self.author, self.token, self.chance = port, author, token, chance
        self.device, self.seq, self.mark = uuid7(), 0, ""
        self.items: list[Item] = []  # not sent whole yet
        self.sent: list[Item] = []

    def freeze(
        self,
        address: str,
        fields: Iterable[tuple[str, object]],
        *,
        key: UUID | None = None,
        after: UUID | None = None,
        photos: Sequence[Picture] = (),
    ) -> Item:
        """Put a record at the end of the queue; its bytes never change from here on."""
        key = key or uuid7()
        announced = [("photo", _announcement(photo)) for photo in photos]
        body = urlencode([*fields, *announced]).encode()
        self.seq += 1
        digest = hashlib.sha256(body)
        here = Link(self.device, self.seq, key, self.author, address, digest.hexdigest(), self.mark)
        headers = {
            **self._named(key, digest.digest()),
            "Content-Type": FORM,
            "X-Device-Seq": str(self.seq),
            "X-Prev": self.mark,
            "HX-Request": "true",
        }
        self.mark = here.mark
        item = Item(key, address, body, headers, after, list(photos))
        self.items.append(item)
        return item

    def ready(self) -> list[Item]:
        """What may go now, oldest first."""
        unsent = {item.id for item in self.items if not item.acked}
        return [item for item in self.items if item.after not in unsent]

    def drain(self) -> bool:
        """Try everything that may go, once; whether nothing is left."""
        tried: set[UUID] = set()
        while item := next((one for one in self.ready() if one.id not in tried), None):
            tried.add(item.id)
            if not self.send(item):
                return False  # silence: the network is gone, the rest would fare no better
            if item.done:
                self.items.remove(item)
                self.sent.append(item)
        return not self.items

    def send(self, item: Item) -> bool:
        """Send one record and its photos; whether anybody answered."""
        if not item.acked:
            answer = self._ask("POST", item.address, item.body, item.headers)
            item.statuses.append(answer.status)
            item.acked = answer.status in {200, 201} and answer.ack == str(item.id)
            if not item.acked:
                return answer.status != 0
        for photo in (one for one in item.photos if not one.acked):
            answer = self.put(photo)
            item.statuses.append(answer.status)
            photo.acked = answer.status == 204 and answer.ack == str(photo.id)
            if not photo.acked:
                return answer.status != 0
        return True

    def put(self, photo: Picture) -> Answer:
        """Send the bytes of one photo."""
        named = self._named(photo.id, hashlib.sha256(photo.body).digest())
        return self._ask("PUT", photo.address, photo.body, {**named, "Content-Type": "image/jpeg"})

    def forget(self) -> None:
        """The phone died after an answer and before it wrote that down: some items go again."""
        again = [item for item in self.sent[-20:] if self.chance.random() < 0.1]
        for item in again:
            self.sent.remove(item)
            item.acked = False
            for photo in item.photos:
                photo.acked = self.chance.random() < 0.5
        self.items = again + self.items

    def _named(self, key: UUID, digest: bytes) -> dict[str, str]:
        return {
            "Cookie": f"patrol={self.token}",
            "Sec-Fetch-Site": "same-origin",
            "Idempotency-Key": str(key),
            "Content-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:",
            "X-Author": str(self.author),
            "X-Device": str(self.device),
        }

    def _ask(self, method: str, address: str, body: bytes, headers: dict[str, str]) -> Answer:
        asking = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            asking.request(method, address, body, headers)
            answer = asking.getresponse()
            answer.read()
        except (OSError, HTTPException):
            return Answer(0)
        finally:
            asking.close()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told.get("x-outbox-ack"), told)


# What an officer writes down


def start(phone: Phone, grid: UUID) -> Item:
    """A round begins."""
    return phone.freeze("/rounds", [("grid_id", grid), *_now()])


def visit(phone: Phone, round_: Item, cell: UUID, lon: float, lat: float) -> Item:
    """A cell is visited."""
    where = [("lon", lon), ("lat", lat), ("accuracy", 8)]
    told = [("round_id", round_.id), ("cell_id", cell), *where, *_now()]
    return phone.freeze("/rounds/visits", told, after=round_.id)


def end(phone: Phone, round_: Item) -> Item:
    """The round ends."""
    told = [("round_id", round_.id), ("because", "shift_over"), *_now()]
    return phone.freeze("/rounds/ends", told, after=round_.id)


def finding(phone: Phone, code: str, lon: float, lat: float, *pictures: bytes) -> Item:
    """Something is found and photographed; its remark is its own number."""
    key = uuid7()
    photos = []
    for body in pictures:
        photo = uuid7()
        photos.append(Picture(photo, f"/findings/{key}/photos/{photo}", body))
    told = [("code", code), ("lon", lon), ("lat", lat), ("remark", key), *_now()]
    return phone.freeze("/findings", told, key=key, photos=photos)


def stop(phone: Phone, found: Item) -> Item:
    """Somebody is told to stop it; the remark is the number of the act."""
    key = uuid7()
    told = [("kind", "advised"), ("outcome", "stopped"), ("remark", key), *_now()]
    return phone.freeze(f"/findings/{found.id}/stops", told, key=key, after=found.id)


def picture(chance: random.Random, side: int = 48) -> bytes:
    """A photo like no other: noise that no two calls share."""
    made = BytesIO()
    Image.frombytes("RGB", (side, side), chance.randbytes(3 * side * side)).save(made, "JPEG")
    return made.getvalue()


def _announcement(photo: Picture) -> str:
    told = {"id": photo.id, "sha256": photo.sha256, "size": len(photo.body)}
    return urlencode({**told, "view": "near", "origin": "camera"})


def _now() -> list[tuple[str, object]]:
    at = datetime.now(UTC).isoformat()
    return [("seen_at", at), ("made_at", at)]
