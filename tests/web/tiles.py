"""Small basemaps for tests: an archive of a few drawn tiles, and a server of such tiles."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from PIL import Image, ImageDraw
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from patrol.core.geo import gcj02_from_wgs84


def column_row(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Where a place lies among the tiles of a zoom, columns and rows with their fractions."""
    across = (lon + 180) / 360 * 2**zoom
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom
    return across, down


def tile(zoom: int, column: int, row: int, mark: tuple[float, float] | None = None) -> bytes:
    """A picture of streets; `mark`, in columns and rows, gets a magenta dot."""
    picture = Image.new("RGB", (256, 256), "#f3efe6")
    pen = ImageDraw.Draw(picture)
    for at in range(0, 256, 64):
        pen.rectangle((at, 0, at + 9, 255), fill="#ffffff", outline="#c9c2b4")
        pen.rectangle((0, at, 255, at + 9), fill="#ffffff", outline="#c9c2b4")
    pen.rectangle((80, 90, 120, 130), fill="#cfe3c4")
    pen.text((16, 30), f"{zoom}/{column}/{row}", fill="#333333")
    if mark:
        x, y = ((at - part) * 256 for at, part in zip(mark, (column, row), strict=True))
        pen.ellipse((x - 4, y - 4, x + 4, y + 4), fill="#ff00ff")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def marked(spot: tuple[float, float] | None, datum: str, zoom: int) -> tuple[float, float] | None:
    """Where the dot of a WGS 84 place is drawn on tiles of this datum."""
    if spot is None:
        return None
    lon, lat = map(float, gcj02_from_wgs84(*spot)) if datum == "gcj02" else spot
    return column_row(lon, lat, zoom)


def archive(
    path: Path,
    centre: tuple[float, float],
    *,
    zooms: range = range(13, 18),
    around: int = 2,
    mark: tuple[float, float] | None = None,
    datum: str = "wgs84",
    kind: TileType = TileType.PNG,
    attribution: str = '© <a href="https://example.cn">城市测绘院</a>',
) -> Path:
    """A PMTiles file with the tiles round a place."""
    west, south, east, north = (
        centre[0] - 0.05,
        centre[1] - 0.05,
        centre[0] + 0.05,
        centre[1] + 0.05,
    )
    with path.open("wb") as file:
        writer = Writer(file)
        for zoom in zooms:
            x, y = map(int, column_row(*centre, zoom))
            dot = marked(mark, datum, zoom)
            wanted = {
                zxy_to_tileid(zoom, column, row): tile(zoom, column, row, dot)
                for column in range(x - around, x + around + 1)
                for row in range(y - around, y + around + 1)
            }
            for number in sorted(wanted):
                writer.write_tile(number, wanted[number])
        writer.finalize(
            {
                "tile_type": kind,
                "tile_compression": Compression.NONE,
                "min_lon_e7": round(west * 1e7),
                "min_lat_e7": round(south * 1e7),
                "max_lon_e7": round(east * 1e7),
                "max_lat_e7": round(north * 1e7),
                "center_zoom": zooms[0],
                "center_lon_e7": round(centre[0] * 1e7),
                "center_lat_e7": round(centre[1] * 1e7),
            },
            {"name": "test", "attribution": attribution},
        )
    return path


@contextmanager
def served(mark: tuple[float, float] | None = None, datum: str = "wgs84") -> Iterator[Any]:
    """A server of tiles at /{z}/{x}/{y}.png; gives its address and what it was asked for."""
    asked: list[str] = []

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            zoom, column, row = map(
                int, self.path.split("?")[0].removesuffix(".png").split("/")[1:]
            )
            body = tile(zoom, column, row, marked(mark, datum, zoom))
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
