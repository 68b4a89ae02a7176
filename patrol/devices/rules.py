"""How long a phone may deliver, what it must prove, and which of its numbers are missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

LASTS = timedelta(days=7)  # how long a phone may deliver after the person signed in


@dataclass(frozen=True)
class Gap:
    """Numbers of a phone that never arrived, first and last of a run."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """How many."""
        return self.last - self.first + 1


def gaps(numbers: Iterable[int], newest: int) -> list[Gap]:
    """The runs missing from 1 to `newest` when these numbers arrived."""
    found, wanted = [], 1
    for number in (*sorted(set(numbers)), newest + 1):
        if number > wanted:
            found.append(Gap(wanted, number - 1))
        wanted = max(wanted, number + 1)
    return found


def proof_of(device: UUID, person: UUID) -> bytes:
    """What a phone signs to show that it holds the key it names."""
    return f"patrol enrol 1\n{device}\n{person}".encode()
