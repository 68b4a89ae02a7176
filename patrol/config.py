"""The settings of a site: read once from PATROL_* variables, refused loudly when wrong."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import make_url

PREFIX = "PATROL_"


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no IANA time zone; Asia/Shanghai is one")
    return name


def _database(url: str) -> str:
    backend = make_url(url).drivername
    if backend not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise ValueError(f"{backend} is not supported; use sqlite:///… or postgresql+psycopg://…")
    return url


class Settings(BaseModel):
    """What a site is told from outside; each field is the variable PATROL_<NAME>."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Path("var")  # data folder
    database_url: Annotated[str, AfterValidator(_database)] = ""  # default: SQLite in the home
    owner_database_url: Annotated[str, AfterValidator(_database)] = ""  # the role that migrates
    media: Path = Path()  # default: media in the home
    secret_key: str = Field(default="", min_length=0)  # default: made once, kept in the home
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    clock: str | None = None  # another time, on demo and test sites only
    origin: str | None = None  # https://patrol.example.cn, where a proxy stands in front
    track_days: int = Field(default=180, ge=30)  # for which a track is kept whole
    proxies: int = Field(default=0, ge=0, le=5)  # proxies in front whose headers are believed
    basemap: str = ""  # a .pmtiles file, tianditu, or https://…/{z}/{x}/{y}.png
    basemap_datum: Literal["wgs84", "cgcs2000", "gcj02"] | None = None  # of its tiles
    basemap_key: str = ""  # what {key} in its address stands for
    basemap_review: str = ""  # 审图号
    basemap_rights: str = ""  # whose map it is
    basemap_zoom: int = Field(default=18, ge=1, le=22)  # the deepest an online source has

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.timezone)


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings and make the folders they name.

    Raises `ValueError` naming every variable that is wrong or not known, and what it should be.
    """
    told: dict[str, Any] = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    try:
        settings = Settings(**told)
    except ValidationError as wrong:
        faults = "; ".join(
            f"{PREFIX}{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
            for fault in wrong.errors()
        )
        raise ValueError(f"wrong settings: {faults}") from None
    return complete(settings)


def complete(settings: Settings) -> Settings:
    """Fill in what follows from the data folder, and make the folders."""
    home = settings.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    database = settings.database_url or f"sqlite:///{home / 'patrol.db'}"
    filled = settings.model_copy(
        update={
            "home": home,
            "database_url": database,
            "owner_database_url": settings.owner_database_url or database,
            "media": _folder(settings.media, home / "media"),
            "secret_key": settings.secret_key or _kept_secret(home / "secret-key"),
        }
    )
    if len(filled.secret_key) < 32:
        raise ValueError("wrong settings: PATROL_SECRET_KEY: give at least 32 characters")
    return filled


def _folder(told: Path, otherwise: Path) -> Path:
    folder = otherwise if told == Path() else told.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _kept_secret(path: Path) -> str:
    """The secret of this site: made at the first start, readable by its owner alone."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret
