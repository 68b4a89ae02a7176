"""The wheel, alone in an empty environment, is the whole app."""

import os
import subprocess
import sys
import sysconfig
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest

from patrol.paths import CHECKOUT
from patrol.web.assets import DIST
from tests.bench.load import running


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment that holds the wheel; what it depends on is lent by ours."""
    if not (DIST / "manifest.json").is_file():
        pytest.skip("static files are not built here")
    place = tmp_path_factory.mktemp("wheel")
    run = lambda *command, **more: subprocess.run(command, check=True, capture_output=True, **more)
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place, cwd=CHECKOUT)
    run(sys.executable, "-m", "venv", place / "env")
    (wheel,) = place.glob("*.whl")
    run(place / "env/bin/python", "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel)
    return place


@pytest.fixture(scope="module")
def environ(installed):
    return {
        "PYTHONPATH": sysconfig.get_path("platlib"),
        "PATH": os.environ["PATH"],
        "PATROL_HOME": str(installed / "home"),
    }


@pytest.mark.slow
def test_it_brings_its_templates_static_files_words_and_migrations(installed, environ):
    patrol = installed / "env/bin/patrol"
    where = subprocess.run(
        [installed / "env/bin/python", "-c", "import patrol; print(patrol.__file__)"],
        env=environ, cwd=installed, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    subprocess.run([patrol, "db", "upgrade"], env=environ, cwd=installed, check=True)
    doctor = subprocess.run(
        [patrol, "doctor"], env=environ, cwd=installed, check=False, capture_output=True, text=True
    )

    assert Path(where).is_relative_to(installed)
    assert doctor.returncode == 0, doctor.stdout


@pytest.mark.slow
def test_it_serves_pages_in_chinese(installed, environ):
    subprocess.run([installed / "env/bin/patrol", "db", "upgrade"], env=environ, check=True)
    arguments = ("-m", "patrol.cli", "serve", "--port", "{port}")

    with (
        running(arguments, python=installed / "env/bin/python", cwd=installed, **environ) as site,
        closing(urlopen(f"{site}/sign-in")) as page,
    ):
        html = page.read().decode()
        style = html.split('rel="stylesheet" href="')[1].split('"')[0]
        with closing(urlopen(site + style)) as sheet:
            assert sheet.status == 200
            assert "immutable" in sheet.headers["Cache-Control"]

    assert "登录" in html
