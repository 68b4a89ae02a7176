"""What rungs of a ladder and phases of a review are called on a home."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.core.roles import Role
from patrol.people.words import level
from patrol.reviews.rules import Phase

PHASES: dict[str, Any] = {
    Phase.INVESTIGATION: _l("investigation"),
    Phase.PROPOSAL: _l("proposal to be served"),
    Phase.HEARING: _l("hearing of the person"),
    Phase.LEGAL: _l("legal review"),
    Phase.PANEL: _l("panel"),
    Phase.DECISION: _l("to be decided"),
    Phase.COUNTERSIGN: _l("second signature"),
    Phase.DELIVERY: _l("to be delivered"),
    Phase.EXECUTION: _l("execution"),
    Phase.PUBLICATION: _l("to be published"),
    Phase.FILING: _l("filing above"),
    Phase.ARCHIVING: _l("to be archived"),
    Phase.ARCHIVED: _l("archived"),
    Phase.TRANSFERRED: _l("transferred"),
    Phase.APPEAL: _l("appeal"),
}


def rung(role: Role, tier: int | None, *, street: int) -> str:
    """Who stands on a rung; `street` is the tier of streets."""
    return str(level(role, tier, street))
