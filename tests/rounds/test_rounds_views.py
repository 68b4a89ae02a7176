"""The pages of rounds, without script and from a phone's outbox."""

import re
from datetime import timedelta
from io import BytesIO
from itertools import groupby

import psycopg
import pytest
from sqlalchemy import event

from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.plans.model import Standing
from patrol.rounds import tracks
from patrol.rounds.model import ClearNote, Method, Round, TrackBatch, Visit
from patrol.rounds.rules import Grade
from tests.browser import OURS
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)


class Site:
    """A grid with cells, a plan, an officer who is signed in, a leader."""

    def __init__(self, make, browser):
        self.make, self.browser = make, browser
        self.street, self.community, self.grid = make.tree()
        self.cells = make.cells(self.grid)
        self.officer = make.person(Role.OFFICER, self.grid, name="李巡")
        self.plan = make.plan(self.grid)
        make.topic()
        browser.sign_in(self.officer)

    def start(self, **more):
        key = uuid7()
        self.browser.send("/rounds", {"grid_id": self.grid.id, **more}, key=key)
        return key

    def here(self, cell, **more):
        return {"cell_id": cell.id, "lon": cell.lon, "lat": cell.lat, "accuracy": 8, **more}

    def track(self, key, cell, *, seconds=90, start=NOW - 3 * MINUTE):
        words = " ".join(f"{cell.lon}_{cell.lat}_8_{at}" for at in range(0, seconds + 1, 10))
        form = {"round_id": key, "first": 0, "from_at": start.isoformat(), "points": words}
        return self.browser.send("/rounds/tracks", form)


@pytest.fixture
def site(make, browser):
    return Site(make, browser)


def test_the_walk_shows_my_cells_and_starts_without_script(site):
    page = site.browser.get(f"/rounds/new?grid={site.grid.id}&plan={site.plan.id}").text
    assert "经八路03网格" in page
    assert page.count("data-cell=") == 4

    site.browser.post("/rounds", {"grid_id": site.grid.id, "plan_id": site.plan.id})

    (begun,) = site.make.rows(Round)
    walking = site.browser.get(f"/rounds/{begun.id}").text
    assert f'data-round="{begun.id}"' in walking


def test_the_cells_due_are_listed_and_drawn_in_the_order_to_walk(site):
    page = site.browser.get(f"/rounds/new?grid={site.grid.id}").text

    assert re.findall(r'data-number="(\d)"[^>]* data-turn="(\d)" data-leg="1"', page) == [
        (str(number), str(turn)) for turn, number in enumerate(_walked(page), 1)
    ]
    assert len(_walked(page)) == 4
    assert re.search(r'class="way" d="M\d+ \d+(L\d+ \d+){3}"', page)


def test_the_walk_goes_on_from_the_cell_seen_last(site):
    key = site.start()
    before = _walked(site.browser.get(f"/rounds/{key}").text)
    seen = site.cells[before[1] - 1]

    site.browser.send("/rounds/visits", {"round_id": key, **site.here(seen)})

    after = _walked(site.browser.get(f"/rounds/{key}").text)
    assert after[:3] == [before[2], before[3], before[0]]


def _walked(page):
    return [int(number) for number in re.findall(r'data-number="(\d)"', page)]


def test_who_has_one_grid_need_not_choose(site):
    assert 'id="walk"' in site.browser.get("/rounds/new").text


def test_who_has_several_grids_chooses(site):
    site.make.cells(other := site.make.grid(site.community, name="经八路04网格"), 1)
    site.make.post(site.officer, Role.OFFICER, other)

    page = site.browser.get("/rounds/new").text

    assert "经八路04网格" in page
    assert 'id="walk"' not in page


def test_a_grid_that_is_not_mine_is_not_there(site):
    site.browser.get(f"/rounds/new?grid={site.make.grid().id}", status=404)
    site.browser.get(f"/rounds/new?grid={uuid7()}", status=404)


def test_a_grid_without_cells_says_what_is_missing(site):
    bare = site.make.grid(site.community)
    site.make.post(site.officer, Role.OFFICER, bare)

    assert "data-cell=" not in site.browser.get(f"/rounds/new?grid={bare.id}").text


def test_the_same_start_twice_is_one_round(site):
    key = uuid7()
    form = {"grid_id": site.grid.id, "made_at": NOW.isoformat()}

    first = site.browser.send("/rounds", form, key=key)
    again = site.browser.send("/rounds", form, key=key, status=200)

    assert first.headers["X-Outbox-Ack"] == again.headers["X-Outbox-Ack"] == str(key)
    assert len(site.make.rows(Round)) == 1


def test_a_start_elsewhere_warns_and_ends_the_other(site):
    site.make.cells(other := site.make.grid(site.community, name="经八路04网格"), 1)
    site.make.post(site.officer, Role.OFFICER, other)
    first = site.start()

    assert str(first) in site.browser.get(f"/rounds/new?grid={other.id}").text
    site.browser.post("/rounds", {"grid_id": other.id})

    assert site.make.reload(Round, first).ended_at == NOW


def test_a_check_in_from_a_phone_is_answered_with_its_piece(site):
    key, visit = site.start(), uuid7()

    answer = site.browser.send(
        "/rounds/visits", {"round_id": key, **site.here(site.cells[0])}, key=visit
    )

    assert f'data-visit="{visit}"' in answer.text
    assert "<html" not in answer.text
    assert site.make.reload(Visit, visit).pending


def test_the_writers_of_a_site_wait_for_few_statements(site):
    key = site.start()
    here = {"round_id": key, **site.here(site.cells[0])}
    site.browser.send("/rounds/visits", here)
    told = []

    class Heard(psycopg.Cursor):
        def execute(self, statement, *given, **more):
            told.append(str(statement))
            return super().execute(statement, *given, **more)

    @event.listens_for(site.make.database.engine, "checkout")
    def listen(connection, *_):
        if site.make.database.is_sqlite:
            connection.set_trace_callback(told.append)
        else:
            connection.cursor_factory = Heard

    site.browser.send("/rounds/visits", here)

    once = [statement for statement, _ in groupby(told)]  # SQLite tells one again for its trigger
    verbs = [statement.split()[0] for statement in once]
    from_here = verbs[verbs.index("INSERT") :]  # the receipt; nobody else writes from then on
    writing = [verb for verb in from_here if verb in {"SELECT", "INSERT", "UPDATE"}]
    assert writing.count("SELECT") == 3  # track, plans, head of the ledger
    assert len(writing) == 9


def test_a_track_settles_the_check_in_and_the_cell_turns_fresh(site):
    key = site.start(made_at=(NOW - 5 * MINUTE).isoformat(), seen_at=(NOW - 5 * MINUTE).isoformat())
    seen = (NOW - 2 * MINUTE).isoformat()
    site.browser.send(
        "/rounds/visits",
        {"round_id": key, **site.here(site.cells[0], seen_at=seen, made_at=seen)},
    )

    site.track(key, site.cells[0])

    (visit,) = site.make.rows(Visit)
    assert (visit.grade, visit.pending) == (Grade.B, False)
    assert 'data-place="seen"' in site.browser.get(f"/rounds/{key}").text


def test_a_check_in_from_afar_comes_back_as_a_form_with_the_reason(site):
    key = site.start()
    form = {"round_id": key, **site.here(site.cells[3]), "cell_id": site.cells[0].id}

    answer = site.browser.send("/rounds/visits", form, status=422)

    assert 'id="by-hand-form"' in answer.text
    assert 'role="alert"' in answer.text
    assert site.make.rows(Visit) == []


def test_by_hand_works_without_script(site):
    key = site.start()
    page = site.browser.get(f"/rounds/{key}/by-hand?cell={site.cells[2].id}").text
    assert f'value="{site.cells[2].id}" selected' in page

    form = {"round_id": key, "cell_id": site.cells[2].id, "method": "by_hand"}
    refused = site.browser.post("/rounds/visits", form, status=422).text
    assert "<html" in refused
    site.browser.post("/rounds/visits", {**form, "because": "no_signal"})

    (visit,) = site.make.rows(Visit)
    assert (visit.method, visit.grade) == (Method.BY_HAND, Grade.C)


def test_nothing_found_is_one_act_for_several_cells(site):
    key = site.start()
    form = [("round_id", key), ("topics", "street_order")]
    form += [("cells", cell.id) for cell in site.cells[:2]]

    site.browser.send("/rounds/clear-notes", form)

    notes = site.make.rows(ClearNote)
    assert len(notes) == 2
    assert len({note.act_id for note in notes}) == 1


def test_nothing_found_needs_a_cell_and_a_topic(site):
    key = site.start()

    answer = site.browser.send("/rounds/clear-notes", {"round_id": key}, status=422)

    assert 'id="clear-form"' in answer.text


def test_pausing_going_on_and_ending(site):
    key = site.start()

    site.browser.post("/rounds/pauses", {"round_id": key})
    assert "data-paused" in site.browser.get(f"/rounds/{key}").text
    site.browser.post("/rounds/resumptions", {"round_id": key})
    site.browser.post("/rounds/changes", {"round_id": key, "mode": "bike"})
    site.browser.post("/rounds/ends", {"round_id": key, "because": "order"})

    record = site.browser.get(f"/rounds/{key}").text
    assert 'id="walk"' not in record
    assert "被临时调派" in record


def test_the_record_shows_visits_notes_and_the_track(site):
    key = site.start(made_at=(NOW - 5 * MINUTE).isoformat(), seen_at=(NOW - 5 * MINUTE).isoformat())
    site.track(key, site.cells[0])
    site.browser.send(
        "/rounds/clear-notes",
        {"round_id": key, "topics": "street_order", "cells": site.cells[0].id},
    )
    site.browser.post("/rounds/ends", {"round_id": key})

    record = site.browser.get(f"/rounds/{key}").text

    assert 'class="track"' in record
    assert "走过" in record
    assert "街面秩序" in record


def test_a_leader_sees_the_rounds_below_and_another_does_not(site):
    key = site.start()
    site.browser.sign_in(site.make.person(Role.HEAD, site.street))
    assert "李巡" in site.browser.get("/rounds").text
    assert "李巡" in site.browser.get(f"/rounds/{key}").text

    site.browser.sign_in(site.make.person(Role.HEAD, site.make.grid()))
    assert "李巡" not in site.browser.get("/rounds").text
    site.browser.get(f"/rounds/{key}", status=404)


def test_a_leader_confirms_what_was_written_in_later(site):
    key = site.start(
        made_at=(NOW - 60 * MINUTE).isoformat(), seen_at=(NOW - 60 * MINUTE).isoformat()
    )
    form = {"round_id": key, "cell_id": site.cells[0].id, "method": "by_hand", "because": "phone"}
    site.browser.post("/rounds/visits", {**form, "minutes_ago": 30})
    (visit,) = site.make.rows(Visit)
    site.browser.post(f"/rounds/visits/{visit.id}/confirmation", status=403)

    site.browser.sign_in(leader := site.make.person(Role.HEAD, site.community))
    assert "confirmation" in site.browser.get(f"/rounds/{key}").text
    site.browser.post(f"/rounds/visits/{visit.id}/confirmation")

    assert site.make.reload(Visit, visit.id).confirmed_by == leader.id


def test_nobody_confirms_what_was_written_in_later_once_a_violation_there_is_known(site):
    hour_ago = (NOW - 60 * MINUTE).isoformat()
    key = site.start(made_at=hour_ago, seen_at=hour_ago)
    form = {"round_id": key, "cell_id": site.cells[0].id, "method": "by_hand", "because": "phone"}
    site.browser.post("/rounds/visits", {**form, "minutes_ago": 30})
    (visit,) = site.make.rows(Visit)
    site.make.event_class()
    here = {"code": "E0405", "lon": site.cells[0].lon, "lat": site.cells[0].lat}
    site.browser.send("/findings", here)

    site.browser.sign_in(site.make.person(Role.HEAD, site.community))
    answer = site.browser.post(f"/rounds/visits/{visit.id}/confirmation", status=409)

    assert "倒查陈述" in answer.text
    assert site.make.reload(Visit, visit.id).confirmed_by is None


GPX = """<gpx><trk><trkseg>{points}</trkseg></trk></gpx>"""


def upload(site, key, content, *, status=303):
    answer = site.browser.client.post(
        f"/rounds/{key}/track-file",
        data={"track": (BytesIO(content), "walk.gpx")},
        content_type="multipart/form-data",
        headers=OURS,
    )
    assert answer.status_code == status, answer.text[:600]
    return answer


def points(cell, start, count=12):
    return "".join(
        f'<trkpt lat="{cell.lat}" lon="{cell.lon}"><time>'
        f"{(start + timedelta(seconds=10 * number)).isoformat()}</time></trkpt>"
        for number in range(count)
    )


def test_the_track_of_another_recorder_fills_a_round_in(site):
    then = NOW - 30 * MINUTE
    key = site.start(made_at=then.isoformat(), seen_at=then.isoformat())

    upload(site, key, GPX.format(points=points(site.cells[1], then + MINUTE)).encode())

    (visit,) = site.make.rows(Visit)
    assert (visit.cell_id, visit.method) == (site.cells[1].id, Method.TRACK)


def test_a_file_may_be_larger_than_a_form_but_not_without_end(site):
    then = NOW - 30 * MINUTE
    key = site.start(made_at=then.isoformat(), seen_at=then.isoformat())
    gpx = GPX.format(points=points(site.cells[1], then + MINUTE)).encode()

    upload(site, key, gpx + b" " * 1_500_000)
    upload(site, key, gpx + b" " * tracks.LARGEST, status=422)
    upload(site, key, b" " * (tracks.LARGEST + 100_000), status=413)


@pytest.mark.hostile
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<gpx/>", b"<!DOCTYPE a><gpx/>"])
def test_a_file_that_is_no_track_is_refused_in_words(site, content):
    key = site.start()

    answer = upload(site, key, content, status=422)

    assert 'role="alert"' in answer.text
    assert site.make.rows(TrackBatch) == []


def test_a_track_of_another_time_is_refused(site):
    key = site.start()

    upload(
        site, key, GPX.format(points=points(site.cells[1], NOW - 600 * MINUTE)).encode(), status=422
    )


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/rounds", {"grid_id": "x"}),
        ("/rounds", {}),
        ("/rounds/visits", {}),
        ("/rounds/visits", {"round_id": "x", "cell_id": "y"}),
        ("/rounds/visits", {"lon": "nan", "lat": "34.7", "accuracy": "5"}),
        ("/rounds/visits", {"lon": "34.76", "lat": "113.66", "accuracy": "5"}),
        ("/rounds/visits", {"lon": "113.66"}),
        ("/rounds/visits", {"seen_at": "yesterday"}),
        (
            "/rounds/visits",
            {"seen_at": "9999-12-31T23:59:59+00:00", "made_at": "0001-01-01T00:00:00"},
        ),
        ("/rounds/tracks", {"first": "-1", "from_at": "x", "points": ""}),
        ("/rounds/tracks", {"first": "0", "from_at": "2026-11-06T00:00:00Z", "points": "1_2_3"}),
        (
            "/rounds/tracks",
            {"first": "0", "from_at": "2026-11-06T00:00:00Z", "points": "nan_1_1_1"},
        ),
        (
            "/rounds/tracks",
            {"first": "0", "from_at": "2026-11-06T00:00:00Z", "points": "1_1_1_1e300"},
        ),
        ("/rounds/clear-notes", {"topics": "x" * 40}),
        ("/rounds/ends", {"words": "x" * 500}),
    ],
)
def test_nonsense_is_refused_and_nothing_is_stored(site, path, form):
    key = site.start()
    if path != "/rounds" and "round_id" not in form:
        form = {"round_id": key, "cell_id": site.cells[0].id, **form}

    answer = site.browser.send(path, form, status=None)

    assert 400 <= answer.status_code < 500, answer.status
    assert site.make.rows(Visit) == site.make.rows(TrackBatch) == site.make.rows(ClearNote) == []


def test_nobody_writes_into_the_round_of_another(site):
    key = site.start()
    site.browser.sign_in(site.make.person(Role.OFFICER, site.grid))

    for path in ("pauses", "resumptions", "ends", "clear-notes", "visits"):
        form = {
            "round_id": key, "cells": site.cells[0].id, "topics": "street_order",
            "cell_id": site.cells[0].id, "because": "phone", "method": "by_hand",
        }  # fmt: skip
        site.browser.send(f"/rounds/{path}", form, status=404)


def test_the_list_goes_on_to_a_second_page(site):
    rounds = [
        Round(
            id=uuid7(), officer_id=site.officer.id, grid_id=site.grid.id, mode="foot",
            started_at=NOW - number * MINUTE, ended_at=NOW, made_at=NOW, received_at=NOW,
        )
        for number in range(51)
    ]  # fmt: skip
    site.make.store(*rounds)

    assert site.browser.get("/rounds").text.count('href="/rounds/01') == 50
    assert site.browser.get("/rounds?page=2").text.count('href="/rounds/01') == 1


def test_what_was_seen_yesterday_is_to_be_walked_again_today(site):
    for cell in site.cells:
        credit = site.make.reload(Standing, (site.plan.id, cell.id))
        credit.seen_at = NOW - timedelta(hours=24)
        site.make.store(credit)

    assert "开始巡查" in site.browser.get("/").text
    walk = site.browser.get("/rounds/new").text
    assert walk.count('data-place="due"') == 2 * 4  # on the map and in the list


def test_no_rounds_is_a_drawn_state(site):
    assert 'class="blank"' in site.browser.get("/rounds").text
