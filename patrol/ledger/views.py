"""The auditor's pages: the newest entries, and a verification of the whole chain."""

from dataclasses import replace

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from patrol.core.access import Actor, May
from patrol.ledger import queries, reading
from patrol.ledger.words import FAULTS
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("ledger", __name__, url_prefix="/ledger")


@bp.get("")
@requires(May.SEE_LEDGER)
def index(actor: Actor) -> ResponseReturnValue:
    """List the newest entries, older ones from `before` on."""
    size = queries.size(db.session)
    before = request.args.get("before", size + 1, type=int)
    return render(
        "ledger/index.html",
        block="entries",
        entries=queries.latest(db.session, before=min(max(before, 0), size + 1)),
        size=size,
    )


@bp.get("/verification")
@requires(May.SEE_LEDGER)
def verification(actor: Actor) -> ResponseReturnValue:
    """Recompute what was not read yet, or the whole chain, and say which of it was read now."""
    size = queries.size(db.session)
    kept = reading.known(db.session, current_app.config["SETTINGS"].secret_key)
    whole = kept is None or size <= reading.SMALL or "all" in request.args
    after = queries.START if whole else reading.mark_of(kept)
    verdict = queries.verify(db.session, after=after)
    if verdict.sound and kept is not None and kept.bad is not None and not whole:
        verdict = replace(verdict, bad=kept.bad, fault=kept.fault)
    return render(
        "ledger/verification.html",
        block="verdict",
        verdict=verdict,
        kept=kept,
        fault=FAULTS.get(verdict.fault or ""),
    )


@bp.get("/of/<string:subject>")
@requires(May.SEE_LEDGER)
def of(actor: Actor, subject: str) -> ResponseReturnValue:
    """Everything the ledger says of one thing."""
    return render(
        "ledger/of.html", subject=subject, entries=queries.entries_of(db.session, subject)
    )
