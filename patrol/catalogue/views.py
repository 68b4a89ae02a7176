"""The catalogue as everybody may look it up: classes by topic, with conditions and limits."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from patrol.catalogue import queries, words
from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("catalogue", __name__, url_prefix="/catalogue")


@bp.get("")
@requires(May.SEE_CATALOGUE)
def index(actor: Actor) -> ResponseReturnValue:
    """The classes of one topic, each with its conditions and limits."""
    topics = queries.topics(db.session)
    known = [topic.code for topic in topics]
    asked = request.args.get("topic", "")
    chosen = asked if asked in known else next(iter(known), "")
    cards = queries.cards(db.session, chosen, at=clock.now())
    return render(
        "catalogue/index.html", "classes", topics=topics, chosen=chosen, cards=cards, words=words
    )
