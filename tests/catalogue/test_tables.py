"""A city's own table of classes, read row by row."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from patrol.catalogue.facts import events
from patrol.catalogue.tables import read_table
from patrol.core.errors import Refused

REAL = Path(__file__).parents[3] / "shared" / "data" / "categories"
HEAD = "类别,大类代码,大类名称,小类代码,小类名称,立案条件,结案条件,处置时限\n"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the shared data are not here")


def table(*rows: str) -> bytes:
    return (HEAD + "".join(row + "\n" for row in rows)).encode()


@needs_real
@pytest.mark.parametrize(
    "name", ["yuncheng_case_standards_flat.csv", "yuncheng_case_standards_original.xlsx"]
)
def test_the_real_table_is_taken_whole_in_both_of_its_forms(name: str) -> None:
    found = read_table((REAL / name).read_bytes())

    assert (len(found.classes), found.rows, found.faults) == (190, 519, ())
    assert sum(len(each.conditions) for each in found.classes) == 519
    assert sum(each.code.startswith("E") for each in found.classes) == 98


@needs_real
def test_the_first_catalogue_says_what_the_real_table_says() -> None:
    content = (REAL / "yuncheng_case_standards_flat.csv").read_bytes()
    real = {each.code: each for each in read_table(content).classes}

    for fact in events():
        stated = {condition.stated.limit for condition in real[fact.code].conditions}
        assert (fact.name, {c.limit for c in fact.conditions}) == (real[fact.code].name, stated)


def test_merged_cells_hold_for_the_rows_below_and_no_further() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "事件"
    for line in (
        ["某市立案标准"],
        ["大类代码", "大类名称", "小类代码", "小类名称", "立案条件", "处置时限"],
        ["04", "街面秩序", "01", "无照经营游商", "流动摊贩", "2紧急工作时"],
        [None, None, None, None, "夜间", "4小时"],
        [None, None, 2, "早（夜）市管理问题", "超时", "1天"],
        [5, "突发事件", 1, None, "破裂", "1天"],
    ):
        sheet.append(line)
    content = io.BytesIO()
    book.save(content)

    found = read_table(content.getvalue())

    assert [(each.code, each.major, len(each.conditions)) for each in found.classes] == [
        ("E0401", "街面秩序", 2),
        ("E0402", "街面秩序", 1),
    ]
    assert [(fault.row, fault.code) for fault in found.faults] == [(6, "class-name-missing")]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("物件,1,公用,1,井盖,,,1天", "class-kind-unknown", "类别"),
        ("事件,四,街面,1,游商,,,1天", "class-code-unreadable", "大类代码"),
        ("事件,4,街面,一,游商,,,1天", "class-code-unreadable", "小类代码"),
        ("事件,4,街面,1,,,,1天", "class-name-missing", "小类名称"),
        ("事件,4,街面,1,游商,,,立即", "limit-unreadable", "处置时限"),
        ("事件,4,街面,1,=1+1,,,1天", "cell-is-formula", "小类名称"),
    ],
)
def test_a_bad_row_is_named_with_its_column_and_the_rest_is_taken(
    row: str, code: str, column: str
) -> None:
    found = read_table(table("事件,4,街面秩序,6,占道经营,,,2紧急工作时", row))

    assert [each.code for each in found.classes] == ["E0406"]
    assert [(f.row, f.code, f.column) for f in found.faults] == [(3, code, column)]


def test_a_class_may_not_have_two_names_nor_a_condition_twice() -> None:
    found = read_table(
        table("事件,4,a,1,游商,x,y,1天", "事件,4,a,1,摊贩,x,y,1天", "事件,4,a,1,游商,x,y,1天")
    )

    assert [f.code for f in found.faults] == ["class-named-twice", "condition-twice"]


def test_a_file_without_the_headings_is_refused() -> None:
    with pytest.raises(Refused, match="sheet-lacks-columns"):
        read_table(b"a,b,c\n1,2,3\n")


def test_every_row_is_counted_once_whatever_became_of_it() -> None:
    with io.StringIO() as text:
        writer = csv.writer(text)
        writer.writerow(HEAD.strip().split(","))
        writer.writerows(["事件", 4, "街面", n, f"类{n}", "", "", "1天"] for n in range(1, 120))
        content = text.getvalue().encode("gb18030")

    found = read_table(content)

    assert found.rows == 119
    assert len(found.classes) + len(found.faults) == 119
