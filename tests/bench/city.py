"""A generated city: what its busiest pages and jobs cost, and how that grows with its history.

Each city is measured twice, at a tenth of its history and at all of it; smaller cities with the
same history for each cell show what the number of cells adds.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from patrol.cli._shell import progress
from patrol.config import Settings, complete
from patrol.core import clock
from patrol.core.store import Database
from tests import postgres
from tests.bench.costs import costs, memory
from tests.bench.ground import DAYS, NOW, lay
from tests.bench.growth import drawn
from tests.bench.history import History, keep
from tests.bench.promises import Promise, table
from tests.bench.site import build
from tests.make import Make

PROMISES = (
    Promise("map_ms", "ms", most=50),
    Promise("map_bytes", "bytes", most=60_000),
    Promise("map_growth", "of a tenth", most=1.2),
    Promise("standing_ms", "ms", most=5),
    Promise("close_s", "s", most=60),
    Promise("today_ms", "ms", most=20),
    Promise("worker_mib", "MiB", most=350),
    Promise("wrong", "", most=0),
)
LEAST = 1_000  # cells of the smallest city


@dataclass(frozen=True)
class Size:
    """How large a city is."""

    cells: int
    visits: int

    def smaller(self) -> list["Size"]:
        """Cities of a hundredth and a tenth of the cells, each with as long a history."""
        shares = (one for one in (100, 10) if self.cells // one >= LEAST)
        return [Size(self.cells // one, self.visits // one) for one in shares]


SIZES = {"sqlite": Size(10_000, 100_000), "postgres": Size(100_000, 10_000_000)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both databases; 0 when every promise is held."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.city", description=__doc__)
    parser.add_argument("--databases", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--cells", type=int, help="of the largest city")
    parser.add_argument("--visits", type=int, help="to its cells in a year")
    home = Path(os.environ.get("PATROL_HOME", "var"))
    parser.add_argument("--plot", type=Path, default=home / "city.svg", help="where to draw")
    asked = parser.parse_args(arguments)
    points: list[dict[str, Any]] = []
    for kind in asked.databases:
        usual = SIZES[kind]
        size = Size(asked.cells or usual.cells, asked.visits or usual.visits)
        for one in (*size.smaller(), size):
            for point in measured(kind, one):
                sys.stderr.write(f"{json.dumps(point)}\n")
                points.append(point)
    whole = {kind: _whole(points, kind) for kind in asked.databases}
    asked.plot.parent.mkdir(parents=True, exist_ok=True)
    asked.plot.write_text(drawn(points, PROMISES))
    report = {"size": "city", "at": _at(), "plot": str(asked.plot), "points": points, **whole}
    sys.stdout.write(json.dumps(report, indent=1) + "\n\n")
    return 1 if table(PROMISES, whole) else 0


def measured(kind: str, size: Size) -> Iterator[dict[str, Any]]:
    """The figures of one city at a tenth of its history and at all of it."""
    with TemporaryDirectory(prefix="patrol-city-") as folder, _site(kind, Path(folder)) as site:
        settings, database = site
        make, ground = Make(database, NOW), lay(database, size.cells)
        history = History(ground, size.visits)
        tenth = DAYS - -(-DAYS // 10)
        for share, days in ((0.1, range(tenth, DAYS)), (1.0, range(tenth))):
            label = f"{kind}, {size.cells} cells, {int(size.visits * share)} visits"
            keep(database, history, progress(days[::-1], label), whole=share == 1)
            found = costs(settings, make, ground)
            found["worker_mib"] = memory(settings, make, ground)
            yield {
                "kind": kind,
                "cells": ground.cells,
                "visits": history.visits,
                "share": share,
                "at": _at(),
                "load": round(os.getloadavg()[0], 2),
                **found,
            }


@contextmanager
def _site(kind: str, home: Path) -> Iterator[tuple[Settings, Database]]:
    """An empty site that lives at the moment after the history."""
    url = "" if kind == "sqlite" else postgres.postgres_url(durable=True)
    told = {"database_url": url} if url else {}
    settings = complete(Settings(home=home, clock=NOW.isoformat(), **told))
    build(settings.database_url)
    database = Database(settings.database_url)
    clock.live_in(settings.zone)
    try:
        yield settings, database
    finally:
        clock.tell(None)
        database.close()
        if url:
            postgres.drop(url)


def _whole(points: Sequence[dict[str, Any]], kind: str) -> dict[str, Any]:
    """What the largest city of a kind came to, beside its beginning."""
    before, after = [one for one in points if one["kind"] == kind][-2:]
    return {**after, "map_growth": round(after["map_ms"] / before["map_ms"], 2)}


def _at() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    sys.exit(main())
