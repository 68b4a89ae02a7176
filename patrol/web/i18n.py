"""Which language a page speaks: the person's, else the browser's cookie, else Chinese."""

from flask import Flask, request
from flask_babel import Babel, get_locale

from patrol.config import Settings
from patrol.paths import TRANSLATIONS
from patrol.web.session import current_actor

LOCALES = ("zh_Hans_CN", "en")
COOKIE = "language"
babel = Babel()


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app its languages and the city's zone."""
    babel.init_app(
        app,
        default_locale="zh_Hans_CN",
        default_timezone=settings.timezone,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=select,
    )
    app.jinja_env.globals["html_lang"] = html_lang


def select() -> str:
    """The locale of this request."""
    actor = current_actor()
    told = actor.locale if actor else request.cookies.get(COOKIE)
    return told if told in LOCALES else LOCALES[0]


def html_lang() -> str:
    """The language of the page as HTML names it."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh-Hans-CN"
