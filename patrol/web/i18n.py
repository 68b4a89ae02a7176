"""Which language a page speaks: the person's, else the browser's cookie, else Chinese."""

from typing import Any

from babel import Locale
from flask import Flask, g, request
from flask_babel import Babel, get_domain, get_locale

from patrol.config import Settings
from patrol.paths import TRANSLATIONS
from patrol.web.session import current_actor

LOCALES = ("zh_Hans_CN", "en")
SPOKEN = {name: Locale.parse(name) for name in LOCALES}
COOKIE = "language"
babel = Babel()


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app its languages and the city's zone."""
    babel.init_app(
        app,
        default_locale="zh_Hans_CN",
        default_timezone=settings.timezone,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=_spoken,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda told: catalogue().gettext(told),
        ngettext=lambda one, more, count: catalogue().ngettext(one, more, count),
        newstyle=True,
    )
    app.jinja_env.globals["html_lang"] = html_lang


def gettext(words: str, **named: Any) -> str:
    """The words in the reader's language, as Babel's own says them, and sooner."""
    told = str(catalogue().gettext(words))
    return told % named if named else told


def catalogue() -> Any:
    """The words of the language in use, looked up once a request, not for every word."""
    if not g:
        return get_domain().get_translations()
    here = g._get_current_object()  # noqa: SLF001  each look through the proxy costs
    spoken = getattr(here.get("_flask_babel"), "babel_locale", None)
    kept = here.get("translations")
    if kept is None or kept[0] is not spoken:
        found = get_domain().get_translations()
        kept = here.translations = (here._flask_babel.babel_locale, found)  # noqa: SLF001  where Babel keeps it
    return kept[1]


def select() -> str:
    """The locale of this request."""
    actor = current_actor()
    told = actor.locale if actor else request.cookies.get(COOKIE)
    return told if told in LOCALES else LOCALES[0]


def _spoken() -> Any:
    """The locale itself, which Babel takes as well as its name, and need not read again."""
    return SPOKEN[select()]


def html_lang() -> str:
    """The language of the page as HTML names it."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh-Hans-CN"
