"""A table from an office is read as it was meant, and a hostile one is refused whole."""

import io
import zipfile
from contextlib import suppress
from datetime import datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.core.errors import Refused
from patrol.people.sheets import MOST_COLUMNS, read_sheet

COLUMNS = {"login": ("账号", "工号"), "name": ("姓名",), "phone": ("手机", "电话")}
NEEDED = {"login", "name"}


def read(content):
    return read_sheet(content, COLUMNS, NEEDED)


def xlsx(*lines):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def repacked(content, **parts):
    """The same workbook with some of its parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for entry in old.infolist():
            if entry.filename not in parts:
                new.writestr(entry, old.read(entry))
        for name, body in parts.items():
            new.writestr(name, body)
    return out.getvalue()


PLAIN = xlsx(["账号", "姓名", "手机"], ["zhang", "张三", 13800000000])


def refusal(content):
    with pytest.raises(Refused) as caught:
        read(content)
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_whatever_encoding_the_office_uses(encoding):
    sheet = read("账号,姓名,手机\r\nzhang,张三,13800000000\r\n".encode(encoding))

    assert sheet.faults == []
    assert [(row.number, dict(row.cells)) for row in sheet.rows] == [
        (2, {"login": "zhang", "name": "张三", "phone": "13800000000"})
    ]


def test_a_workbook_reads_like_the_same_csv():
    assert read(PLAIN) == read("账号,姓名,手机\nzhang,张三,13800000000\n".encode())


def test_rows_keep_the_numbers_the_office_sees():
    sheet = read("\n账号;姓名\n\nzhang;张三\n\nli;李四\n".encode())

    assert [row.number for row in sheet.rows] == [4, 6]


def test_headings_are_known_by_any_of_their_names_and_others_are_told():
    sheet = read("工号 *,姓 名,部门\nzhang,张三,一中队\n".encode())

    assert dict(sheet.rows[0].cells) == {"login": "zhang", "name": "张三"}
    assert sheet.unknown == ("部门",)


@pytest.mark.parametrize("value", ["=1+1", "@SUM(A1)", "\t=1", "+cmd|' /C calc'!A0", "-2+3+cmd"])
def test_a_formula_is_a_fault_of_its_row_alone(value):
    body = io.StringIO()
    body.write(f'账号,姓名\nzhang,"{value}"\nli,李四\n')

    sheet = read(body.getvalue().encode())

    assert [(fault.row, fault.column, fault.code) for fault in sheet.faults] == [
        (2, "name", "cell-is-formula")
    ]
    assert [row.number for row in sheet.rows] == [3]


def test_a_formula_in_a_workbook_is_a_fault_too():
    sheet = read(xlsx(["账号", "姓名"], ["zhang", "=HYPERLINK(1)"]))

    assert [fault.code for fault in sheet.faults] == ["cell-is-formula"]


def test_a_telephone_number_with_a_country_code_is_no_formula():
    sheet = read("账号,姓名,手机\nzhang,张三,+86 138-0000-0000\n".encode())

    assert sheet.faults == []


def test_text_that_writes_backwards_is_a_fault():
    sheet = read("账号,姓名\nzhang,张\u202e三\n".encode())

    assert [fault.code for fault in sheet.faults] == ["cell-has-control-characters"]


def test_a_day_in_a_workbook_reads_as_a_day():
    sheet = read(xlsx(["账号", "姓名"], ["a", datetime(2026, 11, 2)], ["b", 3.0]))  # noqa: DTZ001

    assert [row.cells["name"] for row in sheet.rows] == ["2026-11-02", "3"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sheet-empty"),
        (b"\n\n", "sheet-empty"),
        ("账号\nzhang\n".encode(), "sheet-lacks-columns"),
        ("账号,工号,姓名\n1,2,3\n".encode(), "sheet-repeats-columns"),
        (b"\xff\xff\xff", "sheet-unreadable"),
        (b"login,name\na\x00b,c\n", "sheet-unreadable"),
        (b'login,name\n"a"b,c\n', "sheet-unreadable"),
        (b"PK\x03\x04 not a workbook", "sheet-unreadable"),
        (b"a," * MOST_COLUMNS + b"a\n", "sheet-too-wide"),
        (b"login,name\n" + b"a,b\n" * 20_001, "sheet-too-many-rows"),
        (b"x" * (20 * 1024 * 1024 + 1), "sheet-too-large"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_its_reason(content, code):
    assert refusal(content) == code


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><l>&i;</l>"
)


@pytest.mark.hostile
@pytest.mark.parametrize(
    "content",
    [
        repacked(PLAIN, **{"xl/worksheets/sheet1.xml": LAUGHS}),
        repacked(PLAIN, **{"xl/workbook.xml": LAUGHS.encode("utf-16")}),
        repacked(PLAIN, **{"xl/bomb.bin": b"\x00" * 30_000_000}),
        repacked(PLAIN, **{f"xl/part{n}.bin": b"x" for n in range(201)}),
        repacked(PLAIN, **{"../../etc/passwd": b"x"}),
        repacked(PLAIN, **{"/etc/passwd": b"x"}),
        repacked(PLAIN, **{"xl/inner.zip": b"x"}),
    ],
    ids=["laughs", "laughs-utf-16", "bomb", "entries", "climbs-out", "absolute", "nested"],
)
def test_a_hostile_workbook_is_refused(content):
    assert refusal(content) == "sheet-hostile"


@pytest.mark.hostile
def test_a_link_inside_a_workbook_is_refused():
    link = zipfile.ZipInfo("xl/link.xml")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO(PLAIN)
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr(link, "/etc/passwd")

    assert refusal(out.getvalue()) == "sheet-hostile"


@pytest.mark.hostile
@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK", b"PK\x03\x04", PLAIN[:900]]))
def test_any_bytes_are_read_or_refused(noise, start):
    with suppress(Refused):
        read(start + noise)


@pytest.mark.hostile
@settings(deadline=None)
@given(st.integers(0, len(PLAIN) - 1), st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused(place, byte):
    with suppress(Refused):
        read(PLAIN[:place] + bytes([byte]) + PLAIN[place + 1 :])
