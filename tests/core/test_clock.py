"""The clock of a demo or test site can stand still, run elsewhere, or be moved by a file."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patrol.core import clock


@pytest.fixture(autouse=True)
def _true_time_afterwards() -> Iterator[None]:
    yield
    clock.tell(None)


def test_an_instant_stands_still() -> None:
    clock.tell("2026-11-06T10:00:00+08:00")

    assert clock.now() == clock.now() == datetime(2026, 11, 6, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "distance"),
    [("+1d2h30m", timedelta(days=1, hours=2, minutes=30)), ("-3h", -timedelta(hours=3))],
)
def test_a_shift_runs_on(told: str, distance: timedelta) -> None:
    clock.tell(told)

    assert abs(clock.now() - datetime.now(UTC) - distance) < timedelta(seconds=5)


def test_a_file_moves_the_clock_while_we_run(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("2026-11-06T10:00:00+08:00")
    clock.tell(f"@{file}")
    before = clock.now()

    file.write_text("2026-11-07T10:00:00+08:00\n")

    assert clock.now() - before == timedelta(days=1)


@pytest.mark.parametrize("nonsense", ["yesterday", "2026-11-06T10:00:00", "@/no/such/file"])
def test_nonsense_is_refused(nonsense: str) -> None:
    with pytest.raises((ValueError, OSError)):
        clock.tell(nonsense)
