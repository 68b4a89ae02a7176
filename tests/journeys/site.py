"""A small city on a real database, served by `patrol serve` in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from playwright.sync_api import Page
from sqlalchemy import update

from patrol.catalogue import service as catalogue
from patrol.catalogue.model import Setting
from patrol.core.roles import Role
from patrol.core.store import Database
from patrol.escalation import service as escalation
from patrol.grid.model import Cell
from patrol.people.model import Person
from patrol.people.passwords import hashed
from tests.make import Make

T = TypeVar("T")
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
    "fourth": (Role.SUPERVISOR, "杨督"),
    "legal": (Role.LEGAL, "卫法"),
    "dispatcher": (Role.DISPATCHER, "蒋派"),
    "auditor": (Role.AUDITOR, "沈审"),
}


class Site:
    """The city, its processes, and the clock it lives by."""

    def __init__(self, url: str, home: Path) -> None:
        """Take an empty database."""
        self.database_url, self.home = url, home
        self.clock = home / "clock"
        self.offset = timedelta()
        self.move(timedelta())
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = {
            **os.environ,
            "PATROL_HOME": str(home),
            "PATROL_DATABASE_URL": url,
            "PATROL_CLOCK": f"@{self.clock}",
        }

    def settle(self) -> None:
        """Make the tables; put people, posts, cells, classes, ladders and a daily plan in."""
        made = self.patrol("db", "upgrade")
        if made.returncode:
            raise RuntimeError(made.stdout + made.stderr)
        database = Database(self.database_url)
        self.make = make = Make(database, self.now)
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
            catalogue.seed(session, now=self.now - timedelta(days=90))
            escalation.seed_ladders(session, now=self.now - timedelta(days=90))
        self.plan = make.plan(
            self.grid,
            made_by=self.people["squad"].id,
            name="街面日常巡查",
            topics=["street_order", "city_appearance"],
        )

    def start(self) -> None:
        """Serve it and wait until it is ready."""
        with (self.home / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "patrol.cli", "serve", "--port", str(self.port),
                 "--no-worker", "--processes", "1"],
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + 60
        while not self._answers():
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError((self.home / "serve.log").read_text())
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the processes, gently or not."""
        self.cut(how)
        self.database.close()

    def cut(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Let nobody answer any more until it is started again."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, how)
            self.process.wait(30)

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

    @property
    def now(self) -> datetime:
        """The moment it is at the site."""
        return datetime.now(UTC) + self.offset

    def move(self, distance: timedelta) -> None:
        """Let time pass at the site, where its clock then runs on."""
        self.offset += distance
        hours, minutes = divmod(int(self.offset.total_seconds() // 60), 60)
        self.clock.write_text(f"+{hours}h{minutes}m")

    def sign_in(self, page: Page, login: str) -> None:
        """Sign in at the screen."""
        page.goto(self.url + "/sign-in")
        page.fill("[name=login]", login)
        page.fill("[name=password]", PASSWORD)
        page.click("form button[type=submit]")
        page.wait_for_url(lambda url: "/sign-in" not in url)

    def where(self, number: int = 1) -> dict[str, float]:
        """The middle of a cell, as a browser tells a position."""
        cell = self.cells[number - 1]
        return {"longitude": cell.lon, "latitude": cell.lat}

    def id(self, login: str) -> UUID:
        """Somebody's id."""
        return self.people[login].id

    def login_of(self, person_id: UUID) -> str:
        """The sign-in of somebody."""
        return next(login for login, one in self.people.items() if one.id == person_id)

    def speak(self, language: str) -> None:
        """Have everybody read in this language."""
        with self.database.transaction() as session:
            session.execute(update(Person).values(locale=language))

    def wait_for(self, found: Callable[[], list[T]]) -> list[T]:
        """What `found` gives as soon as it gives anything."""
        until = time.monotonic() + 40
        while not (rows := found()) and time.monotonic() < until:
            time.sleep(0.1)
        return rows

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
