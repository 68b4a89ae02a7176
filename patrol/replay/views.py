"""The decorator that makes a route safe to send to again, and what phones ask of it."""

import base64
import hashlib
import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from uuid import UUID

from flask import g, make_response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from werkzeug.wrappers import Response

from patrol.core import clock
from patrol.core.access import Actor
from patrol.core.errors import Conflict, Forbidden, Refused
from patrol.replay import service
from patrol.replay.model import Receipt
from patrol.replay.service import Item
from patrol.web.errors import page, sentence
from patrol.web.session import db

P = ParamSpec("P")
log = logging.getLogger("patrol")
FORM = "application/x-www-form-urlencoded"
LARGEST = 256 * 1024  # bytes of a form
KEY = "_id"  # the form's own number, for browsers that send without script


class _Rejected(Exception):
    """Rolls the transaction back while the answer is kept."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def replayable(
    view: Callable[Concatenate[Actor, Session, P], ResponseReturnValue],
) -> Callable[Concatenate[Actor, P], ResponseReturnValue]:
    """Take a write exactly once, however often it is sent.

    The view gets the one open transaction. Answers: 201 with a receipt when it is new, 200 with
    the same receipt for the same bytes, 409 for the same id with other bytes, 422 with the form
    as the view wrote it (the bytes are kept), 401 and never a redirect. A success carries
    `X-Outbox-Ack` and the ledger's number and hash in `X-Ledger`. A browser without script sends
    the number as the field `_id` and is redirected.
    """

    @wraps(view)
    def once(actor: Actor, *args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        item = arrived()
        now = clock.now()
        try:
            with db.transaction() as session:
                receipt = service.take(session, actor, item, now=now)
                if receipt is None:
                    return _again(service.taken(session, actor, item))
                answer = make_response(view(actor, session, *args, **kwargs))
                _turn_back(answer)
                receipt.location = answer.headers.get("Location")
                receipt.answer = "" if answer.status_code == 303 else answer.get_data(as_text=True)
            return _acknowledged(answer, receipt)
        except IntegrityError:
            # Somebody else's record has this number: it can be sent again under a new one.
            log.warning("a number is taken at %s", request.path, exc_info=True)
            return _said(Conflict("replay.conflict"), actor, item)
        except _Rejected as rejected:
            _keep(actor, item, rejected.answer.status_code)
            return rejected.answer
        except Refused as refused:
            return _said(refused, actor, item)

    once.replayable = True  # type: ignore[attr-defined]
    once.turn_away = _turn_away  # type: ignore[attr-defined]
    return cast("Callable[Concatenate[Actor, P], ResponseReturnValue]", once)


def _turn_away(actor: Actor) -> Response:
    """Say that this person may not, and keep what their phone sent: they may have been allowed."""
    if "Idempotency-Key" not in request.headers:
        raise Forbidden
    return _said(Forbidden(), actor, arrived())


def _turn_back(answer: Response) -> None:
    """Roll back what the view did when it says no."""
    if answer.status_code >= 400:
        raise _Rejected(answer)


def item_id() -> UUID:
    """The number this write came under, which is the id of the record it makes.

    Raises `Refused` when there is none.
    """
    key = request.headers.get("Idempotency-Key") or request.form.get(KEY)
    try:
        return UUID((key or "").strip('"'))
    except ValueError:
        raise Refused("replay.key-missing") from None


def arrived(digest: str | None = None) -> Item:
    """The write as it arrived; `digest` (hex) spares reading bytes that are not here yet.

    Raises `Refused` when it cannot be told from others.
    """
    body_is_here = digest is None
    digest = digest or _digested()
    device, seq = request.headers.get("X-Device"), request.headers.get("X-Device-Seq")
    try:
        device_id = UUID(device) if device else None
        device_seq = int(seq) if seq else None
    except ValueError:
        raise Refused("replay.device") from None
    if device_seq is not None and not 0 <= device_seq < 2**31:
        raise Refused("replay.device")
    return Item(
        item_id(),
        digest,
        request.path[:200],
        device_id,
        device_seq,
        request.headers.get("X-Prev", "")[:64],
        request.headers.get("X-Signature", "")[:88] or None,
        *(_superseded() if body_is_here else (None, None)),
        g.get("carrier"),
    )


def _digested() -> str:
    """SHA-256 of the bytes, hex; raises `Refused` when they are not those the phone sent."""
    digest = hashlib.sha256(request.get_data(cache=True))
    told = request.headers.get("Content-Digest")
    if told is not None and told != f"sha-256=:{base64.b64encode(digest.digest()).decode()}:":
        raise Refused("replay.digest")
    return digest.hexdigest()


def _superseded() -> tuple[UUID | None, int | None]:
    """The item this one was filed anew for and its number, as the frozen bytes say."""
    try:
        named = UUID(request.form.get("supersedes", ""))
    except ValueError:
        return None, None
    told = request.form.get("supersedes_seq", "")
    return named, int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None


def _said(refused: Refused, actor: Actor, item: Item) -> Response:
    """Keep what was sent and say why it is not taken."""
    _keep(actor, item, refused.status)
    return page(refused.status, sentence(refused), code=refused.code)


def _keep(actor: Actor, item: Item, status: int) -> None:
    """Keep the refused form of a phone; a person at a form still has it on the screen."""
    if "Idempotency-Key" not in request.headers or request.mimetype != FORM:
        return
    body = request.get_data(cache=True)
    if len(body) <= LARGEST:
        with db.transaction() as session:
            service.keep_rejected(session, actor, item, body, status, now=clock.now())


def _again(receipt: Receipt) -> Response:
    if "Idempotency-Key" not in request.headers:
        return redirect(receipt.location or "/", 303)
    answer = make_response(receipt.answer, 200)
    if receipt.location:
        answer.headers["Location"] = receipt.location
    return _acknowledged(answer, receipt)


def _acknowledged(answer: Response, receipt: Receipt) -> Response:
    answer.headers["X-Outbox-Ack"] = str(receipt.item_id)
    answer.headers["X-Receipt"] = str(receipt.id)
    if receipt.ledger_seq is not None:
        answer.headers["X-Ledger"] = f"{receipt.ledger_seq} {receipt.ledger_hash}"
    return answer
