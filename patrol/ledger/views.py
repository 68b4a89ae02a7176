"""The auditor's pages: the newest entries, and a verification of the whole chain."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from patrol.core.access import Actor, May
from patrol.ledger import queries
from patrol.ledger.words import FAULTS
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("ledger", __name__, url_prefix="/ledger")


@bp.get("")
@requires(May.SEE_LEDGER)
def index(actor: Actor) -> ResponseReturnValue:
    """List the newest entries, older ones from `before` on."""
    before = request.args.get("before", type=int)
    return render(
        "ledger/index.html",
        block="entries",
        entries=queries.latest(db.session, before=before),
        size=queries.size(db.session),
    )


@bp.get("/verification")
@requires(May.SEE_LEDGER)
def verification(actor: Actor) -> ResponseReturnValue:
    """Recompute the whole chain and say whether it is sound."""
    verdict = queries.verify(db.session)
    fault = FAULTS.get(verdict.fault or "")
    return render("ledger/verification.html", block="verdict", verdict=verdict, fault=fault)


@bp.get("/of/<string:subject>")
@requires(May.SEE_LEDGER)
def of(actor: Actor, subject: str) -> ResponseReturnValue:
    """Everything the ledger says of one thing."""
    return render(
        "ledger/of.html", subject=subject, entries=queries.entries_of(db.session, subject)
    )
