"""The figures of the feasibility sum: the usual ones, and what this site has set instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from patrol.catalogue.queries import setting
from patrol.catalogue.service import set_figure
from patrol.ledger.queries import entries_of
from patrol.plans.feasibility import Figures

KEY = "plans.figures"


@dataclass(frozen=True)
class Measured:
    """The figures that hold on this site, and since when it has some of its own."""

    figures: Figures
    set_at: datetime | None


def figures(session: Session) -> Figures:
    """The figures that hold on this site."""
    return Figures(**setting(session, KEY, {}))


def measured(session: Session) -> Measured:
    """The same, with where they come from."""
    own = setting(session, KEY, {})
    set_at = entries_of(session, f"setting:{KEY}")[-1].at if own else None
    return Measured(Figures(**own), set_at)


def set_own(session: Session, told: Mapping[str, float], *, now: datetime) -> None:
    """Set some figures for this site; the others stay as they are."""
    set_figure(session, None, KEY, {**setting(session, KEY, {}), **told}, now=now)


def forget_own(session: Session, *, now: datetime) -> None:
    """Go back to the usual figures."""
    set_figure(session, None, KEY, {}, now=now)
