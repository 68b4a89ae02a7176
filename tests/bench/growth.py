"""Draws how figures grow, with history and with cells, as one sheet of SVG."""

from collections.abc import Sequence
from html import escape
from math import log10
from typing import Any

from tests.bench.promises import Promise

DRAWN = ("map_ms", "today_ms", "standing_ms", "close_s", "worker_mib")
COLOURS = {"sqlite": "#b45309", "postgres": "#1d4ed8"}
WIDTH, HEIGHT, LEFT, ABOVE = 300, 130, 60, 46  # of a panel, and of what stands before it
Points = Sequence[dict[str, Any]]


def drawn(points: Points, promises: Sequence[Promise]) -> str:
    """A row for each figure: over the visits of the largest city, and over the cells of all."""
    known = {one.name: one for one in promises}
    parts = [_legend(points)]
    for row, name in enumerate(DRAWN):
        top = ABOVE + row * (HEIGHT + ABOVE)
        highest = 1.15 * max(known[name].most or 0, *(one[name] for one in points))
        for column, axis in enumerate(("visits", "cells")):
            left = LEFT + column * (WIDTH + LEFT)
            parts.append(_panel(points, known[name], axis, (left, top), highest))
    wide = 2 * (WIDTH + LEFT) + LEFT // 2
    high = len(DRAWN) * (HEIGHT + ABOVE) + ABOVE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
        f'font-family="sans-serif" font-size="11"><rect width="{wide}" height="{high}" '
        f'fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _legend(points: Points) -> str:
    kinds = dict.fromkeys(one["kind"] for one in points)
    return "".join(
        f'<text x="{LEFT + place * 90}" y="18" fill="{COLOURS[kind]}">● {kind}</text>'
        for place, kind in enumerate(kinds)
    )


def _panel(
    points: Points, promise: Promise, axis: str, corner: tuple[int, int], highest: float
) -> str:
    left, top = corner
    ends = [log10(one[axis]) for one in points]
    first, last = int(min(ends)), -int(-max(ends) // 1)

    def x(value: float) -> float:
        return left + WIDTH * (log10(value) - first) / max(1, last - first)

    def y(value: float) -> float:
        return top + HEIGHT * (1 - value / highest)

    title = f"{promise.name} ({promise.unit}) over {axis}"
    parts = [
        f'<text x="{left}" y="{top - 8}" font-weight="bold">{escape(title)}</text>',
        f'<path d="M{left} {top}V{top + HEIGHT}H{left + WIDTH}" fill="none" stroke="#555"/>',
    ]
    parts += [
        f'<text x="{x(10**power):.0f}" y="{top + HEIGHT + 14}" text-anchor="middle">'
        f"{10**power:,}</text>"
        for power in range(first, last + 1)
    ]
    if promise.most is not None:
        at = y(promise.most)
        parts.append(
            f'<path d="M{left} {at:.1f}h{WIDTH}" stroke="#b91c1c" stroke-dasharray="4 3"/>'
            f'<text x="{left - 4}" y="{at + 4:.1f}" text-anchor="end">{promise.most:g}</text>'
        )
    for kind in dict.fromkeys(one["kind"] for one in points):
        some = _line(points, kind, axis)
        places = [(x(one[axis]), y(one[promise.name])) for one in some]
        steps = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        dots = "".join(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in places)
        labels = "".join(
            f'<text x="{a:.1f}" y="{b - 6:.1f}" text-anchor="middle">{one[promise.name]:g}</text>'
            for (a, b), one in zip(places, some, strict=True)
        )
        parts.append(
            f'<g fill="{COLOURS[kind]}"><polyline points="{steps}" fill="none" '
            f'stroke="{COLOURS[kind]}"/>{dots}{labels}</g>'
        )
    return "".join(parts)


def _line(points: Points, kind: str, axis: str) -> Points:
    """Over visits the two points of the largest city, over cells the whole history of each."""
    own = [one for one in points if one["kind"] == kind]
    return own[-2:] if axis == "visits" else [one for one in own if one["share"] == 1]
