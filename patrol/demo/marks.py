"""What lies beside the plans in the demo: permits, sites and roads, hot spots, tags in cells."""

import csv
from datetime import date, datetime, timedelta
from functools import partial
from io import StringIO
from random import Random

from sqlmodel import Session

from patrol.core.geo import datum
from patrol.demo.agenda import Agenda
from patrol.demo.city import City, leader_of
from patrol.demo.walking import in_bands
from patrol.grid import marking, objects
from patrol.grid.drafts import HotSpotDraft
from patrol.tags import service as tags

PERMITS = (  # what for, topic, days from now until it runs out
    ("经八路便民早餐车", "street_order", 12),
    ("红专路果蔬直销点", "street_order", 26),
    ("政七街书报亭", "street_order", 190),
    ("金水路楼顶广告牌", "advertising", 9),
    ("花园路商场立面广告", "advertising", 140),
    ("民航路候车亭广告", "advertising", 310),
)
SITES = ("经三路地铁换乘通道工地", "农业路雨污分流工地", "燕庄地块工地")
ROADS = ("纬二路商业街", "杜岭街背街", "未来路人行道")
POINTS = ("省实验小学门口", "人民医院东门")
SPOTS = (  # topic, months, why
    ("street_order", 1, 12, "早高峰流动摊点反复"),
    ("street_order", 5, 10, "夏季夜市占道"),
    ("city_appearance", 10, 2, "落叶与积雪清扫"),
    ("advertising", 1, 12, "小广告反复张贴"),
)


def announce(agenda: Agenda, city: City, midnight: datetime, days: int) -> None:
    """Have objects taken in and cells marked before the first day, and tags made on it."""
    start = midnight - timedelta(days=days)
    agenda.add(start - timedelta(hours=5), partial(_take_in, city, midnight.date()))
    agenda.add(start - timedelta(hours=4), partial(_mark, city))
    city.tagged = {grid.id for grid in city.hot[:2]}
    agenda.add(start + timedelta(hours=7), partial(_tag, city))


def _take_in(city: City, today: date, session: Session, now: datetime) -> None:
    """An office sends its table of permits, sites, roads and points."""
    random, table = Random("objects"), StringIO()
    write = csv.writer(table).writerow
    write(("编号", "名称", "类别", "坐标", "许可证号", "有效期至", "地址", "主题"))
    for number, (name, topic, left) in enumerate(PERMITS, 1):
        permit, until = f"金许2026-{number:04d}", today + timedelta(days=left)
        write((f"XK-{number:03d}", name, "许可点位", _spot(city, random), permit, until, "", topic))
    for number, name in enumerate(SITES, 1):
        write((f"GD-{number:03d}", name, "工地", _spot(city, random), "", "", name, "construction"))
    for number, name in enumerate(ROADS, 1):
        write((f"LD-{number:03d}", name, "路段", _road(city, number), "", "", "", "street_order"))
    for number, name in enumerate(POINTS, 1):
        write((f"DW-{number:03d}", name, "重点点位", _spot(city, random), "", "", "", ""))
    topics = ("street_order", "advertising", "construction")
    content = table.getvalue().encode()
    objects.take_in(session, None, content, datum("wgs84"), known_topics=topics, now=now)


def _mark(city: City, session: Session, now: datetime) -> None:
    """Squad leaders mark the cells that need more looking at."""
    for number, grid in enumerate((*city.hot[:4], *city.markets)):
        actor = city.acting(session, leader_of(city, grid).id, now=now)
        cells = city.cells[grid.id]
        for turn in range(2):
            topic, first, last, reason = SPOTS[(number + turn) % len(SPOTS)]
            draft = HotSpotDraft(
                cell=cells[(turn + 1) * len(cells) // 3].code,
                topic=topic, first_month=first, last_month=last, reason=reason,
            )  # fmt: skip
            marking.mark(session, actor, grid, draft, now=now)


def _tag(city: City, session: Session, now: datetime) -> None:
    """A squad leader has tags made for the cells of the two grids walked most."""
    for grid in city.hot[:2]:
        actor = city.acting(session, leader_of(city, grid).id, now=now)
        tags.make(session, actor, grid, now=now)


def _spot(city: City, random: Random) -> str:
    """A place beside the middle of some cell of a grid that is walked every day."""
    cell = random.choice(city.cells[random.choice(city.hot).id])
    return f"{cell.lon + 0.0001:.6f},{cell.lat:.6f}"


def _road(city: City, number: int) -> str:
    """A stretch across three cells of one row."""
    row = in_bands(city.cells[city.hot[number].id])[5:8]
    return " ".join(f"{cell.lon:.6f},{cell.lat:.6f}" for cell in row)
