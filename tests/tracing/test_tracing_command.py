import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from patrol.cli import main
from tests.tracing.scenario import store_all
from tests.tracing.worked import FINDING

SAID: dict[str, str] = {}  # what the first database said


@pytest.fixture
def run(make, database, tmp_path, monkeypatch):
    """Run `patrol` on this database at the true time."""
    make.now = datetime.now(UTC)
    store_all(make)
    monkeypatch.setenv("PATROL_HOME", str(tmp_path))
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("PATROL_DATABASE_URL", url)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def once(*words, code=0):
        result = CliRunner().invoke(main, ["trace", *words])
        assert result.exit_code == code, result.output
        return result.output

    return once


def test_the_same_records_give_the_same_bytes_on_both_databases(run):
    one = run(str(FINDING), "--json", "--as-of", "2026-11-15T00:00+08:00")
    other = run("E0303-20261106-0001", "--json", "--as-of", "2026-11-15T00:00+08:00")

    assert one == other == SAID.setdefault("json", one)
    assert json.loads(one)["t1"] == "spans"


def test_it_answers_in_sentences(run):
    assert "11-04 未巡 → 李巡乙" in run(str(FINDING))


def test_what_it_does_not_know_it_says(run):
    assert "E9" in run("E9", code=2)
    run(str(FINDING), "--as-of", "yesterday", code=2)
