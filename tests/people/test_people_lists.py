"""A list of people or posts is stored whole or not at all, and says what each row does."""

import json

import pytest
from click.testing import CliRunner

from patrol.cli import main
from patrol.core import clock
from patrol.core.roles import Identity, PostKind, Role
from patrol.ledger.model import LedgerEntry
from patrol.people import passwords
from patrol.people.model import Person, Post
from tests.conftest import NOW

PEOPLE = """账号,姓名,身份,手机,执法证号,证件有效期,初始口令
zhang,张三,公务员,13800000001,豫A-0001,2027-03-01,walk every round
li,李四,劳务派遣,13800000002,,,
"""


@pytest.fixture
def patrol(app, database, tmp_path, monkeypatch):
    """Runs the command on this test's site; gives what it printed and how it ended."""
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("PATROL_HOME", str(tmp_path))
    monkeypatch.setenv("PATROL_DATABASE_URL", url)
    monkeypatch.setenv("LC_ALL", "C")

    def run(*args, content=None):
        path = tmp_path / "list.csv"
        if content is not None:
            path.write_text(content, "utf-8-sig")
        result = CliRunner().invoke(main, [*args, str(path)])
        clock.tell(NOW.isoformat())
        return result

    return run


def test_a_dry_run_says_what_would_happen_and_stores_nothing(patrol, make):
    result = patrol("people", "import", "--dry-run", content=PEOPLE)

    assert result.exit_code == 0, result.output
    assert "zhang" in result.stdout
    assert make.rows(Person) == []


def test_people_come_in_with_identity_certificate_and_password(patrol, make):
    result = patrol("people", "import", content=PEOPLE)

    assert result.exit_code == 0, result.output
    people = {one.login: one for one in make.rows(Person)}
    assert (people["zhang"].name, people["zhang"].identity) == ("张三", Identity.CIVIL_SERVANT)
    assert str(people["zhang"].certificate_until) == "2027-03-01"
    assert passwords.fits(people["zhang"].password, "walk every round")
    assert people["li"].password == ""
    assert [entry.kind for entry in make.rows(LedgerEntry)] == ["person.recorded"] * 2


def test_the_same_list_again_changes_nothing_and_a_new_one_only_what_differs(patrol, make):
    patrol("people", "import", content=PEOPLE)
    again = patrol("people", "import", "--json", content=PEOPLE.replace("李四", "李思"))

    acts = {row["login"]: (row["act"], row["what"]) for row in json.loads(again.stdout)["rows"]}
    assert acts == {"zhang": ("same", ""), "li": ("changed", "name")}
    assert {one.name for one in make.rows(Person)} == {"张三", "李思"}


def test_one_faulty_row_keeps_the_whole_list_out_and_is_named(patrol, make):
    bad = f"{PEOPLE}wang,王五,临时工,,,,12345678\nzhang,张三三,公务员,,,,\n"

    result = patrol("people", "import", "--json", content=bad)

    faults = json.loads(result.stdout[: result.stdout.rindex("}") + 1])["faults"]
    assert result.exit_code == 1
    assert [(one["row"], one["column"], one["code"]) for one in faults] == [
        (4, "identity", "cell-unknown-word"),
        (5, "login", "row-repeats"),
    ]
    assert make.rows(Person) == []


def test_a_weak_first_password_is_a_fault_that_does_not_repeat_it(patrol, make):
    result = patrol("people", "import", content="账号,姓名,身份,初始口令\na1,甲,事业,12345678\n")

    assert result.exit_code == 1
    assert "12345678" not in result.output
    assert make.rows(Person) == []


def test_a_file_that_is_no_table_ends_with_one_sentence(patrol):
    result = patrol("people", "import", content="\x00\x00")

    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_posts_come_in_in_the_citys_time(patrol, make):
    street, _, block = make.tree()
    make.person(login="zhang")
    make.person(login="li")
    posts = f"""账号,岗位,网格编码,任职方式,起,止,委派人,接受时间
zhang,网格员,{block.code},主,2026-11-02,,li,2026-11-01 09:00
li,网格长,{street.code},,2026-11-02 08:00,2027-01-01,,
"""

    result = patrol("posts", "import", content=posts)

    assert result.exit_code == 0, result.output
    worker, head = sorted(make.rows(Post), key=lambda post: post.role, reverse=True)
    assert (worker.role, worker.kind, head.role) == (Role.WORKER, PostKind.PRIMARY, Role.HEAD)
    assert worker.from_at.isoformat() == "2026-11-01T16:00:00+00:00"
    assert worker.accepted_at.isoformat() == "2026-11-01T01:00:00+00:00"
    assert (head.accepted_at, head.served_at) == (None, None)
    assert patrol("posts", "import", "--json", content=posts).stdout.count('"same"') == 2


def test_a_list_that_was_served_binds_unsigned(patrol, make):
    block = make.tree()[2]
    make.person(login="zhang")

    patrol(
        "posts",
        "import",
        "--served",
        content=f"账号,岗位,网格编码,起\nzhang,网格员,{block.code},2026-11-02\n",
    )

    assert make.rows(Post)[0].served_at is not None


def test_unknown_people_and_grids_are_named_row_by_row(patrol, make):
    block = make.tree()[2]
    make.person(login="zhang")
    posts = f"""账号,岗位,网格编码,起,止
nobody,网格员,{block.code},2026-11-02,
zhang,网格员,999,2026-11-02,
zhang,网格员,{block.code},2026-11-02,2026-11-01
"""

    result = patrol("posts", "import", "--json", content=posts)

    faults = json.loads(result.stdout[: result.stdout.rindex("}") + 1])["faults"]
    assert result.exit_code == 1
    assert [(one["row"], one["code"]) for one in faults] == [
        (2, "unknown-person"),
        (3, "unknown-grid"),
        (4, "ends-before-it-begins"),
    ]
    assert make.rows(Post) == []
