"""What is promised: a figure to reach, or one not to pass."""

from dataclasses import dataclass


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
