"""What this house promises itself, checked over its files, routes, settings and permissions."""

import ast
import importlib
import json
import re
from enum import StrEnum

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes

from patrol.app import create_app
from patrol.config import PREFIX, Settings, complete
from patrol.core import access
from patrol.core.store import Database
from patrol.paths import CHECKOUT, PACKAGE, STATIC, TEMPLATES

MODULES = sorted(PACKAGE.rglob("*.py"))
PAGES = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".js"})
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
SLICES = sorted({path.parent.name for path in PACKAGE.glob("*/model.py")} | {"coverage", "desk"})
LAYERS = ("web", "core", "cli")
BELOW_VIEWS = ("model", "rules", "drafts", "queries", "service")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    home = tmp_path_factory.mktemp("site")
    settings = complete(Settings(home=home))
    app = create_app(settings, Database(settings.database_url))
    yield app
    app.extensions["patrol.database"].close()


def names(paths):
    return [path.relative_to(CHECKOUT).as_posix() for path in paths]


def lines(path):
    return len(path.read_text().splitlines())


def told(tree):
    """Every dotted call of a module, such as `clock.now`."""
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


# Files


def test_modules_stay_under_400_lines():
    long = [f"{name}: {lines(path)}" for name, path in zip(names(MODULES), MODULES, strict=True)
            if lines(path) >= 400]  # fmt: skip

    assert long == []


def test_templates_and_scripts_stay_under_150_lines():
    paths = PAGES + SCRIPTS
    long = [f"{name}: {lines(path)}" for name, path in zip(names(paths), paths, strict=True)
            if lines(path) >= 150]  # fmt: skip

    assert long == []


def test_every_module_says_what_it_answers_for():
    silent = [
        name
        for name, path in zip(names(MODULES), MODULES, strict=True)
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_only_one_sqlite_is_ever_opened():
    """Two copies of SQLite in one process break each other's locks."""
    foreign = [
        name
        for name, path in zip(names(MODULES), MODULES, strict=True)
        if re.search(r"^\s*(import|from) sqlite3\b", path.read_text(), re.MULTILINE)
    ]

    assert foreign == []


def test_nobody_commits_but_the_store():
    committing = [
        name
        for name, path in zip(names(MODULES), MODULES, strict=True)
        if re.search(r"\.commit\(\)", path.read_text()) and name != "patrol/core/store.py"
    ]

    assert committing == []


def test_below_the_views_time_is_an_argument():
    reading = [
        name
        for name, path in zip(names(MODULES), MODULES, strict=True)
        if path.stem in BELOW_VIEWS
        and told(ast.parse(path.read_text())) & {"clock.now", "datetime.now", "time.time"}
    ]

    assert reading == []


def test_views_hold_no_queries():
    asking = [
        name
        for name, path in zip(names(MODULES), MODULES, strict=True)
        if path.stem == "views" and re.search(r"\bselect\(", path.read_text())
    ]

    assert asking == []


def test_names_that_say_nothing_are_not_used():
    vague = re.compile(
        r"^(class \w*(Manager|Helper|Utils|Base)\b|def (\w*_)?(handle|util)\b)", re.MULTILINE
    )
    found = [
        name for name, path in zip(names(MODULES), MODULES, strict=True)
        if vague.search(path.read_text())
        or path.stem in {"utils", "helpers", "base", "common", "models", "forms_base"}
    ]  # fmt: skip

    assert found == []


# Templates


def test_every_template_compiles_strictly(app):
    assert app.jinja_env.undefined is StrictUndefined
    for path in PAGES:
        app.jinja_env.get_template(path.relative_to(TEMPLATES).as_posix())


def test_blocks_use_nothing_that_the_block_around_them_has_set():
    """Jinja hides it from them, and says so only on the day that line is shown."""
    parse = Environment(extensions=["jinja2.ext.do", "jinja2.ext.i18n"]).parse
    hidden = [
        f"{path.relative_to(TEMPLATES)}: {inner.name} uses {', '.join(sorted(names))}"
        for path in PAGES
        for outer in parse(path.read_text()).find_all(nodes.Block)
        for inner in outer.find_all(nodes.Block)
        if inner is not outer and (names := _written(outer, but=inner) & _named(inner, "load"))
    ]

    assert hidden == []


def _named(node, how):
    return {name.name for name in node.find_all(nodes.Name) if name.ctx == how}


def _written(outer, but):
    """What a block sets outside of one of the blocks in it, which does not set it anew."""
    inside = set(map(id, but.find_all((nodes.Assign, nodes.AssignBlock))))
    sets = outer.find_all((nodes.Assign, nodes.AssignBlock))
    written = [_named(one, "store") for one in sets if id(one) not in inside]
    return set().union(*written) - _named(but, "store")


def test_templates_need_neither_inline_script_nor_style_nor_trust():
    """The content security policy refuses the first two, common sense the third."""
    refused = re.compile(
        r"\sstyle=|<style|<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son[a-z]+=\""
        r"|hx-on|\|\s*safe\b|javascript:",
        re.IGNORECASE,
    )
    found = [
        f"{path.relative_to(TEMPLATES)}: {match.group()}"
        for path in PAGES
        if path.suffix == ".html"
        for match in refused.finditer(path.read_text())
    ]

    assert found == []


def test_templates_parse_without_the_app():
    bare = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, extensions=["jinja2.ext.do"]
    )
    for path in PAGES:
        bare.parse(path.read_text())


def test_components_take_arguments_only():
    """A macro that reads the request or fetches would tie the look to a page."""
    reading = re.compile(r"\b(request|session|current_user|g)\.")
    found = [
        path.name
        for path in (TEMPLATES / "components").glob("*.html")
        if reading.search(re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL))
    ]

    assert found == []


# Routes, settings, permissions


def test_addresses_are_kebab_case_and_typed(app):
    wrong = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        fixed = re.sub(r"<[^>]*>", "x", rule.rule)
        if not re.fullmatch(r"[a-z0-9./-]+", fixed) or re.search(r"<[a-z_]+>", rule.rule):
            wrong.append(rule.rule)

    assert wrong == []


def test_every_setting_is_in_the_readme():
    readme = (CHECKOUT / "README.md").read_text()
    missing = [
        name
        for field in Settings.model_fields
        if (name := f"{PREFIX}{field.upper()}") not in readme
    ]

    assert missing == []


def test_every_permission_is_granted_and_used():
    granted = set(access.EVERYONE) | {may for mays in access.GRANTS.values() for may in mays}
    source = "\n".join(path.read_text() for path in [*MODULES, *PAGES] if path.name != "access.py")
    unused = [may.name for may in access.May if f"May.{may.name}" not in source]

    assert set(access.May) - granted == set()
    assert unused == []


# Packages


def test_packages_are_pinned_and_name_no_address():
    listed = json.loads((CHECKOUT / "package.json").read_text())
    wanted = listed.get("dependencies", {}) | listed.get("devDependencies", {})
    lock = json.loads((CHECKOUT / "package-lock.json").read_text())
    locked = [entry for name, entry in lock["packages"].items() if name]
    texts = [
        (CHECKOUT / name).read_text()
        for name in ("requirements.lock", "requirements-dev.lock", ".npmrc")
    ]

    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert all("integrity" in entry and "resolved" not in entry for entry in locked)
    assert all("://" not in text for text in texts)
    assert all("--hash=sha256:" in text for text in texts[:2])


def test_no_third_party_file_is_committed():
    ignored = (CHECKOUT / ".gitignore").read_text().split()

    assert {"node_modules/", "static/vendor/", "static/dist/", ".venv/", "var/", "*.mo"} <= set(
        ignored
    )


# Codes and words


def enums():
    """Every enum of the rules, by module."""
    for path in sorted(PACKAGE.glob("*/rules.py")):
        module = importlib.import_module(f"patrol.{path.parent.name}.rules")
        for thing in vars(module).values():
            if (
                isinstance(thing, type)
                and issubclass(thing, StrEnum)
                and thing.__module__ == module.__name__
            ):
                yield thing


def test_enum_members_are_codes():
    wrong = [
        f"{kind.__name__}.{member.name}"
        for kind in enums()
        for member in kind
        if not re.fullmatch(r"[A-Za-z0-9][a-z0-9_./-]*", member.value)
    ]

    assert wrong == []


def test_no_sentence_for_people_stands_below_the_views():
    """Codes only; single words may stand there, as the headings of an office's sheet do."""
    found = []
    for path in MODULES:
        if path.stem not in BELOW_VIEWS or path.parent.name == "demo":
            continue
        tree = ast.parse(path.read_text())
        documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found += [
            f"{path.relative_to(PACKAGE)}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documented
            and re.search(r"[一-鿿].*[。，；！？]|[一-鿿]{9}", node.value)
        ]

    assert found == []
