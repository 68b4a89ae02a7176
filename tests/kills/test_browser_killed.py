"""The browser is killed by SIGKILL: while typing, while saving, with records queued, while sending.

The rows are those of the fault matrix. Whatever the moment, a record that the phone once called
saved arrives as one row with its photo byte for byte, and one that it did not is still a draft.
"""

from contextlib import suppress
from threading import Timer
from time import monotonic

import pytest
from playwright.sync_api import Error, Page

from patrol.findings.model import Finding
from patrol.replay.model import Receipt
from tests.journeys.test_main_job import photo
from tests.kills import moments
from tests.kills.held import nothing_to

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
]
LATEST = 2  # seconds of typing that may be lost


def deadly(rule):
    """A rule by which the phone that asks for `/die` dies."""
    return lambda method, path: "dies" if path == "/die" else rule(method, path)


def written(page: Page) -> None:
    """Fill the report as far as before saving."""
    page.goto("/findings/new")
    page.wait_for_selector("[data-photos-box]:visible")
    page.set_input_files("input[data-origin=camera]", photo())
    page.wait_for_selector("[data-photos] img")
    page.locator("label.chip", has_text="占道经营").first.click()
    page.wait_for_function("() => document.querySelector('[name=lon]').value !== ''")
    page.fill("#remark", "三轮车两辆")
    page.wait_for_timeout(1500)


def test_c1_killed_while_typing_it_loses_no_more_than_two_seconds(held, chance):
    held.page.goto("/findings/new")
    held.page.wait_for_selector("[data-photos-box]:visible")
    held.page.focus("#remark")
    killed_at, typed = [], []

    def kill() -> None:
        killed_at.append(monotonic())
        held.profile.end()

    Timer(chance.uniform(4, 5), kill).start()
    with suppress(Error):  # never pausing for breath
        for number in range(400):
            held.page.keyboard.type(f"{number} ", delay=50)
            typed.append((monotonic(), number))
    held.dies()
    held.come()
    held.page.goto("/findings/new")
    held.page.wait_for_selector("[data-photos-box]:visible")
    there = held.page.input_value("#remark")

    due = [number for at, number in typed if at < killed_at[0] - LATEST]
    assert due
    *whole, cut = there.split()
    assert whole == [str(number) for number in range(len(whole))]
    assert str(len(whole)).startswith(cut)
    assert len(whole) + 1 >= len(due)


@pytest.mark.parametrize(
    ("moment", "outcomes"),
    [
        ("tapped", {"draft"}),
        ("begun", {"draft"}),
        ("item written", {"draft"}),
        ("committing", {"draft", "saved"}),
        ("committed", {"saved"}),
    ],
)
def test_c2_killed_while_saving_it_is_saved_whole_or_still_a_draft(held, between, moment, outcomes):
    held.profile.kill()
    between.rule = deadly(nothing_to("gone"))
    held.come(moments.script(moment))
    written(held.page)
    shown = between.taken["GET", "/outbox"]
    with suppress(Error):
        held.page.click("[data-save]", no_wait_after=True)
    held.dies()
    assert between.taken["GET", "/outbox"] == shown  # where it would say that it is saved

    between.rule = nothing_to("gone")
    held.come()
    saved = held.kept()
    held.page.goto("/findings/new")
    held.page.wait_for_selector("[data-photos-box]:visible")
    held.page.wait_for_timeout(500)
    remark, pictures = held.page.input_value("#remark"), held.page.locator("[data-photos] img")
    state = "saved" if saved else "draft"
    assert state in outcomes
    if saved:
        assert (remark, pictures.count()) == ("", 0)
    else:
        assert (remark, pictures.count()) == ("三轮车两辆", 1)
        held.page.click("[data-save]")
        held.page.wait_for_url("**/outbox")

    held.count_on_what_is_kept()
    assert [one.kind for one in held.told] == ["finding", "photo"]
    between.rule = lambda *_: "pass"
    held.empties()
    held.arrived_once()


@pytest.mark.parametrize("moment", ["unheard", "record answered", "photo answered", "all answered"])
def test_c3_c4_killed_around_an_answer_it_sends_again_and_gets_the_same_receipt(
    held, between, chance, moment
):
    before = moment == "unheard"
    held.profile.kill()
    between.rule = nothing_to("gone")
    held.come("" if before else moments.script(moment))
    [made, *_] = held.put(chance, 2)
    between.rule = deadly(lambda method, _: "unheard" if before and method == "POST" else "pass")
    held.send()
    held.dies()
    [first] = held.city.make.rows(Receipt, Receipt.item_id == made)
    assert between.answers[str(made)] == [201]

    between.rule = lambda *_: "pass"
    held.come()
    held.empties()
    held.arrived_once()
    again = {"unheard": [201, 200], "record answered": [201, 200]}
    assert between.answers[str(made)] == again.get(moment, [201])
    assert held.city.make.rows(Receipt, Receipt.item_id == made) == [first]


def test_c5_killed_while_a_photo_goes_it_sends_the_photo_again(held, between, chance):
    between.rule = nothing_to("gone")
    [made] = held.put(chance)
    between.rule = lambda method, _: "dies" if method == "PUT" else "pass"
    held.send()
    held.dies()
    assert len(held.city.make.rows(Finding, Finding.id == made)) == 1

    between.rule = lambda *_: "pass"
    held.come()
    held.empties()
    held.arrived_once()


def test_killed_with_records_queued_and_again_in_mid_sync_it_delivers_each_once(
    held, between, chance
):
    between.rule = nothing_to("gone")
    made = held.put(chance, 12)
    held.profile.kill()
    held.come()
    assert held.kept() == set(made)

    sent = []
    between.rule = lambda method, _: (
        "dies" if method == "POST" and (sent.append(method) or len(sent) > 5) else "pass"
    )
    held.send()
    held.dies()
    arrived = held.city.make.rows(Finding, Finding.officer_id == held.officer)
    assert len(arrived) == 5

    between.rule = nothing_to("gone")
    held.come()
    assert held.kept() == set(made) - {row.id for row in arrived}
    between.rule = lambda *_: "pass"
    held.empties()
    held.arrived_once()
