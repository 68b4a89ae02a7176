"""`make torture MINUTES=20`: kill servers and phones for so long, then count what is there."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests import postgres
from tests.torture.run import Outcome, settled, torture

OFFICERS = 4


def main() -> int:
    """Torture each database for so many minutes; 0 when nothing was lost or doubled."""
    told = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    told.add_argument("--minutes", type=float, default=20, help="for each database")
    told.add_argument("--seed", type=int, default=int(time.time()))
    told.add_argument("--no-browsers", action="store_true", help="kill servers only")
    asked = told.parse_args()
    kinds = os.environ.get("DATABASES", "sqlite,postgres").split(",")
    seconds = asked.minutes * 60
    _say(f"seed={asked.seed} databases={','.join(kinds)} seconds_each={seconds:.0f}")
    outcomes = [_one(kind, seconds, asked.seed, browsers=not asked.no_browsers) for kind in kinds]
    kills = sum(one.server_kills + one.browser_kills for one in outcomes)
    found = [one.reckoning for one in outcomes]
    ledger = "ok" if all(one.ledger == "ok" for one in found) else "bad"
    _say(
        f"kills={kills} acknowledged={sum(one.acknowledged for one in found)} "
        f"lost={sum(one.lost for one in found)} doubled={sum(one.doubled for one in found)} "
        f"ledger={ledger}"
    )
    return 0 if all(one.sound for one in outcomes) else 1


def _one(kind: str, seconds: float, seed: int, *, browsers: bool) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="patrol-torture-") as folder:
        home = Path(folder)
        sqlite = kind == "sqlite"
        url = f"sqlite:///{home / 'patrol.db'}" if sqlite else postgres.postgres_url(durable=True)
        site = settled(url, home)
        outcome = torture(
            site, kind, seconds=seconds, clients=OFFICERS, seed=seed, browsers=browsers
        )
        site.database.close()
        _say(str(outcome))
        return outcome


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  this is what it is for


if __name__ == "__main__":
    sys.exit(main())
