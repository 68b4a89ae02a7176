"""Words for ladders and matters: how far word came, severities, and why something was refused."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.escalation.rules import Heard

HEARD: dict[Heard, Any] = {
    Heard.NOBODY: _l("nobody"),
    Heard.UNDELIVERED: _l("not delivered"),
    Heard.UNREAD: _l("delivered, not read"),
    Heard.READ: _l("read, not done"),
    Heard.ACKNOWLEDGED: _l("acknowledged, not done"),
    Heard.DONE: _l("done"),
}
TONES: dict[Heard, str] = {
    Heard.NOBODY: "never",
    Heard.UNDELIVERED: "off",
    Heard.UNREAD: "soon",
    Heard.READ: "bad",
    Heard.ACKNOWLEDGED: "bad",
    Heard.DONE: "ok",
}
SEVERITIES: dict[str, Any] = {
    "ordinary": _l("ordinary"),
    "serious": _l("serious"),
    "grave": _l("grave"),
}
REASONS: dict[str, Any] = {"system-down": _l("the system was down")}
REFUSALS: dict[str, Any] = {
    "matter-not-yours": _l("This matter is not with you; only whoever was told can acknowledge."),
}
