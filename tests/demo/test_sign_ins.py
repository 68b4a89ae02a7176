"""The sign-ins of a demo as the command line tells them."""

import json
from pathlib import Path
from typing import Any

from patrol.catalogue.service import set_figure
from patrol.cli._sign_ins import show_sign_ins, table
from patrol.config import Settings, complete
from patrol.core.store import Database
from patrol.demo import load
from tests.conftest import NOW


def told(home: Path, database: Database, monkeypatch: Any) -> Settings:
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("PATROL_HOME", str(home))
    monkeypatch.setenv("PATROL_DATABASE_URL", url)
    return complete(Settings(home=home, database_url=url))


def keep(home: Path) -> None:
    kept = [{"role": "officer", "login": "officer", "password": "jinshui-1"}]
    (home / load.SIGN_INS).write_text(json.dumps(kept), "utf-8")


def test_columns_begin_below_each_other_whatever_the_script() -> None:
    assert table([("督查", "a", "x"), ("supervisor", "bcd", "y")]) == [
        "  督查        a    x",
        "  supervisor  bcd  y",
    ]


def test_a_demo_tells_its_sign_ins_with_the_roles_in_words(
    database: Database, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    keep(tmp_path)
    with database.transaction() as session:
        set_figure(session, None, load.KIND, "demo", now=NOW)

    show_sign_ins(told(tmp_path, database, monkeypatch))

    assert capsys.readouterr().out == "  巡查员  officer  jinshui-1\n"


def test_a_terminal_in_english_is_told_in_english(
    database: Database, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    keep(tmp_path)
    with database.transaction() as session:
        set_figure(session, None, load.KIND, "demo", now=NOW)
    settings = told(tmp_path, database, monkeypatch)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")

    show_sign_ins(settings)

    assert capsys.readouterr().out == "  patrol officer  officer  jinshui-1\n"


def test_a_site_that_is_no_demo_tells_none(
    database: Database, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    show_sign_ins(told(tmp_path, database, monkeypatch))
    keep(tmp_path)
    show_sign_ins(told(tmp_path, database, monkeypatch))

    assert capsys.readouterr().out == ""
