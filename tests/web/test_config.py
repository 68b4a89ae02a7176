"""Settings are read once and refused loudly when wrong."""

from pathlib import Path

import pytest

from patrol import config
from patrol.app import create_app
from patrol.config import Settings, complete
from patrol.core import clock
from patrol.core.store import Database
from tests.conftest import NOW
from tests.make import Make


def test_nothing_told_gives_a_site_in_the_data_folder(tmp_path: Path) -> None:
    settings = config.load({"PATROL_HOME": str(tmp_path)})

    assert settings.database_url == f"sqlite:///{tmp_path / 'patrol.db'}"
    assert settings.media.is_dir()
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_the_secret_stays_the_same_from_start_to_start(tmp_path: Path) -> None:
    first, second = (config.load({"PATROL_HOME": str(tmp_path)}) for _ in range(2))

    assert first.secret_key == second.secret_key


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PATROL_TIMEZONE", "Mars/Base", "PATROL_TIMEZONE"),
        ("PATROL_DATABASE_URL", "mysql://x", "postgresql"),
        ("PATROL_PROXIES", "many", "PATROL_PROXIES"),
        ("PATROL_SECRET_KEY", "short", "32 characters"),
        ("PATROL_HOEM", "x", "PATROL_HOEM"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_should_be(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        config.load({"PATROL_HOME": str(tmp_path), name: value})


def test_a_site_with_real_people_refuses_another_time(database: Database, tmp_path: Path) -> None:
    url = database.url.render_as_string(hide_password=False)
    settings = complete(Settings(home=tmp_path, database_url=url, clock="+1d"))
    create_app(settings, database)
    Make(database, NOW).person()

    with pytest.raises(ValueError, match="PATROL_CLOCK"):
        create_app(settings, database)

    clock.tell(None)
