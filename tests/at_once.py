"""Two writers at once: the second begins while the first has not committed yet."""

from collections.abc import Callable
from threading import Thread

from sqlmodel import Session

from patrol.core.errors import Refused
from patrol.core.store import Database

MEANWHILE = 0.5  # seconds in which the second reads what it would, were it not made to wait


def second_of(
    database: Database, first: Callable[[Session], object], second: Callable[[Session], object]
) -> str:
    """What the second is refused with; nothing where both are taken."""
    said: list[str] = []

    def come_second() -> None:
        try:
            with database.transaction() as session:
                second(session)
        except Refused as error:
            said.append(error.code)

    other = Thread(target=come_second)
    with database.transaction() as session:
        first(session)
        other.start()
        other.join(MEANWHILE)
    other.join()
    return "".join(said)
