"""The phone's reader of archives against an independent writer of them."""

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

from pmtiles.tile import Compression, TileType, tileid_to_zxy, zxy_to_tileid
from pmtiles.writer import Writer

READER = Path(__file__).with_name("read-archive.js")


def written(path: Path, tiles: dict[int, bytes]) -> Path:
    with path.open("wb") as file:
        writer = Writer(file)
        for number in sorted(tiles):
            writer.write_tile(number, tiles[number])
        writer.finalize(
            {"tile_type": TileType.WEBP, "tile_compression": Compression.NONE}
            | {f"{end}_{axis}_e7": 0 for end in ("min", "max") for axis in ("lon", "lat")}
            | {"center_zoom": 0, "center_lon_e7": 0, "center_lat_e7": 0},
            {},
        )
    return path


def read(path: Path, wanted: list[tuple[int, int, int]]) -> tuple[list, int]:
    node = Path(sys.executable).with_name("node")
    places = ["/".join(map(str, place)) for place in wanted]
    done = subprocess.run([node, READER, path, *places], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    return told["digests"], told["asked"]


def digest(content: bytes) -> list[str]:
    return ["image/webp", hashlib.sha256(content).hexdigest()]


def test_every_tile_of_a_large_archive_is_found_and_no_other(tmp_path: Path):
    chance = random.Random(7)
    numbers = sorted({zxy_to_tileid(0, 0, 0), *chance.sample(range(90_000_000), 30_000)})
    tiles = {number: chance.randbytes(chance.randint(1, 40)) for number in numbers}
    path = written(tmp_path / "large.pmtiles", tiles)
    there = chance.sample(numbers, 200)
    absent = [number for number in chance.sample(range(90_000_000), 50) if number not in tiles]

    found, asked = read(path, [tileid_to_zxy(number) for number in there + absent])

    assert found == [digest(tiles[number]) for number in there] + [None] * len(absent)
    assert asked > 201  # the header, every picture, and directories below the first


def test_tiles_that_are_alike_are_kept_once_and_found_everywhere(tmp_path: Path):
    sea = dict.fromkeys(range(1000, 1400), b"sea")
    path = written(tmp_path / "sea.pmtiles", sea | {1400: b"shore"})

    wanted = [tileid_to_zxy(number) for number in (999, 1000, 1200, 1399, 1400, 1401)]
    found, asked = read(path, wanted)

    assert found == [None, *[digest(b"sea")] * 3, digest(b"shore"), None]
    assert asked == 5  # the header once, then the pictures
