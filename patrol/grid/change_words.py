"""Changes of the grid in words: what can be done, what was done, and what the forms ask."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from patrol.grid.model import Alters, Change, Level

CHANGES: dict[tuple[Level, Alters], Any] = {
    (Level.GRID, Alters.SPLIT): _l("Split the grid"),
    (Level.GRID, Alters.MERGE): _l("Merge with neighbours"),
    (Level.GRID, Alters.RENAME): _l("Rename the grid"),
    (Level.GRID, Alters.RETIRE): _l("Retire the grid"),
    (Level.CELL, Alters.SPLIT): _l("Split a cell"),
    (Level.CELL, Alters.MERGE): _l("Merge cells"),
    (Level.CELL, Alters.RENAME): _l("Rename a cell"),
    (Level.CELL, Alters.RETIRE): _l("Retire cells"),
    (Level.GRID, Alters.RECUT): _l("Cells cut anew"),
}
TOLD: dict[tuple[Level, Alters], Any] = {
    (Level.GRID, Alters.SPLIT): _l(
        "Two grids take over. What lies in one of them keeps its code and number; a cell on the "
        "line is cut, and its parts get new codes. Posts and plans go on in both."
    ),
    (Level.GRID, Alters.MERGE): _l(
        "One grid takes over from several of the same tier that touch. Posts and plans go on in it."
    ),
    (Level.GRID, Alters.RENAME): _l("The code stays; the past keeps the old name."),
    (Level.GRID, Alters.RETIRE): _l(
        "It ends with all below it, and nobody takes over. What happened there stays on record."
    ),
    (Level.CELL, Alters.SPLIT): _l("Two cells with new codes take over; both keep its last visit."),
    (Level.CELL, Alters.MERGE): _l(
        "One cell with a new code takes over; it counts as visited when all of its parts were."
    ),
    (Level.CELL, Alters.RENAME): _l("Code and number stay. Leave the name empty to take it away."),
    (Level.CELL, Alters.RETIRE): _l(
        "Their ground stays in the grid and is patrolled no more; visits stay on record."
    ),
}
LABELS: dict[str, Any] = {
    "level": "",
    "kind": "",
    "members": _l("Which cells"),
    "line": _l("Dividing line"),
    "code": _l("Code of the new grid"),
    "name": _l("Name of the new grid"),
    "other_code": _l("Code of the second grid"),
    "other_name": _l("Name of the second grid"),
    "from_day": _l("From the beginning of"),
}
LABELS_OF: dict[tuple[Level, Alters], dict[str, Any]] = {
    (Level.GRID, Alters.SPLIT): {
        "code": _l("Code of the first grid"),
        "name": _l("Name of the first grid"),
        "members": _l("What goes to the second grid"),
    },
    (Level.GRID, Alters.MERGE): {"members": _l("Neighbours of the same tier")},
    (Level.GRID, Alters.RENAME): {"name": _l("New name")},
    (Level.GRID, Alters.RETIRE): {"name": _l("Reason")},
    (Level.CELL, Alters.RENAME): {"name": _l("New name")},
    (Level.CELL, Alters.RETIRE): {"name": _l("Reason")},
}
HINTS: dict[str, Any] = {
    "line": _l(
        "Longitude and latitude of each point (WGS 84), such as 113.661,34.762 113.668,34.761; "
        "from border to border."
    ),
    "from_day": _l("Left empty it takes effect now."),
}
STATES: dict[str, Any] = {
    "planned": _l("planned"),
    "done": _l("carried out"),
    "unfit": _l("did not fit any more"),
    "off": _l("called off"),
}


SAID: dict[tuple[Level, Alters], Any] = {
    (Level.GRID, Alters.SPLIT): _l("becomes %(parts)s"),
    (Level.GRID, Alters.MERGE): _l("becomes %(name)s, with %(others)s"),
    (Level.GRID, Alters.RENAME): _l("is called %(name)s"),
    (Level.GRID, Alters.RETIRE): _l("ends: %(reason)s"),
    (Level.GRID, Alters.RECUT): _l("cut into cells of %(size_m)s m"),
    (Level.CELL, Alters.SPLIT): _l("cell %(cells)s becomes two"),
    (Level.CELL, Alters.MERGE): _l("cells %(cells)s become one"),
    (Level.CELL, Alters.RENAME): _l("cell %(cells)s is called %(name)s"),
    (Level.CELL, Alters.RETIRE): _l("cells %(cells)s end: %(reason)s"),
}


def change(found: Change) -> str:
    """What a change does, in a sentence."""
    terms = found.terms
    cells = terms.get("cells") or ([terms["cell"]] if "cell" in terms else [])
    parts = [f"{part['name']} ({part['code']})" for part in terms.get("parts", ())]
    facts = {
        **terms,
        "name": terms.get("name") or "—",
        "parts": _(" and ").join(parts),
        "others": _(", ").join(terms.get("with", ())),
        "cells": _(", ").join(cells[:5]) + ("…" if len(cells) > 5 else ""),
    }
    return str(SAID[found.level, found.kind]) % facts


def state(found: Change) -> str:
    """How far a change is: planned, done, unfit or called off."""
    if found.done_at is not None:
        return "done"
    if found.off_at is not None:
        return "unfit" if found.off_why else "off"
    return "planned"
