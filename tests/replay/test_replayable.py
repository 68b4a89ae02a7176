"""A write is taken once, however often and however oddly it is sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask, make_response
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col

from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.core.errors import Refused
from patrol.core.store import uuid7
from patrol.ledger.model import LedgerEntry
from patrol.ledger.service import note
from patrol.replay import service
from patrol.replay.model import Device, Receipt, RejectedSubmission
from patrol.replay.views import item_id, replayable
from patrol.web.session import requires
from tests.browser import OURS, Browser
from tests.make import Make

AT = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)


@pytest.fixture
def made() -> list[Flask]:
    """Each test its own app, with a route more."""
    return []


@pytest.fixture
def counting(app: Flask) -> Flask:
    """The app with one route that notes every write it does."""

    @app.post("/counted")
    @requires(May.BE_SIGNED_IN)
    @replayable
    def counted(actor: Actor, session: Session) -> ResponseReturnValue:
        from flask import request

        if request.form.get("n") == "refuse":
            raise Refused("not-found")
        if request.form.get("n") == "wrong":
            return make_response("<form>again</form>", 422)
        note(session, actor, "thing.counted", item_id(), {"n": request.form["n"]}, at=AT)
        answer = make_response(f"<p>{request.form['n']}</p>", 201)
        answer.headers["Location"] = "/counted/1"
        return answer

    return app


@pytest.fixture
def phone(counting: Flask, make: Make) -> Browser:
    """A phone somebody is signed in on."""
    return Browser(counting, make).sign_in(make.person())


def test_a_new_write_gets_a_receipt_with_the_head_of_the_ledger(phone: Browser) -> None:
    key = uuid7()

    answer = phone.send("/counted", {"n": 1}, key=key, status=201)

    [entry] = phone.make.rows(LedgerEntry)
    assert answer.headers["X-Outbox-Ack"] == str(key)
    assert answer.headers["X-Ledger"] == f"{entry.seq} {entry.hash}"


def test_the_same_bytes_again_get_the_same_receipt_and_change_nothing(phone: Browser) -> None:
    key = uuid7()
    first = phone.send("/counted", {"n": 1}, key=key, status=201)

    again = phone.send("/counted", {"n": 1}, key=key, status=200)

    for name in ("X-Outbox-Ack", "X-Receipt", "X-Ledger", "Location"):
        assert again.headers[name] == first.headers[name]
    assert again.text == first.text
    assert len(phone.make.rows(LedgerEntry)) == 1


def test_other_bytes_under_the_same_id_are_a_conflict(phone: Browser) -> None:
    key = uuid7()
    phone.send("/counted", {"n": 1}, key=key, status=201)

    answer = phone.send("/counted", {"n": 2}, key=key, status=409)

    assert "X-Outbox-Ack" not in answer.headers
    assert len(phone.make.rows(LedgerEntry)) == 1


@pytest.mark.parametrize(("n", "status"), [("refuse", 422), ("wrong", 422)])
def test_what_is_refused_is_kept_byte_for_byte_and_leaves_no_receipt(
    phone: Browser, n: str, status: int
) -> None:
    phone.send("/counted", {"n": n}, status=status)

    [kept] = phone.make.rows(RejectedSubmission)
    assert kept.body == f"n={n}".encode()
    assert phone.make.rows(Receipt) == []
    assert phone.make.rows(LedgerEntry) == []


@pytest.mark.parametrize("room", [("MOST_KEPT", 2), ("MOST_BYTES", 20)])
def test_one_person_fills_the_room_of_a_day_and_no_more(
    phone: Browser,
    counting: Flask,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    room: tuple[str, int],
) -> None:
    monkeypatch.setattr(service, *room)
    first = uuid7()
    phone.send("/counted", {"n": "refuse"}, key=first, status=422)
    phone.send("/counted", {"n": "refuse"}, status=422)

    told = phone.send("/counted", {"n": "refuse"}, status=429)

    assert (told.headers["X-Refusal"], told.headers["Retry-After"]) == ("replay.too-much", "3600")
    assert "待发记录" in told.text
    phone.send("/counted", {"n": "refuse"}, key=first, status=422)
    phone.send("/counted", {"n": 1}, status=201)
    assert len(make.rows(RejectedSubmission)) == 2
    Browser(counting, make).sign_in(make.person()).send("/counted", {"n": "refuse"}, status=422)
    monkeypatch.setattr(service, "DAY", timedelta(minutes=9))
    clock.tell((AT + timedelta(minutes=10)).isoformat())
    phone.send("/counted", {"n": "refuse"}, status=422)


def test_an_ended_session_is_told_401_and_never_sent_to_a_page(counting: Flask, make: Make) -> None:
    phone = Browser(counting, make)

    answer = phone.send("/counted", {"n": 1}, status=401)

    assert "Location" not in answer.headers
    assert "X-Outbox-Ack" not in answer.headers


def test_damaged_bytes_are_not_taken(phone: Browser) -> None:
    phone.send("/counted", {"n": 1}, status=422, Content_Digest="sha-256=:AAAA:")

    assert phone.make.rows(Receipt) == []


def test_two_officers_may_use_the_same_id(counting: Flask, make: Make) -> None:
    key = uuid7()
    for person in (make.person(), make.person()):
        Browser(counting, make).sign_in(person).send("/counted", {"n": 1}, key=key, status=201)

    assert len(make.rows(Receipt)) == 2


def test_the_counter_of_a_phone_is_kept(phone: Browser) -> None:
    device = str(uuid7())
    for seq in (1, 4, 3):
        phone.send("/counted", {"n": seq}, X_Device=device, X_Device_Seq=str(seq))

    [kept] = phone.make.rows(Device, col(Device.id) == UUID(device))
    assert kept.last_seq == 4


@pytest.mark.parametrize(
    "bad", [{"X_Device": "no"}, {"X_Device": str(uuid7()), "X_Device_Seq": "x"}]
)
def test_a_phone_that_cannot_be_read_is_refused_in_words(
    phone: Browser, bad: dict[str, str]
) -> None:
    answer = phone.send("/counted", {"n": 1}, status=422, **bad)

    assert answer.headers["X-Refusal"] == "replay.device"


def test_a_form_without_script_is_taken_once_and_goes_on(phone: Browser) -> None:
    key = uuid7()

    for _ in range(2):
        phone.post("/counted", {"n": 1}, key=key, status=201 if _ == 0 else 303)

    assert len(phone.make.rows(LedgerEntry)) == 1


def test_sixteen_phones_sending_the_same_two_bodies_make_one_row_each(
    counting: Flask, make: Make
) -> None:
    person = make.person()
    keys = [uuid7() for _ in range(12)]

    def hammer(number: int) -> list[int]:
        phone = Browser(counting, make).sign_in(person)
        return [
            phone.send("/counted", {"n": number % 2}, key=key, status=None).status_code
            for key in keys
        ]

    with ThreadPoolExecutor(8) as pool:
        statuses = {status for answers in pool.map(hammer, range(16)) for status in answers}

    assert statuses <= {200, 201, 409}
    assert len(make.rows(Receipt)) == len(make.rows(LedgerEntry)) == len(keys)


def test_the_first_writes_of_a_phone_may_come_side_by_side(counting: Flask, make: Make) -> None:
    person, device = make.person(), str(uuid7())

    def send(number: int) -> int:
        phone = Browser(counting, make).sign_in(person)
        told = {"X_Device": device, "X_Device_Seq": str(number)}
        return phone.send("/counted", {"n": number}, status=None, **told).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(8))) == {201}

    assert len(make.rows(Device)) == 1


def test_a_write_from_another_site_is_turned_away(phone: Browser) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        answer = phone.client.post("/counted", data={"n": 1, "_id": uuid7()}, headers=headers)

        assert answer.status_code == 403


def test_who_may_no_longer_send_is_told_so_and_the_bytes_are_kept(
    counting: Flask, make: Make
) -> None:
    @counting.post("/walked")
    @requires(May.WALK_ROUND)
    @replayable
    def walked(actor: Actor, session: Session) -> ResponseReturnValue:
        raise AssertionError

    phone = Browser(counting, make).sign_in(make.person())

    answer = phone.send("/walked", {"n": 1}, status=403)
    phone.post("/walked", {"n": 1}, status=403)

    plain = {**OURS, "Idempotency-Key": str(uuid7())}
    phone.client.post("/walked", data="any bytes", content_type="text/plain", headers=plain)
    phone.send("/walked", {"n": "1" * 300_000}, status=403)

    [kept] = make.rows(RejectedSubmission)
    assert (kept.status, kept.body, kept.address) == (403, b"n=1", "/walked")
    assert "X-Outbox-Ack" not in answer.headers
