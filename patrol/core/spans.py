"""Spans of time beside one another."""

from collections.abc import Iterable
from datetime import datetime


def unbroken(
    spans: Iterable[tuple[datetime, datetime | None]], start: datetime, end: datetime | None
) -> bool:
    """Whether spans together hold all of [start, end); without an end they go on for ever."""
    reached = start
    for since, until in sorted(spans, key=lambda span: span[0]):
        if since > reached:
            break
        if until is None:
            return True
        reached = max(reached, until)
    return end is not None and reached >= end
