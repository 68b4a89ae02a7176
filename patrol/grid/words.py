"""The grid in words: what is wrong with areas, what is doubtful, and why something was refused."""

from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from patrol.grid.files import Doubt
from patrol.grid.model import Alters, Level, Sort, Tier
from patrol.grid.rules import Fault, FaultKind

FAULTS: dict[FaultKind, Any] = {
    FaultKind.INVALID: _l("%(codes)s: the outline is invalid (%(reason)s) at %(spot)s"),
    FaultKind.OVERLAP: _l("%(codes)s overlap by %(m2)s m² at %(spot)s"),
    FaultKind.GAP: _l("a gap of %(m2)s m² between %(codes)s at %(spot)s"),
    FaultKind.CODE_TWICE: _l("%(codes)s: the code stands there twice, again at %(spot)s"),
    FaultKind.OUTSIDE: _l("%(codes)s: %(m2)s m² lie outside at %(spot)s"),
    FaultKind.UNCOVERED: _l("%(codes)s: %(m2)s m² lie in no cell at %(spot)s"),
}
REASONS: dict[str, Any] = {
    "self-intersection": _l("its border crosses itself"),
    "ring-self-intersection": _l("its border touches itself"),
    "hole-lies-outside-shell": _l("a hole lies outside of it"),
    "nested-shells": _l("one part lies in another"),
    "nested-holes": _l("one hole lies in another"),
    "duplicate-rings": _l("one border stands there twice"),
    "interior-is-disconnected": _l("its holes cut it apart"),
    "too-few-points-in-geometry-component": _l("a border has too few points"),
    "empty": _l("it is empty"),
}
DOUBTS: dict[str, Any] = {
    "encoding-assumed": _l("The names are no UTF-8; they were read as %(encoding)s."),
    "outside-area-of-use": _l(
        "%(lon)s, %(lat)s lies where %(datum)s is not meant to be used. Is it the right system?"
    ),
    "outside-china": _l("%(lon)s, %(lat)s lies outside China. Are the coordinates right?"),
    "looks-is-gcj02": _l(
        "Against the grids of tier %(tier)s this file looks shifted as GCJ-02 is. "
        "If it comes from a commercial map, state --datum gcj02."
    ),
    "looks-is-not-gcj02": _l(
        "Against the grids of tier %(tier)s this file looks as if it were no GCJ-02. "
        "If it comes from a survey or from OpenStreetMap, state --datum wgs84."
    ),
    "parent-by-place": _l("The grids above were found by place, for no field names them."),
}
LEVELS: dict[Level, Any] = {Level.GRID: _l("grid"), Level.CELL: _l("cell")}
ALTERS: dict[Alters, Any] = {
    Alters.SPLIT: _l("split"),
    Alters.MERGE: _l("merged"),
    Alters.RENAME: _l("renamed"),
    Alters.RETIRE: _l("retired"),
    Alters.RECUT: _l("cut anew"),
}
SORTS: dict[Sort, Any] = {
    Sort.ROAD: _l("Road section"),
    Sort.PERMIT: _l("Permit holder"),
    Sort.SITE: _l("Building site"),
    Sort.POINT: _l("Key point"),
}
REFUSALS: dict[str, Any] = {
    "coordinate-not-a-number": _l("A coordinate is not a number."),
    "coordinates-swapped": _l("Longitude and latitude are swapped (%(lon)s, %(lat)s)."),
    "longitude-out-of-range": _l("A longitude lies between -180 and 180 degrees."),
    "latitude-out-of-range": _l("A latitude lies between -90 and 90 degrees."),
    "coordinates-zero": _l("0, 0 is what a device says that does not know where it is."),
    "datum-unknown": _l(
        "%(given)s is no datum known here. State wgs84, cgcs2000, gcj02 or epsg:N."
    ),
    "datum-differs": _l("The file says of itself %(noted)s, but %(stated)s was stated."),
    "crs-needed": _l(
        "Feature %(feature)s: %(lon)s, %(lat)s are no degrees. "
        "State the coordinate system as epsg:N."
    ),
    "file-missing": _l("There is no file %(name)s."),
    "file-too-large": _l("The file is larger than 20 MB."),
    "file-kind": _l("%(name)s is no GeoJSON, zipped Shapefile or GeoPackage."),
    "file-not-utf8": _l("The file is not written in UTF-8."),
    "file-not-json": _l("The file is no valid JSON."),
    "file-not-geojson": _l("The file is JSON, but no GeoJSON with features."),
    "geojson-encoded": _l(
        "The coordinates are packed for a drawing library. Export plain GeoJSON."
    ),
    "file-unreadable": _l("%(name)s cannot be read; it is damaged or not what it says."),
    "features-none": _l("The file holds no features."),
    "features-too-many": _l("The file holds %(count)s features; at most %(most)s are taken."),
    "vertices-too-many": _l(
        "Feature %(feature)s has %(count)s corners; at most %(most)s are taken."
    ),
    "not-a-polygon": _l("Feature %(feature)s is no polygon."),
    "ring-open": _l("Feature %(feature)s: a border does not end where it begins."),
    "geometry-unreadable": _l("Feature %(feature)s: the outline cannot be read."),
    "field-unknown": _l("There is no field %(given)s. There are: %(fields)s."),
    "field-not-text": _l("Feature %(feature)s: the field %(given)s is no text and no number."),
    "code-field-needed": _l("Name the field of codes with --code. There are: %(fields)s."),
    "name-field-needed": _l("Name the field of names with --name. There are: %(fields)s."),
    "code-unfit": _l(
        "Feature %(feature)s: the code “%(given)s” is empty, too long or unfit for an address."
    ),
    "name-unfit": _l("Feature %(feature)s: a name has 1 to 80 characters."),
    "zip-shapefiles": _l("The zip holds %(count)s Shapefiles; exactly one is taken."),
    "zip-too-many": _l("The zip holds more than %(most)s files."),
    "zip-too-large": _l("The zip unpacks to more than is taken, or is built to harm."),
    "zip-unsafe": _l("The zip holds an unsafe entry (%(name)s) and was not opened."),
    "layers-many": _l("The file holds %(count)s layers of polygons; exactly one is taken."),
    "tier-unknown": _l("There is no tier %(tier)s; tiers go from 1 to %(most)s."),
    "tiers-few": _l("Grids stand on tier %(tier)s; it cannot go."),
    "parent-missing": _l("Import the grids of tier %(tier)s first."),
    "parent-unknown": _l("%(area)s: no grid above has the code %(given)s."),
    "parent-unclear": _l(
        "%(area)s %(name)s lies in no single grid of the tier above. Name the field with --parent."
    ),
    "code-other-tier": _l("%(area)s is the code of a grid on tier %(tier)s already."),
    "areas-faulty": _l(
        "Nothing was stored: %(count)s faults. Mend the file, or let --repair mend it."
    ),
    "cell-size": _l("A cell measures %(least)s to %(most)s metres."),
    "cells-too-many": _l("That would be more than %(most)s squares. Choose larger cells."),
    "grid-unknown": _l("No grid has the code %(given)s."),
    "grid-none": _l("There is no grid yet. Import one with `patrol grid import`."),
    "place-outside": _l("%(lon)s, %(lat)s lies in no grid."),
    "hot-spot-twice": _l("This cell is marked for that topic already."),
    "hot-spot-over": _l("This mark has ended already."),
    "objects-lack-columns": _l("The table lacks these columns: %(columns)s."),
    "objects-too-many": _l("The table has more than %(most)s rows; split it."),
    "object-twice": _l("%(given)s stands in the table twice."),
    "object-code-or-name": _l("The code “%(given)s” is unfit, or the name is missing or too long."),
    "object-sort": _l("%(given)s is no kind of object: 路段, 许可点位, 工地 or 重点点位."),
    "object-topic": _l("%(given)s is no topic."),
    "object-permit": _l("A permit holder needs the number of the permit and the day it expires."),
    "object-day": _l("%(given)s is no day. Write 2026-11-06."),
    "grid-ended": _l("This grid has ended already."),
    "split-members": _l("Name some of what lies in the grid, and not all of it."),
    "split-needs-members": _l("Grids lie below it: choose which of them go to the second part."),
    "line-crosses-nothing": _l("The line does not cross it from border to border."),
    "line-needed": _l("Give a line of at least two points, or choose what goes where."),
    "line-too-long": _l("A line has at most %(most)s points."),
    "merge-unknown": _l("Choose at least two that are in force."),
    "merge-not-beside": _l("Only grids of one tier below one grid can be merged."),
    "merge-uneven": _l("Some of them have grids below and some have none."),
    "merge-apart": _l("They do not touch, so they cannot become one."),
    "members-few": _l("Choose at least %(least)s."),
    "cells-unknown": _l("Choose cells of this grid that are in force."),
    "code-taken": _l("Another grid has the code %(given)s."),
    "part-code-unfit": _l("The code “%(given)s” is empty, too long or unfit for an address."),
    "text-needed": _l("Please fill this in."),
    "name-same": _l("That is its name already."),
    "change-unknown": _l("There is no such change."),
    "change-over": _l("This change is done or called off already."),
    "change-in-the-past": _l("What was cannot be changed; choose today or a later day."),
    "time-unreadable": _l("%(given)s is no time. Write 2026-11-06T10:00."),
}


def fault(found: Fault) -> str:
    """One fault with the areas and the spot it concerns."""
    reason = REASONS.get(found.reason or "", found.reason or "")
    lon, lat = found.spot
    return str(FAULTS[found.kind]) % {
        "codes": _(", ").join(found.codes),
        "m2": f"{found.m2:,.1f}",
        "reason": reason,
        "spot": f"{lon:.6f}, {lat:.6f}",
    }


def doubt(found: Doubt) -> str:
    """One thing to look at."""
    return str(DOUBTS[found.code]) % found.facts if found.facts else str(DOUBTS[found.code])


def tier_name(tier: Tier) -> str:
    """What a tier is called in the reader's language."""
    locale = get_locale()
    return tier.name_en if locale is not None and locale.language == "en" else tier.name
