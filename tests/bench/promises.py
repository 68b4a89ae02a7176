"""What is promised: a figure to reach, or one not to pass."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Promise:
    """A figure that must be reached, or not be passed."""

    name: str
    unit: str
    least: float | None = None
    most: float | None = None

    def held(self, figure: float) -> bool:
        """Whether the figure keeps it."""
        return (self.least is None or figure >= self.least) and (
            self.most is None or figure <= self.most
        )

    @property
    def bound(self) -> str:
        """As the table tells it."""
        return f"≥ {self.least:.4g}" if self.least is not None else f"≤ {self.most:.4g}"


def table(promises: Sequence[Promise], found: dict[str, dict[str, Any]]) -> int:
    """Write each promise with what was found, a column for each; how many are broken."""
    broken = 0
    sys.stdout.write(f"{'':24}{'promised':>14}{''.join(f'{name:>14}' for name in found)}\n")
    for promise in promises:
        cells = ""
        for figures in found.values():
            held = promise.held(figures[promise.name])
            broken += not held
            cells += f"{figures[promise.name]:>12.4g} {'✓' if held else '✗'}"
        sys.stdout.write(f"{promise.name:24}{promise.bound:>14}{cells}\n")
    return broken
