"""The phone's own half of the fault matrix: two tabs, spoilt answers, a new version."""

import pytest

from patrol.findings.model import Finding
from tests.kills.held import nothing_to
from tests.torture.browser import OUTBOX

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
]
OLD = """async ([drop]) => {
  const open = indexedDB.open("patrol");
  const db = await new Promise((done) => { open.onsuccess = () => done(open.result); });
  const tx = db.transaction(["items"], "readwrite");
  const items = tx.objectStore("items");
  const got = items.getAll();
  await new Promise((done) => { got.onsuccess = done; });
  for (const item of got.result) { for (const name of drop) delete item[name]; items.put(item); }
  await new Promise((done) => { tx.oncomplete = done; });
  db.close();
}"""


def test_c7_two_tabs_send_each_item_once(held, between, chance):
    other = held.page.context.new_page()
    other.goto("/outbox")
    between.rule = nothing_to("gone")
    held.put(chance, 3)
    between.rule = lambda *_: "pass"
    for page in (other, held.page):
        page.evaluate(f"() => {{ ({OUTBOX})(); }}")

    held.empties()

    held.arrived_once()
    assert between.taken["POST", "/findings"] == 3
    assert [times for (method, _), times in between.taken.items() if method == "PUT"] == [1, 1, 1]


def test_c8_no_answer_but_our_own_counts(held, between, chance):
    for rule in ("portal", "sign-in", "bad-gateway", "gone"):
        between.rule = nothing_to(rule)
        [made] = held.put(chance)
        held.send()
        assert made in held.kept(), rule
        assert between.spoiled[rule], rule
    assert not held.city.make.rows(Finding, Finding.officer_id == held.officer)

    between.rule = nothing_to("cut")  # stored, and the phone does not know it
    held.send()
    assert between.spoiled["cut"]
    assert len(held.kept()) == 4
    between.rule = lambda *_: "pass"
    held.empties()

    held.arrived_once()


@pytest.mark.parametrize(
    "older",
    [
        pytest.param(["device", "hash", "prev", "mark", "signature"], id="N-2"),
        pytest.param(["signature", "mark"], id="N-1"),
    ],
)
def test_c11_a_new_version_sends_what_the_one_before_has_frozen(held, between, chance, older):
    between.rule = nothing_to("gone")
    made = held.put(chance, 2)
    held.page.evaluate(OLD, [older])
    between.rewrite = _new_version
    held.page.evaluate("async () => (await navigator.serviceWorker.ready).update()")
    held.page.wait_for_function(
        "() => navigator.serviceWorker.ready.then((one) => Boolean(one.waiting))"
    )
    held.page.evaluate(
        "async () => (await navigator.serviceWorker.ready).waiting?.postMessage('skip-waiting')"
    )
    held.page.goto("/outbox")

    assert held.kept() == set(made)
    between.rule = lambda *_: "pass"
    held.empties()
    held.arrived_once()


def _new_version(path: str, body: bytes) -> bytes:
    return (
        body.replace(b'const VERSION = "', b'const VERSION = "next-') if path == "/sw.js" else body
    )
