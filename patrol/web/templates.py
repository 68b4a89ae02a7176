"""Templates as one language has them: words and fixed addresses go in when they are compiled."""

from collections.abc import Hashable, MutableMapping
from typing import Any, cast

from babel.support import Translations
from flask import current_app
from flask import render_template as flask_render
from flask.templating import Environment
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup
from werkzeug.routing import BuildError

from patrol.paths import TRANSLATIONS
from patrol.web import i18n
from patrol.web.assets import ahead, asset_url

KEPT = 1000  # pieces of pages in one language
ICON = "components/icon.html"
LANGUAGES = {"zh_Hans_CN": "zh-Hans-CN", "en": "en"}  # as HTML names them


class Templates(Environment):
    """Flask's; one that speaks a language looks no word up while a page is made."""

    fixing: "_Fixing | None" = None
    pieces: dict[Any, Markup]

    def speaking(self, locale: str) -> "Templates":
        """The same templates in one language, each compiled once."""
        known: dict[str, Templates] = self.app.extensions.setdefault("patrol.templates", {})
        if locale not in known:
            spoken = self.overlay()
            spoken.fixing, spoken.pieces = _Fixing(spoken, locale), {}
            known[locale] = spoken
        return known[locale]

    def make_globals(self, more: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals themselves where a template has none of its own: plain ones are quick."""
        return super().make_globals(more) if more else self.globals

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002  as Jinja has it
    ) -> str:
        escaped = self.autoescape(name) if callable(self.autoescape) else self.autoescape
        if self.fixing and escaped:
            self.fixing.visit(source)
            _spare_imports(source)
        return super()._generate(source, name, filename, defer_init)


class _Fixing(NodeTransformer):
    """Writes into a template what will be the same whenever it is shown."""

    def __init__(self, environment: Templates, locale: str) -> None:
        self._words = Translations.load(TRANSLATIONS, [locale])
        self._addresses = environment.app.url_map.bind("localhost")
        self._templates, self._locale = environment, locale

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  named as Jinja looks it up
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.dyn_args or node.dyn_kwargs:
            return node
        given = [one.value for one in node.args if isinstance(one, nodes.Const)]
        if len(given) != len(node.args):
            return node
        if node.node.name == "_":
            return self._said(given[0], node)
        if node.kwargs:
            return node
        try:
            fixed = self._fixed(node.node.name, given)
        except BuildError:  # relative to the page, or wrong: to be said when it is shown
            return node
        return node if fixed is None else nodes.Const(fixed, lineno=node.lineno)

    def _said(self, words: str, node: nodes.Call) -> nodes.Node:
        told = nodes.Const(Markup(self._words.gettext(words)))  # noqa: S704  our own words
        named = [nodes.Pair(nodes.Const(one.key), one.value) for one in node.kwargs]
        return nodes.Mod(told, nodes.Dict(named), lineno=node.lineno)

    def _fixed(self, called: str, given: list[Any]) -> Any:
        match called, given:
            case "asset_url", [name]:
                return asset_url(name)
            case "ahead", names:
                return ahead(*names)
            case "url_for", [endpoint]:
                return self._addresses.build(endpoint)
            case "icon", [name]:
                drawn: Any = self._templates.get_template(ICON).module
                return drawn.icon(name)
            case "html_lang", []:
                return LANGUAGES[self._locale]
        return None


def _spare_imports(source: nodes.Template) -> None:
    """Take out imports at the top of which nothing is left to call."""
    called = {one.name for one in source.find_all(nodes.Name)}

    def is_idle(node: nodes.Node) -> bool:
        names = [one if isinstance(one, str) else one[1] for one in getattr(node, "names", ())]
        return isinstance(node, nodes.FromImport) and called.isdisjoint(names)

    source.body[:] = [node for node in source.body if not is_idle(node)]


def templates() -> Templates:
    """The templates in the reader's language."""
    return cast("Templates", current_app.jinja_env).speaking(i18n.select())


def render_template(name: str, **context: Any) -> str:
    """A page in the reader's language."""
    return flask_render(templates().get_template(name), **context)


def piece(name: str, **context: Hashable) -> Markup:
    """A part of pages that depends on nothing but what is given, made once for each."""
    spoken = templates()
    asked = (name, *context.values())
    made = spoken.pieces.get(asked)
    if made is None:
        if len(spoken.pieces) >= KEPT:
            spoken.pieces.clear()
        made = Markup(spoken.get_template(name).render(context))  # noqa: S704  a template's own
        spoken.pieces[asked] = made
    return made
