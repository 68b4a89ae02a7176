"""Phones that sign, deliver after the session and tell when they are empty."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import update
from sqlmodel import col

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.devices.model import DeviceKey, OutboxReport, UploadGrant
from patrol.devices.queries import emptied, forget_keys
from patrol.devices.rules import Gap, gaps, proof_of
from patrol.findings.model import Finding
from patrol.grid.model import Cell
from patrol.ledger.model import LedgerEntry
from patrol.people.model import Person, SessionToken
from patrol.replay.model import Device, Receipt
from patrol.replay.rules import Link
from tests.browser import OURS, Browser
from tests.conftest import NOW


class Phone:
    """What a phone keeps: its number, its key, and how far it has counted."""

    def __init__(self, app, make, person):
        self.app, self.make, self.person = app, make, person
        self.browser = Browser(app, make)
        self.id, self.key = uuid7(), generate_private_key(SECP256R1())
        self.seq, self.prev, self.grant = 0, "", None
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.point = base64.b64encode(point).decode()

    def sign(self, line: bytes) -> str:
        first, second = decode_dss_signature(self.key.sign(line, ECDSA(SHA256())))
        return base64.b64encode(first.to_bytes(32) + second.to_bytes(32)).decode()

    def enrol(self, status=200, **more):
        form = {
            "device": self.id,
            "public_key": self.point,
            "signature": self.sign(proof_of(self.id, self.person.id)),
            "label": "Chrome · Android",
            **more,
        }
        answer = self.browser.client.post("/devices", data=form, headers=OURS)
        assert answer.status_code == status, answer.text
        if status == 200:
            self.grant = answer.get_json()["grant"]
        return answer

    def freeze(self, address, form, key=None):
        """The bytes and headers of an item, made once."""
        self.seq += 1
        key, body = key or uuid7(), urlencode(form, doseq=True).encode()
        digest = hashlib.sha256(body).hexdigest()
        link = Link(self.id, self.seq, key, self.person.id, address, digest, self.prev)
        headers = {
            "X-Device": str(self.id),
            "X-Device-Seq": str(self.seq),
            "X-Author": str(self.person.id),
            "X-Signature": self.sign(link.line),
            "X-Prev": self.prev,
        }
        self.prev = link.mark
        return address, form, key, headers

    def send(self, frozen, *, by=None, status=201, **more):
        address, form, key, headers = frozen
        told = {**headers, **({"X-Grant": self.grant} if self.grant else {}), **more}
        return (by or self.browser).send(address, form, key=key, status=status, **told)


@pytest.fixture
def phone(app, make):
    """An officer's phone, signed in and enrolled."""
    forget_keys()
    make.event_class()
    grid = make.grid()
    make.cells(grid)
    phone = Phone(app, make, make.person(Role.OFFICER, grid))
    phone.grid = grid
    phone.browser.sign_in(phone.person)
    phone.enrol()
    return phone


@pytest.fixture
def report(phone):
    """Freeze the report of a finding on the phone."""
    west, south = phone.grid.__dict__["shape"].bounds[:2]

    def freeze(**more):
        form = {
            "code": "E0405",
            "lon": west + 0.0005,
            "lat": south + 0.0005,
            "seen_at": NOW.isoformat(),
            "made_at": NOW.isoformat(),
            **more,
        }
        return phone.freeze("/findings", form)

    return freeze


def test_what_a_phone_signed_says_which_phone_it_comes_from(phone, report, make):
    phone.send(report())

    [receipt] = make.rows(Receipt)
    assert (receipt.signed, receipt.device_id, receipt.mark) == (True, phone.id, phone.prev)
    page = phone.browser.get(f"/findings/{receipt.item_id}").text
    assert f"Chrome · Android {phone.id.hex[-6:]}" in page


def test_a_visit_and_its_round_say_which_phone_signed_them_and_no_more(phone, make):
    west, south = phone.grid.__dict__["shape"].bounds[:2]
    cell = next(cell for cell in make.rows(Cell) if cell.grid_id == phone.grid.id)
    at = {"made_at": NOW.isoformat(), "seen_at": NOW.isoformat()}
    start = phone.freeze("/rounds", {"grid_id": phone.grid.id, **at})
    phone.send(start)
    here = {"round_id": start[2], "cell_id": cell.id, "method": "check_in", "accuracy": 8}
    spot = {"lon": west + 0.0005, "lat": south + 0.0005}
    phone.send(phone.freeze("/rounds/visits", here | spot | at))
    phone.browser.send("/rounds/visits", here | spot | at, key=uuid7())

    page = phone.browser.get(f"/rounds/{start[2]}?record=1").text

    assert page.count(f"由手机 Chrome · Android {phone.id.hex[-6:]} 签名") == 1
    assert f"Chrome · Android {phone.id.hex[-6:]}</dd>" in page.replace("\n", "")


@pytest.mark.parametrize("signature", [None, "nonsense"])
def test_nobody_takes_over_the_number_and_counter_of_anothers_phone(
    phone, report, make, app, signature
):
    phone.send(report())
    other = Browser(app, make).sign_in(make.person(Role.OFFICER, phone.grid))
    address, form, *_ = report()
    told = {"X_Device": str(phone.id), "X_Device_Seq": str(2**31 - 1)}

    other.send(address, form, **told, **({"X_Signature": signature} if signature else {}))

    [device] = make.rows(Device)
    assert (device.person_id, device.last_seq) == (phone.person.id, 1)


def test_a_number_without_a_key_stays_with_who_sent_from_it_first(make, app, phone, report):
    address, form, *_ = report()
    first, other = (make.person(Role.OFFICER, phone.grid) for _ in range(2))
    number = str(uuid7())
    for person, seq in ((first, 1), (other, 9), (first, 2)):
        sender = Browser(app, make).sign_in(person)
        sender.send(address, form, X_Device=number, X_Device_Seq=str(seq))

    [device] = make.rows(Device)
    assert (device.person_id, device.last_seq) == (first.id, 2)


def test_a_phone_that_changes_hands_follows_who_signs_with_it(make, app, phone, report):
    address, form, *_ = report()
    phone.send(report())
    other = make.person(Role.OFFICER, phone.grid)
    phone.browser, phone.person = Browser(app, make).sign_in(other), other
    phone.enrol()
    phone.send(phone.freeze(address, form))

    [device] = make.rows(Device)
    assert (device.person_id, device.last_seq) == (other.id, phone.seq)


def test_the_items_of_a_phone_form_a_chain(phone, report, make):
    first, second = report(), report()
    phone.send(second)
    phone.send(first)

    early, late = sorted(make.rows(Receipt), key=lambda receipt: receipt.device_seq)
    assert (early.prev, late.prev) == (None, early.mark)


def test_a_signature_that_does_not_fit_is_said_and_the_record_taken(phone, report, make):
    frozen = report()
    phone.send(frozen, X_Signature=phone.sign(b"something else"))

    assert [receipt.signed for receipt in make.rows(Receipt)] == [False]


def test_a_phone_without_a_key_is_taken_and_nothing_said_of_it(phone, report, make):
    address, form, key, headers = report()
    del headers["X-Signature"]
    phone.send((address, form, key, headers))

    assert [receipt.signed for receipt in make.rows(Receipt)] == [None]


def test_only_who_holds_the_key_can_enrol_it(app, make, phone):
    other = Phone(app, make, phone.person)
    other.browser = phone.browser
    other.enrol(422, signature=phone.sign(proof_of(other.id, other.person.id)))
    other.id = phone.id
    other.enrol(409)

    assert len(make.rows(DeviceKey)) == 1


def test_an_ended_session_never_blocks_evidence(phone, report, make, app):
    frozen = report()
    phone.browser = Browser(app, make)  # nobody is signed in any more

    phone.send(frozen)

    [finding] = make.rows(Finding)
    assert finding.officer_id == phone.person.id


@pytest.mark.parametrize("age", [timedelta(days=6), timedelta(days=8)])
def test_a_grant_lasts_seven_days(phone, report, make, app, age):
    frozen = report()
    phone.browser = Browser(app, make)
    clock.tell((NOW + age).isoformat())

    status = None if age < timedelta(days=7) else 401
    answer = phone.send(frozen, status=status)

    assert (answer.status_code == 401) == (age > timedelta(days=7))


@pytest.mark.parametrize("flaw", ["token", "unsigned", "altered", "device", "other author"])
def test_a_grant_is_worth_nothing_without_its_phone(phone, report, make, app, flaw):
    address, form, key, headers = report()
    other = make.person(Role.OFFICER, phone.grid)
    phone.browser = Browser(app, make)
    headers |= {
        "token": {"X-Grant": "guessed"},
        "unsigned": {"X-Signature": ""},
        "altered": {},
        "device": {"X-Device": str(uuid7())},
        "other author": {"X-Author": str(other.id)},
    }[flaw]
    if flaw == "altered":
        form = {**form, "remark": "put in on the way"}
    more = {"X_Grant": headers["X-Grant"]} if flaw == "token" else {}

    phone.send((address, form, key, headers), status=401, **more)

    assert make.rows(Finding) == []


def test_a_grant_dies_with_the_sign_out_and_with_the_phone(phone, report, make, app, database):
    first, second = report(), report()
    phone.browser.post(f"/devices/{phone.id}/strike-off")
    gone = Phone(app, make, phone.person)
    gone.browser = Browser(app, make).sign_in(phone.person)
    gone.enrol()
    third = gone.freeze(*first[:2])
    gone.browser.post("/sign-out")
    phone.browser = gone.browser = Browser(app, make)

    for sender, item in ((phone, first), (phone, second), (gone, third)):
        sender.send(item, status=401)

    assert len(make.rows(UploadGrant)) == 2


def test_a_disabled_person_delivers_nothing(phone, report, make, app, database):
    frozen = report()
    phone.browser = Browser(app, make)
    with database.transaction() as session:
        session.execute(
            update(Person).where(col(Person.id) == phone.person.id).values(disabled_at=NOW)
        )

    phone.send(frozen, status=401)


def test_a_grant_decides_nothing(phone, make, app):
    """It delivers evidence; pages, steps and settings stay shut."""
    frozen = phone.freeze("/sign-out", {})
    step = phone.freeze(f"/findings/{uuid7()}/steps", {"move": "return"})
    phone.browser = Browser(app, make)

    phone.send(frozen, status=401)
    phone.send(step, status=401)

    assert [row.revoked_at for row in make.rows(SessionToken)] == [None]


def test_another_person_at_the_phone_sends_nothing_of_it(phone, report, make, app):
    frozen = report()
    other = Browser(app, make).sign_in(make.person(Role.OFFICER, phone.grid))

    phone.send(frozen, by=other, status=401)

    assert make.rows(Finding) == []


def test_a_leader_brings_a_signed_record_in_its_authors_name(phone, report, make, app):
    frozen = report()
    leader = make.person(Role.SQUAD_LEADER, phone.grid)
    desk = Browser(app, make).sign_in(leader)

    phone.send(frozen, by=desk, X_Carrier=str(leader.id))
    phone.send(frozen, status=200)  # the phone was found and sends it too

    [finding], [receipt] = make.rows(Finding), make.rows(Receipt)
    assert (finding.officer_id, receipt.carried_by) == (phone.person.id, leader.id)


def test_a_leader_cannot_write_in_anothers_name(phone, report, make, app):
    address, form, key, headers = report()
    leader = make.person(Role.SQUAD_LEADER, phone.grid)
    stranger = make.person(Role.SQUAD_LEADER, make.grid())
    carry = {"X_Carrier": str(leader.id)}
    desk, far = (Browser(app, make).sign_in(one) for one in (leader, stranger))

    told = phone.send(
        (address, {**form, "remark": "x"}, key, headers), by=desk, status=403, **carry
    )
    unled = phone.send(
        (address, form, key, headers), by=far, status=403, X_Carrier=str(stranger.id)
    )

    assert told.headers["X-Refusal"] == "carry-unsigned"
    assert unled.headers["X-Refusal"] == "carry-not-led"
    assert make.rows(Finding) == []


def test_a_leaders_own_phone_signs_nothing_in_anothers_name(phone, report, make, app):
    leader = make.person(Role.SQUAD_LEADER, phone.grid)
    forged = Phone(app, make, leader)
    forged.browser.sign_in(leader)
    forged.enrol()
    forged.grant, forged.person = None, phone.person
    address, form, *_ = report()

    told = forged.send(forged.freeze(address, form), status=403, X_Carrier=str(leader.id))

    assert told.headers["X-Refusal"] == "carry-unsigned"
    assert make.rows(Finding) == []


def test_nobody_brings_records_of_those_above_or_of_the_other_line(phone, report, make, app):
    frozen = report()
    for role in (Role.HEAD, Role.SUPERVISOR):
        other = make.person(role, phone.grid)
        desk = Browser(app, make).sign_in(other)
        told = phone.send(frozen, by=desk, status=403, X_Carrier=str(other.id))
        assert told.headers["X-Refusal"] == "carry-not-led"
        desk.post(f"/devices/{phone.id}/strike-off", status=404)

    assert make.rows(Receipt) == []


def test_who_brought_a_record_is_in_the_ledger_and_on_its_pages(phone, report, make, app):
    frozen = report()
    leader = make.person(Role.SQUAD_LEADER, phone.grid, name="代交人甲")
    desk = Browser(app, make).sign_in(leader)
    phone.send(frozen, by=desk, X_Carrier=str(leader.id))

    [receipt] = make.rows(Receipt)
    [line] = make.rows(LedgerEntry, col(LedgerEntry.kind) == "receipt.carried")
    assert (line.actor_id, line.subject) == (leader.id, f"receipt:{receipt.id}")
    assert "代交人甲" in phone.browser.get(f"/findings/{frozen[2]}").text
    assert "由代交人甲代交" in phone.browser.get(f"/devices/{phone.id}").text


def test_a_phone_is_struck_off_by_who_leads_its_owner(phone, report, make, app):
    phone.send(report())
    head = Browser(app, make).sign_in(make.person(Role.HEAD, phone.grid))
    leader = Browser(app, make).sign_in(make.person(Role.SQUAD_LEADER, phone.grid))

    assert "注销" not in head.get("/devices").text
    assert "注销" in leader.get("/devices").text
    leader.post(f"/devices/{phone.id}/strike-off")

    assert [key.revoked_at for key in make.rows(DeviceKey)] == [NOW]


def test_a_record_filed_anew_names_the_old_one_and_stands_in_for_its_number(phone, report, make):
    old = report()  # its parent was refused, so it never goes
    phone.send(report(supersedes=old[2], supersedes_seq=1))

    [receipt] = make.rows(Receipt)
    assert (receipt.supersedes, receipt.supersedes_seq) == (old[2], 1)
    assert "待送达或已丢失" not in phone.browser.get("/devices").text


def test_the_leader_is_shown_the_numbers_that_never_arrived(phone, report, make, app):
    items = [report() for _ in range(5)]
    refused = report(code="nothing of the kind")
    for item in (items[0], items[3]):
        phone.send(item)
    phone.send(refused, status=422)
    phone.send(report())
    leader = Browser(app, make).sign_in(make.person(Role.SQUAD_LEADER, phone.grid))
    stranger = Browser(app, make).sign_in(make.person(Role.SQUAD_LEADER, make.grid()))

    page = leader.get("/devices").text

    assert phone.person.name in page
    assert "2–3" in page
    assert ">5<" in page
    assert "待送达或已丢失" in page
    assert phone.person.name not in stranger.get("/devices").text


def test_a_phone_shows_each_record_that_came_from_it_and_opens_it(phone, report, make, app):
    first, lost, refused = report(), report(), report(code="nothing of the kind")
    phone.send(first)
    phone.send(refused, status=422)
    phone.send(report())
    leader = Browser(app, make).sign_in(make.person(Role.SQUAD_LEADER, phone.grid))
    stranger = Browser(app, make).sign_in(make.person(Role.SQUAD_LEADER, make.grid()))

    assert f'href="/devices/{phone.id}"' in leader.get("/devices").text
    page = leader.get(f"/devices/{phone.id}").text

    assert lost[2] != first[2]
    assert f'<a href="/findings/{first[2]}">问题</a>' in page
    assert "已退回" in page
    assert "待送达或已丢失" in page
    stranger.get(f"/devices/{phone.id}", status=404)


def test_a_phone_that_says_it_is_empty_and_is_not_has_lost_something(phone, report, make, app):
    report()
    phone.send(report())
    phone.browser.client.post(f"/devices/{phone.id}/empty", data={"last": 2}, headers=OURS)

    assert "已丢失：手机称已无待发" in phone.browser.get("/devices").text


def test_an_empty_outbox_is_kept_with_its_person_and_moment(phone, make, database):
    answer = phone.browser.client.post(f"/devices/{phone.id}/empty", data={"last": 7}, headers=OURS)

    assert answer.status_code == 204
    [told] = make.rows(OutboxReport)
    assert (told.person_id, told.last_seq, told.empty_at) == (phone.person.id, 7, NOW)
    with database.reading() as session:
        assert emptied(session, [phone.person.id]) == [(phone.person.id, NOW)]


def test_runs_of_missing_numbers():
    assert gaps([], 0) == []
    assert gaps([1, 2, 3], 3) == []
    assert gaps([2, 5], 6) == [Gap(1, 1), Gap(3, 4), Gap(6, 6)]


def test_a_browser_that_can_be_woken_gets_a_worker_that_sends(browser):
    assert "import { sendBehind }" in browser.get("/sw.js?sync").text
    assert "import" not in browser.get("/sw.js").text.replace("important", "")
