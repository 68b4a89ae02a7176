"""The few ways a use case says no: a code and facts, never a sentence."""

from typing import Any


class Refused(Exception):
    """Understood and not done; `code` names why, `field` where, `facts` fill the sentence."""

    status = 422

    def __init__(self, code: str, field: str | None = None, **facts: Any) -> None:
        super().__init__(code, field, facts)
        self.code, self.field, self.facts = code, field, facts

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code} ({told})" if told else self.code


class NotFound(Refused):
    """No such thing, or none that this person may know of."""

    status = 404

    def __init__(self, code: str = "not-found", field: str | None = None, **facts: Any) -> None:
        super().__init__(code, field, **facts)


class Forbidden(Refused):
    """The thing may be seen, but this person may not do this to it."""

    status = 403

    def __init__(self, code: str = "forbidden", field: str | None = None, **facts: Any) -> None:
        super().__init__(code, field, **facts)


class Busy(Refused):
    """The site cannot take this just now; the same may be sent again."""

    status = 503

    def __init__(self, code: str = "busy", field: str | None = None, **facts: Any) -> None:
        super().__init__(code, field, **facts)


class TooMuch(Refused):
    """One person sent more than there is room for in a day; the same may be sent again later."""

    status = 429

    def __init__(self, code: str = "too-much", field: str | None = None, **facts: Any) -> None:
        super().__init__(code, field, **facts)


class Full(Refused):
    """There is no room to keep it; the same may be sent again once there is."""

    status = 507

    def __init__(self, code: str = "disk-full", field: str | None = None, **facts: Any) -> None:
        super().__init__(code, field, **facts)


class Conflict(Refused):
    """The thing changed meanwhile, or the same id came with other content."""

    status = 409
