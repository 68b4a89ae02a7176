"""The first catalogue of a site, and a city's own table taken over it in versions."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from patrol.catalogue import queries, service
from patrol.catalogue.model import CalendarDay, EventClass, Topic
from patrol.catalogue.rules import TOPICS
from patrol.catalogue.words import FAULTS, TOPIC_NAMES
from patrol.core.calendar import LimitUnit
from patrol.core.errors import Refused
from patrol.core.store import Database
from tests.make import Make

NOW = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
HEAD = "类别,大类代码,大类名称,小类代码,小类名称,立案条件,结案条件,处置时限\n"
VENDOR = "事件,4,街面秩序,1,无照经营游商,流动摊贩,取缔,4小时\n"


def seeded(database: Database) -> None:
    with database.transaction() as session:
        assert service.seed(session, now=NOW) == 98


def test_a_new_site_gets_the_first_catalogue_once(database: Database, make: Make) -> None:
    seeded(database)

    with database.transaction() as session:
        assert service.seed(session, now=LATER) == 0
        assert len(queries.favourites(session, at=LATER)) == 10
        assert [topic.code for topic in queries.topics(session)] == [t.code for t in TOPICS]
        building = queries.class_by_code(session, "E0101", at=LATER)
        assert building is not None
        conditions = queries.conditions_of(session, building.id)
    assert (building.stop_amount, building.stop_unit) == (4, LimitUnit.URGENT_HOUR)
    assert [(c.limit_amount, c.limit_unit) for c in conditions] == [
        (2, LimitUnit.URGENT_DAY),
        (15, LimitUnit.WORK_DAY),
    ]


def test_a_changed_class_gets_a_new_version_and_the_old_one_stays(
    database: Database, make: Make
) -> None:
    seeded(database)

    with database.transaction() as session:
        taken = service.take_table(session, None, (HEAD + VENDOR).encode(), now=LATER)

    assert (taken.added, taken.changed) == ((), ("E0401",))
    with database.reading() as session:
        old = queries.class_by_code(session, "E0401", at=NOW)
        new = queries.class_by_code(session, "E0401", at=LATER)
        assert old is not None
        assert new is not None
        assert (new.id != old.id, new.favourite, new.stop_amount) == (True, 10, 2)
        (condition,) = queries.conditions_of(session, new.id)
        assert (condition.filing, condition.limit_unit) == ("流动摊贩", LimitUnit.WORK_HOUR)
        assert len(queries.classes(session, at=LATER)) == 98


def test_taking_the_same_table_again_changes_nothing(database: Database, make: Make) -> None:
    seeded(database)

    for _ in range(2):
        with database.transaction() as session:
            taken = service.take_table(session, None, (HEAD + VENDOR).encode(), now=LATER)

    assert taken.unchanged == ("E0401",)


def test_a_dry_run_reports_and_stores_nothing(database: Database, make: Make) -> None:
    seeded(database)
    content = (HEAD + VENDOR + "事件,4,街面秩序,2,夜市,,,立即\n").encode()

    with database.transaction() as session:
        taken = service.take_table(session, None, content, dry_run=True, now=LATER)

    assert (taken.changed, len(taken.table.faults)) == (("E0401",), 1)
    assert len(make.rows(EventClass)) == 98


def test_a_table_with_faults_is_refused_whole(database: Database, make: Make) -> None:
    seeded(database)
    content = (HEAD + VENDOR + "事件,4,街面秩序,2,夜市,,,立即\n").encode()

    with (
        pytest.raises(Refused, match="categories-faulty"),
        database.transaction() as session,
    ):
        service.take_table(session, None, content, now=LATER)
    assert len(make.rows(EventClass)) == 98


def test_a_whole_citys_table_is_taken(database: Database, make: Make, shared: Path) -> None:
    content = (shared / "categories" / "yuncheng_case_standards_original.xlsx").read_bytes()
    seeded(database)

    with database.transaction() as session:
        taken = service.take_table(session, None, content, now=LATER)

    assert (len(taken.added), len(taken.changed), len(taken.unchanged)) == (92, 98, 0)
    with database.reading() as session:
        assert len(queries.classes(session, at=LATER)) == 190
        felling = queries.class_by_code(session, "E0122", at=LATER)
    assert felling is not None
    assert (felling.stop_amount, felling.stop_unit) == (1, LimitUnit.URGENT_HOUR)


def test_the_citys_own_days_lie_over_the_states_calendar(database: Database, make: Make) -> None:
    make.store(CalendarDay(day=date(2026, 11, 20), works=False, name="马拉松"))

    with database.reading() as session:
        calendar = queries.calendar(session)

    assert not calendar.is_workday(date(2026, 11, 20))
    assert calendar.is_workday(date(2026, 9, 20))


def test_a_setting_is_kept_and_changed(database: Database, act: Callable[..., Any]) -> None:
    for value in ("demo", {"kind": "demo"}):
        with database.transaction() as session:
            service.set_figure(session, None, "site.kind", value, now=NOW)

    with database.reading() as session:
        assert queries.setting(session, "site.kind") == {"kind": "demo"}
        assert queries.setting(session, "site.other", 7) == 7


def test_every_topic_of_the_first_catalogue_has_its_words() -> None:
    assert set(TOPIC_NAMES) == {fact.code for fact in TOPICS}


def test_the_command_names_the_row_and_stores_nothing(
    app: Any, database: Database, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from patrol.cli.categories import command

    monkeypatch.setenv("PATROL_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("PATROL_HOME", str(tmp_path))
    file = tmp_path / "table.csv"
    file.write_text(HEAD + VENDOR + "事件,4,街面秩序,2,夜市,,,立即\n")

    told = CliRunner().invoke(command, ["import", str(file), "--json"])

    assert told.exit_code == 1
    assert [fault["row"] for fault in json.loads(told.stdout)["faults"]] == [3]
    assert make.rows(Topic) == []
    file.write_text(HEAD + VENDOR)
    told = CliRunner().invoke(command, ["import", str(file), "--json"])
    assert (told.exit_code, json.loads(told.stdout)["changed"]) == (0, 1)
    assert set(FAULTS) >= {"limit-unreadable"}
