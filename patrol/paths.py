"""Where the files that are not Python lie: beside the package, or inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else None
"""The source tree this package runs from, or None when it was installed from a wheel."""

SHIPPED = CHECKOUT or PACKAGE / "shipped"
TEMPLATES = SHIPPED / "templates"
STATIC = SHIPPED / "static"
MIGRATIONS = SHIPPED / "migrations"
TRANSLATIONS = PACKAGE / "translations"
