"""Templates hold their words before a page is made, and say the same as when it is made."""

import pytest
from flask import Flask, g
from flask_babel import force_locale

from patrol.paths import TEMPLATES
from patrol.web import i18n
from patrol.web.templates import Templates, piece, templates

SOURCE = """{{ _("Today") }} {{ _("%(count)s min", count=given) }} {{ url_for("desk.home") }}
{{ _("never seen") ~ given }} {{ html_lang() }} {{ given }}"""


@pytest.mark.parametrize("locale", i18n.LOCALES)
def test_words_put_in_beforehand_are_those_looked_up(app: Flask, locale: str) -> None:
    known: Templates = app.jinja_env  # type: ignore[assignment]
    with app.test_request_context("/"), force_locale(locale):
        late = known.from_string(SOURCE).render(given="<1>")
        spoken = known.speaking(locale)
        spoken.autoescape = True
        early = spoken.from_string(SOURCE).render(given="<1>")

    assert early == late
    assert "&lt;1&gt;" in early


@pytest.mark.parametrize("locale", i18n.LOCALES)
def test_every_template_compiles_in_every_language(app: Flask, locale: str) -> None:
    known: Templates = app.jinja_env  # type: ignore[assignment]
    for path in TEMPLATES.rglob("*.html"):
        known.speaking(locale).get_template(path.relative_to(TEMPLATES).as_posix())


def test_a_piece_is_made_once_for_each_language(app: Flask) -> None:
    with app.test_request_context("/", headers={"Cookie": "language=en"}):
        english = piece("findings/_outbox.html")
        assert piece("findings/_outbox.html") is english
        spoken = templates()
    with app.test_request_context("/", headers={"Cookie": "language=zh_Hans_CN"}):
        assert "reading" not in g
        assert piece("findings/_outbox.html") != english
        assert templates() is not spoken
