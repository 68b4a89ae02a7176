"""What the rungs of a ladder are called on a home."""

from patrol.core.roles import Role
from patrol.people.words import level


def rung(role: Role, tier: int | None, *, street: int) -> str:
    """Who stands on a rung; `street` is the tier of streets."""
    return str(level(role, tier, street))
