"""One address, two sizes: the page, or the one block of it that htmx asked for."""

from typing import Any

from flask import current_app, make_response, redirect, request
from werkzeug.wrappers import Response

from patrol.web.session import wants_machine
from patrol.web.templates import render_template, templates


def render(
    template: str, block: str | None = None, *, status: int = 200, **context: Any
) -> Response:
    """Render the page, or only `block` of it when htmx or the outbox asks.

    Both share one address, so every answer says `Vary: HX-Request`.
    """
    if block and wants_machine():
        source = templates().get_template(template)
        current_app.update_template_context(context)
        page = source.new_context(context)
        next(source.root_render_func(page), None)  # the imports above the block, no output kept
        body = "".join(source.blocks[block](page))
    else:
        body = render_template(template, **context)
    response = make_response(body, status)
    response.headers["Vary"] = "HX-Request"
    return response


def landed(address: str, template: str, block: str | None = None, **context: Any) -> Response:
    """Answer a write that was taken: a browser goes on to `address`, a script gets the piece.

    `template` is a partial, or a page of which `block` is the piece.
    """
    if not wants_machine():
        return redirect(address, 303)
    response = render(template, block, status=201, **context)
    response.headers["Location"] = address
    return response


def is_piece() -> bool:
    """Whether only a piece of the page was asked for."""
    return "HX-Request" in request.headers
