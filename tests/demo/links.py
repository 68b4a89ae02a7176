"""Follows the links somebody is shown, a few of each kind: which of them lead nowhere or out."""

import re
from collections import Counter, deque
from html import unescape

from flask import Flask
from werkzeug.routing.exceptions import HTTPException, RequestRedirect

from tests.browser import Browser

HREF = re.compile(r'<a [^>]*href="(/[^"#]*)')
EACH, MOST = 2, 80  # pages of one kind, and of all


def broken(app: Flask, browser: Browser) -> list[str]:
    """`path status, from page` of links that are refused or fail."""
    pages = app.url_map.bind("")
    waiting, seen, kinds = deque([("/", "")]), {"/"}, Counter[str]()
    found = []
    while waiting and kinds.total() < MOST:
        path, shown_on = waiting.popleft()
        try:
            kind, _ = pages.match(path.partition("?")[0], "GET")
        except (HTTPException, RequestRedirect):
            found.append(f"{path} is no page, from {shown_on}")
            continue
        if kind == "static" or kinds[kind] >= EACH:
            continue
        kinds[kind] += 1
        answer = browser.client.get(path)
        if answer.status_code >= 400 or "/sign-in" in (answer.location or ""):
            found.append(f"{path} {answer.status_code}, from {shown_on}")
        if answer.mimetype == "text/html":
            links = dict.fromkeys(map(unescape, HREF.findall(answer.text)))
            waiting.extend((link, path) for link in links if link not in seen)
            seen.update(links)
    return found
