"""Draws street scenes for the demo's findings: one corner with the trouble, and after."""

from collections.abc import Callable
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = (960, 720)
_HORIZON, _KERB = 300, 430
Colour = tuple[int, int, int]
Draw = ImageDraw.ImageDraw


def picture(code: str, seed: int, *, after: bool = False) -> bytes:
    """A JPEG of one corner; the same seed shows the same corner, `after` without the trouble."""
    random = Random(seed)
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    light = random.uniform(0.75, 1.05)
    _sky(draw, light)
    _houses(draw, random, light)
    _street(draw, random, light)
    if not after:
        _TROUBLE.get(code[:3], _waste)(draw, Random(seed + 1))
    image = image.filter(ImageFilter.BoxBlur(1))
    grain = ImageChops.offset(_grain(), random.randrange(SIZE[0]), random.randrange(SIZE[1]))
    image = Image.blend(image, grain, 0.06)
    out = BytesIO()
    image.save(out, "JPEG", quality=78)
    return out.getvalue()


@cache
def _grain() -> Image.Image:
    """What a small sensor adds to any picture."""
    small = SIZE[0] // 3, SIZE[1] // 3
    noise = Image.frombytes("L", small, Random(0).randbytes(small[0] * small[1]))
    return noise.resize(SIZE, Image.Resampling.BILINEAR).convert("RGB")


def _shade(colour: Colour, light: float) -> Colour:
    red, green, blue = (min(int(part * light), 255) for part in colour)
    return red, green, blue


def _sky(draw: Draw, light: float) -> None:
    for y in range(_HORIZON):
        share = y / _HORIZON
        draw.line(
            [(0, y), (SIZE[0], y)],
            _shade((int(150 + 60 * share), int(180 + 35 * share), int(205 + 15 * share)), light),
        )


def _houses(draw: Draw, random: Random, light: float) -> None:
    left = -40
    while left < SIZE[0]:
        wide, high = random.randrange(150, 270), random.randrange(210, 330)
        wall = random.choice([(188, 176, 160), (170, 160, 152), (196, 188, 170), (158, 150, 148)])
        top = _KERB - 30 - high
        draw.rectangle([left, top, left + wide, _KERB - 20], _shade(wall, light))
        for y in range(top + 22, _KERB - 150, 46):
            for x in range(left + 18, left + wide - 30, 44):
                glass = random.choice([(92, 110, 124), (110, 128, 140), (70, 84, 98)])
                draw.rectangle([x, y, x + 26, y + 28], _shade(glass, light))
        sign = random.choice([(176, 48, 44), (34, 92, 150), (210, 150, 40), (48, 120, 84)])
        draw.rectangle([left + 8, _KERB - 128, left + wide - 8, _KERB - 96], _shade(sign, light))
        for x in range(left + 26, left + wide - 34, 30):
            draw.rectangle([x, _KERB - 120, x + 16, _KERB - 104], _shade((245, 238, 220), light))
        draw.rectangle(
            [left + 14, _KERB - 92, left + wide - 14, _KERB - 20], _shade((58, 62, 66), light)
        )
        left += wide + random.randrange(0, 14)


def _street(draw: Draw, random: Random, light: float) -> None:
    width, height = SIZE
    draw.rectangle([0, _KERB - 20, width, _KERB + 90], _shade((172, 168, 160), light))
    for x in range(-200, width, 48):
        draw.line([(x, _KERB + 90), (x + 110, _KERB - 20)], _shade((158, 154, 146), light), 2)
    for y in (_KERB + 8, _KERB + 36, _KERB + 64):
        draw.line([(0, y), (width, y)], _shade((158, 154, 146), light), 2)
    draw.rectangle([0, _KERB + 90, width, _KERB + 104], _shade((126, 124, 120), light))
    draw.rectangle([0, _KERB + 104, width, height], _shade((84, 86, 90), light))
    for x in range(random.randrange(0, 90), width, 190):
        draw.polygon(
            [(x, 640), (x + 96, 640), (x + 86, 654), (x - 10, 654)], _shade((214, 212, 200), light)
        )
    tree = random.randrange(80, width - 80)
    draw.rectangle([tree - 9, 190, tree + 9, _KERB + 30], _shade((96, 76, 58), light))
    for _ in range(46):
        x, y = tree + int(random.gauss(0, 58)), 150 + int(random.gauss(0, 44))
        r = random.randrange(16, 34)
        green = (58 + random.randrange(30), 98 + random.randrange(34), 56)
        draw.ellipse([x - r, y - r, x + r, y + r], _shade(green, light))


def _stall(draw: Draw, random: Random) -> None:
    """Trading where people walk: an umbrella, a cart, crates of fruit."""
    x, y = random.randrange(240, 560), _KERB + 150
    draw.line([(x + 90, y - 240), (x + 90, y - 20)], (70, 70, 72), 7)
    cloth = random.choice([(206, 60, 52), (40, 110, 170), (230, 170, 50)])
    draw.polygon([(x - 50, y - 180), (x + 90, y - 262), (x + 230, y - 180)], cloth)
    draw.polygon([(x + 10, y - 180), (x + 90, y - 262), (x + 170, y - 180)], (240, 236, 226))
    draw.rectangle([x, y - 92, x + 190, y - 30], (140, 104, 70))
    for step in range(5):
        fruit = random.choice([(220, 120, 30), (190, 40, 40), (120, 160, 50)])
        for _ in range(9):
            cx, cy = x + 14 + step * 36 + random.randrange(24), y - 98 + random.randrange(12)
            draw.ellipse([cx, cy, cx + 15, cy + 15], fruit)
    for wheel in (x + 22, x + 150):
        draw.ellipse([wheel, y - 44, wheel + 44, y], (36, 36, 38))
    for _ in range(4):
        cx = x - 150 + random.randrange(120)
        draw.rectangle([cx, y - 46, cx + 60, y - 8], (176, 140, 92))


def _waste(draw: Draw, random: Random) -> None:
    """Things that lie about: bags, rubble, a broken chair."""
    x, y = random.randrange(220, 620), _KERB + 140
    for _ in range(60):
        cx, cy = x + int(random.gauss(0, 85)), y - int(abs(random.gauss(0, 34)))
        r = random.randrange(7, 24)
        heap = random.choice([(118, 108, 94), (60, 60, 62), (190, 186, 176), (92, 84, 70)])
        draw.ellipse([cx - r, cy - r * 0.7, cx + r, cy + r * 0.7], heap)
    for _ in range(5):
        cx = x + random.randrange(-110, 110)
        draw.ellipse([cx - 34, y - 66, cx + 34, y], (34, 36, 40))
        draw.polygon([(cx - 8, y - 60), (cx + 8, y - 60), (cx, y - 84)], (34, 36, 40))


def _advert(draw: Draw, random: Random) -> None:
    """A board nobody permitted, and bills on the wall."""
    x, y = random.randrange(180, 560), 180
    board = random.choice([(196, 36, 44), (24, 86, 160), (222, 156, 24)])
    draw.rectangle([x + 60, y + 150, x + 74, _KERB + 40], (90, 92, 96))
    draw.rectangle([x + 226, y + 150, x + 240, _KERB + 40], (90, 92, 96))
    draw.rectangle([x, y, x + 300, y + 170], board, (240, 240, 236), 6)
    for row in range(3):
        for column in range(5 - row % 2):
            left = x + 30 + column * 50
            draw.rectangle([left, y + 24 + row * 46, left + 34, y + 54 + row * 46], (250, 244, 224))
    for _ in range(14):
        left, top = random.randrange(40, 900), _KERB - 86 + random.randrange(40)
        draw.rectangle([left, top, left + 22, top + 30], (232, 228, 214), (150, 148, 140))


def _site(draw: Draw, random: Random) -> None:
    """Works without cover: hoarding fallen, spoil on the road, dust."""
    x, y = random.randrange(140, 420), _KERB + 60
    for step in range(6):
        lean = random.randrange(-14, 30)
        left = x + step * 74
        draw.polygon(
            [(left, y), (left + 66, y), (left + 66 + lean, y - 150), (left + lean, y - 150)],
            (54, 120, 170) if step % 2 else (64, 132, 182), (230, 230, 226), 3,
        )  # fmt: skip
    for _ in range(120):
        cx, cy = x + 240 + random.gauss(0, 120), y + 96 - abs(random.gauss(0, 40))
        r = random.randrange(6, 22)
        draw.ellipse([cx - r, cy - r * 0.6, cx + r, cy + r * 0.6], (134, 108, 76))
    for _ in range(40):
        cx, cy, r = x + random.randrange(560), y + random.randrange(60), random.randrange(20, 60)
        draw.ellipse([cx - r, cy - r // 3, cx + r, cy + r // 3], (186, 172, 150))


def _water(draw: Draw, random: Random) -> None:
    """Water over the road from a cover that gave way."""
    x, y = random.randrange(260, 560), 600
    for ring in range(7, 0, -1):
        wide = ring * 52
        draw.ellipse(
            [x - wide, y - ring * 15, x + wide, y + ring * 15],
            (74 + ring * 3, 96 + ring * 3, 112 + ring * 3),
        )
    draw.ellipse([x - 54, y - 20, x + 54, y + 20], (30, 30, 34))
    draw.ellipse([x - 40, y - 30, x + 60, y + 6], (96, 96, 98), (60, 60, 62), 4)


_TROUBLE: dict[str, Callable[[Draw, Random], None]] = {
    "E01": _waste,
    "E02": _advert,
    "E03": _site,
    "E04": _stall,
    "E05": _water,
    "E06": _waste,
}
