"""Input meant to break the report: a clear 4xx each time, and nothing half stored."""

import base64
import hashlib
import io
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image
from sqlmodel import col

from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.findings.model import Finding, Onset, Stopping
from patrol.handling.model import Step
from patrol.ledger.model import LedgerEntry
from patrol.photos.model import Photo
from tests.conftest import DATA, NOW

pytestmark = pytest.mark.hostile
OURS = {"Sec-Fetch-Site": "same-origin"}
NOBODYS = "01a200e8-0000-7000-8000-000000000000"
HARMLESS = {
    "pillow__broken_exif_dpi.jpg",
    "pillow__jpeg_ff00_header.jpg",
    "pillow__multiple_exif.jpg",
    "pillow__junk_jpeg_header.jpg",
}


@pytest.fixture
def grid(make, database):
    from patrol.escalation.service import seed_ladders

    with database.transaction() as session:
        seed_ladders(session, now=make.since)
    return make.tree()[2]


@pytest.fixture
def officer(make, grid):
    return make.person(Role.OFFICER, grid)


@pytest.fixture
def report(make, grid):
    make.event_class()
    cell = make.cells(grid)[0]
    return {"code": "E0405", "lon": cell.lon, "lat": cell.lat}


def nothing(make):
    return not any(make.rows(model) for model in (Finding, Onset, Stopping, Step, Photo))


def announced(content, **more):
    digest = hashlib.sha256(content).hexdigest()
    return urlencode({"id": NOBODYS, "sha256": digest, "size": len(content), **more})


@pytest.mark.parametrize(
    "wrong",
    [
        {"lon": "NaN"},
        {"lat": "Infinity"},
        {"lon": "-inf"},
        {"lon": "1e999"},
        {"lon": "34.76", "lat": "113.66"},
        {"lon": "0", "lat": "0"},
        {"lon": "181"},
        {"lon": ""},
        {"lon": "十"},
        {"own_lon": "nan", "own_lat": "34"},
        {"own_accuracy": "-1"},
        {"code": "E9999"},
        {"code": "E0405' OR 1=1"},
        {"code": "\x00"},
        {"condition": "77"},
        {"condition": "99999999999999999999"},
        {"remark": "x" * 2001},
        {"remark": "a\x00b"},
        {"party": "x" * 201},
        {"source": "nowhere"},
        {"source": "inspection"},
        {"round_id": NOBODYS},
        {"round_id": "../../etc/passwd"},
        {"repeat_of": NOBODYS},
        {"seen_at": "yesterday"},
        {"seen_at": "0001-01-01T00:00:00+14:00"},
        {"made_at": "9999-12-31T23:59:59-14:00"},
        {"seen_at": "1e300"},
        {"since": "2026-11-07T00:00", "ground": "12345"},
        {"photo": "id=1"},
        {"photo": "&".join(f"a{n}=1" for n in range(500))},
        {"photo": [announced(b"x", lon="nan", lat="1")]},
        {"photo": [announced(b"x", size=10**12)]},
        {"photo": ["id=&sha256=&size="] * 10},
    ],
    ids=lambda wrong: str(wrong)[:40],
)
def test_a_wrong_report_is_refused_whole(browser, make, officer, report, wrong):
    browser.sign_in(officer)

    answer = browser.send("/findings", report | wrong, status=None)

    assert 400 <= answer.status_code < 500, answer.text
    assert nothing(make)
    assert not make.rows(LedgerEntry, col(LedgerEntry.kind).startswith("finding."))


def test_text_that_databases_dislike_is_kept_as_text(browser, make, officer, report):
    nasty = "<script>alert(1)</script>{{7*7}}'; DROP TABLE finding;--\u202e😀"
    key = uuid7()
    browser.sign_in(officer).send("/findings", report | {"remark": nasty}, key=key)

    page = browser.get(f"/findings/{key}")

    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page.text


def test_the_form_comes_back_with_what_is_wrong_beside_its_field(browser, officer, report):
    browser.sign_in(officer)

    answer = browser.send("/findings", report | {"lat": "95", "remark": "留着"}, status=422)

    assert 'id="report"' in answer.text
    assert 'id="lat-error"' in answer.text
    assert "留着" in answer.text
    assert "<html" not in answer.text


def test_an_oversized_report_is_turned_away(browser, make, officer, report):
    browser.sign_in(officer)

    answer = browser.send("/findings", report | {"remark": "x" * 2_000_000}, status=None)

    assert answer.status_code == 413
    assert nothing(make)


def test_a_finding_of_another_under_the_same_id_is_not_overwritten(
    browser, make, officer, report, grid
):
    key = uuid7()
    browser.sign_in(officer).send("/findings", report | {"remark": "mine"}, key=key)
    browser.sign_in(make.person(Role.OFFICER, grid))

    browser.send("/findings", report | {"remark": "theirs"}, key=key, status=409)

    assert [each.remark for each in make.rows(Finding)] == ["mine"]


@pytest.mark.parametrize("act", ["stops", "steps", "proofs", "join", "photos"])
def test_acts_on_a_finding_one_may_not_see_find_nothing(browser, make, officer, report, act):
    key = uuid7()
    browser.sign_in(officer).send("/findings", report, key=key)
    browser.sign_in(make.person(Role.OFFICER))
    forms = {
        "stops": {"kind": "advised", "outcome": "stopped"},
        "steps": {"move": "accept", "stage": "received"},
        "proofs": {"at": "2026-11-05T10:00", "ground": "12345"},
        "join": {"into": str(uuid7())},
        "photos": {},
    }

    for there in (key, uuid7()):
        browser.send(f"/findings/{there}/{act}", forms[act], status=404)


def test_garbage_in_small_forms_is_refused(browser, make, officer, report):
    key = uuid7()
    browser.sign_in(officer).send("/findings", report, key=key)

    for path, form in (
        ("stops", {"kind": "shout", "outcome": "stopped"}),
        ("stops", {}),
        ("steps", {"move": "fly", "stage": "received"}),
        ("proofs", {"at": "2999-01-01", "ground": "x" * 500}),
        ("proofs", {"at": NOW.isoformat(), "ground": "12345"}),
        ("join", {"into": "%00"}),
        ("join", {"into": str(key)}),
    ):
        answer = browser.send(f"/findings/{key}/{path}", form, status=None)
        assert 400 <= answer.status_code < 500, (path, answer.text)
    assert not make.rows(Stopping)
    assert not make.rows(Onset)


@pytest.mark.parametrize(
    "where", ["lon=nan&lat=1", "lon=113&lat=", "", "lon=113.7&lat=34.7&code=%00", "code=E0405"]
)
def test_questions_about_repeats_never_fail(browser, officer, report, where):
    browser.sign_in(officer)

    answer = browser.client.get(f"/findings/repeats?{where}")

    assert answer.status_code in {200, 400, 422}


def test_photos_nobody_announced_or_others_announced_are_not_taken(
    browser, make, officer, report, grid
):
    key, photo, content = uuid7(), uuid7(), b"\xff\xd8\xff"
    told = urlencode({"id": photo, "sha256": hashlib.sha256(content).hexdigest(), "size": 3})
    browser.sign_in(officer).send("/findings", report | {"photo": told}, key=key)
    put = browser.client.put

    stranger = put(f"/findings/{key}/photos/{uuid7()}", data=content, headers=OURS)
    elsewhere = put(f"/findings/{uuid7()}/photos/{photo}", data=content, headers=OURS)
    browser.sign_in(make.person(Role.OFFICER, grid))
    another = put(f"/findings/{key}/photos/{photo}", data=content, headers=OURS)

    assert [each.status_code for each in (stranger, elsewhere, another)] == [404, 404, 404]


def test_other_bytes_than_announced_and_too_many_are_refused(app, browser, make, officer, report):
    made = io.BytesIO()
    Image.new("RGB", (64, 48)).save(made, "JPEG")
    key, photo = uuid7(), uuid7()
    digest = hashlib.sha256(made.getvalue()).hexdigest()
    told = urlencode({"id": photo, "sha256": digest, "size": len(made.getvalue())})
    browser.sign_in(officer).send("/findings", report | {"photo": told}, key=key)
    address = f"/findings/{key}/photos/{photo}"
    wrong = {"Content-Digest": "sha-256=:!!:"}
    twisted = base64.b64encode(b"x" * 32).decode()

    bodies = [
        (made.getvalue() + b"x", {}),
        (made.getvalue(), wrong),
        (made.getvalue(), {"Content-Digest": f"sha-256=:{twisted}:"}),
        (b"", {}),
        (b"\xff\xd8\xff" + b"0" * (13 * 1024 * 1024), {}),
    ]
    answers = [
        browser.client.put(address, data=body, headers=OURS | more).status_code
        for body, more in bodies
    ]

    assert set(answers) <= {413, 422}
    assert make.reload(Photo, photo).stored_at is None
    media = Path(app.config["SETTINGS"].media)
    assert not [path for path in media.rglob("*") if path.is_file()]


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared pictures are not here")
def test_hostile_pictures_are_answered_with_a_sentence(app, browser, make, officer, report):
    key = uuid7()
    browser.sign_in(officer).send("/findings", report, key=key)
    came = sorted((DATA / "hostile_images").glob("pillow*"))

    answers = {
        path.name: browser.client.post(
            f"/findings/{key}/photos",
            data={"photo": (io.BytesIO(path.read_bytes()), path.name), "view": "near"},
            headers=OURS,
        )
        for path in came
    }

    taken = {name for name, answer in answers.items() if answer.status_code == 303}
    assert taken == HARMLESS
    assert all(answers[name].status_code == 422 for name in set(answers) - taken)
    assert len(make.rows(Photo)) == len(HARMLESS)
    assert not list((Path(app.config["SETTINGS"].media) / "incoming").iterdir())
