"""A small city on a real database, served by `patrol serve` in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page

from patrol.catalogue import service as catalogue
from patrol.catalogue.model import Setting
from patrol.core.roles import Role
from patrol.core.store import Database
from patrol.escalation import service as escalation
from patrol.grid.model import Cell
from patrol.people.passwords import hashed
from tests.make import ORIGIN, STEP, Make

NOW = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)  # a Friday, 10:00 in Zhengzhou
PLACE = (ORIGIN[0] + 0.05 + STEP / 2, ORIGIN[1] + STEP / 2)
PASSWORD = "walks the grid 77"
STAFF = {
    "officer": (Role.OFFICER, "李巡"),
    "worker": (Role.WORKER, "王格"),
    "head": (Role.HEAD, "赵长"),
    "community": (Role.HEAD, "钱社"),
    "street": (Role.HEAD, "孙街"),
    "squad": (Role.SQUAD_LEADER, "周队"),
    "brigade": (Role.BRIGADE_LEADER, "吴大"),
    "bureau": (Role.BUREAU_LEADER, "郑局"),
    "supervisor": (Role.SUPERVISOR, "冯督"),
    "second": (Role.SUPERVISOR, "陈督"),
    "third": (Role.SUPERVISOR, "褚督"),
    "legal": (Role.LEGAL, "卫法"),
    "dispatcher": (Role.DISPATCHER, "蒋派"),
    "auditor": (Role.AUDITOR, "沈审"),
}


class Site:
    """The city, its processes, and the clock it lives by."""

    def __init__(self, url: str, home: Path) -> None:
        """Take a database with tables and nothing in them."""
        self.database_url, self.home = url, home
        self.clock = home / "clock"
        self.move_to(NOW)
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def settle(self) -> None:
        """Put people, posts, cells, classes, ladders and a daily plan in."""
        database = Database(self.database_url)
        self.make = make = Make(database, NOW)
        self.database = database
        make.store(Setting(key="site.kind", value="test"))
        self.street, self.community, self.grid = make.tree()
        self.cells: list[Cell] = make.cells(self.grid, 6)
        secret = hashed(PASSWORD)
        levels = {"head": self.grid, "community": self.community, "officer": self.grid}
        self.people = {
            login: make.person(
                role,
                levels.get(login, self.grid if login == "worker" else self.street),
                name=name,
                login=login,
                password=secret,
            )
            for login, (role, name) in STAFF.items()
        }
        with database.transaction() as session:
            catalogue.seed(session, now=NOW - timedelta(days=90))
            escalation.seed_ladders(session, now=NOW - timedelta(days=90))
        self.plan = make.plan(
            self.grid,
            made_by=self.people["squad"].id,
            name="街面日常巡查",
            topics=["street_order", "city_appearance"],
        )

    def start(self) -> None:
        """Serve it and wait until it is ready."""
        environ = {
            **os.environ,
            "PATROL_HOME": str(self.home),
            "PATROL_DATABASE_URL": self.database_url,
            "PATROL_CLOCK": f"@{self.clock}",
        }
        self.environ = environ
        with (self.home / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "patrol.cli", "serve", "--port", str(self.port),
                 "--no-worker", "--processes", "1"],
                env=environ,
                stdout=log,
                stderr=log,
            )  # fmt: skip
        until = time.monotonic() + 60
        while not self._answers():
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError((self.home / "serve.log").read_text())
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process, gently or not."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
        self.database.close()

    def work(self) -> None:
        """Run everything that is due by itself, once."""
        done = subprocess.run(
            [sys.executable, "-m", "patrol.cli", "worker", "--once"],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def patrol(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the app on this site."""
        return subprocess.run(
            [sys.executable, "-m", "patrol.cli", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def move_to(self, moment: datetime) -> None:
        """Set the clock of the site."""
        self.now = moment
        self.clock.write_text(moment.isoformat())

    def move(self, distance: timedelta) -> None:
        """Let time pass."""
        self.move_to(self.now + distance)

    def sign_in(self, page: Page, login: str) -> None:
        """Sign in at the screen."""
        page.goto(self.url + "/sign-in")
        page.fill("[name=login]", login)
        page.fill("[name=password]", PASSWORD)
        page.click("form button[type=submit]")
        page.wait_for_url(lambda url: "/sign-in" not in url)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
