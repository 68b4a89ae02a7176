"""Signing in, as an attacker would try it: guessing, fixing, planting, replaying, redirecting."""

import hashlib
import threading
from datetime import timedelta

import pytest
from sqlmodel import col

from patrol.core import clock
from patrol.core.errors import Refused
from patrol.core.roles import Role
from patrol.people import passwords, signing
from patrol.people.model import Attempt, Person, SessionToken
from tests.browser import OURS
from tests.conftest import NOW

PASSWORD = "walk every round"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def kept():
    return passwords.hashed(PASSWORD)


@pytest.fixture
def anna(make, kept):
    return make.person(Role.OFFICER, login="anna", name="安娜", password=kept)


def enter(browser, login="anna", password=PASSWORD, *, status=303, **more):
    form = {"login": login, "password": password, **more}
    response = browser.client.post("/sign-in", data=form, headers=OURS)
    assert response.status_code == status, response.text[:500]
    return response


def sign_in(database, password=PASSWORD, *, login="anna", now=NOW, address="10.0.0.1", known=None):
    return signing.sign_in(database, login, password, address=address, known=known, now=now)


def refusal(*args, **kwargs):
    with pytest.raises(Refused) as caught:
        sign_in(*args, **kwargs)
    return caught.value


def test_a_stranger_is_asked_to_sign_in_and_then_sent_where_they_were_going(browser, anna):
    asked = browser.get("/my-posts", status=303)
    assert asked.location == "/sign-in?next=/my-posts"

    entered = enter(browser, next="/my-posts")

    assert entered.location == "/my-posts"
    browser.get("/my-posts")


def test_the_cookie_is_for_this_server_and_no_script(browser, anna):
    cookie = enter(browser).headers.getlist("Set-Cookie")[0]

    assert cookie.startswith("patrol=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


def test_over_tls_only_the_guarded_cookie_counts(app, make, anna):
    client = app.test_client()
    form = {"login": "anna", "password": PASSWORD}
    entered = client.post("/sign-in", data=form, headers=OURS, base_url="https://localhost")

    cookie = entered.headers.getlist("Set-Cookie")[0]
    assert cookie.startswith("__Host-patrol=")
    assert "; Secure" in cookie
    assert "Path=/" in cookie

    planted = app.test_client()
    planted.set_cookie("patrol", make.token(anna))
    assert planted.get("/account", base_url="https://localhost").status_code == 303


def test_only_the_hash_of_a_token_is_kept(database, make, anna):
    opened = sign_in(database)

    rows = make.rows(SessionToken)
    assert [row.id for row in rows] == [hashlib.sha256(opened.token.encode()).hexdigest()]
    assert len(opened.token) >= 43


def test_a_token_brought_along_is_never_taken_over(browser, anna):
    browser.client.set_cookie("patrol", "chosen-by-the-attacker")

    enter(browser)

    assert browser.client.get_cookie("patrol").value != "chosen-by-the-attacker"


def test_no_account_and_a_wrong_password_look_the_same(browser, anna):
    wrong = enter(browser, password="walk no round at all", status=401)
    nobody = enter(browser, login="nobody", password="walk no round at all", status=401)

    clean = [page.text.replace("nobody", "anna") for page in (wrong, nobody)]
    assert clean[0] == clean[1]


def test_whoever_is_disabled_cannot_sign_in_and_is_out_at_once(browser, database, make, anna):
    enter(browser)
    browser.get("/account")
    with database.transaction() as session:
        signing.disable(session, None, session.get(Person, anna.id), now=NOW)

    browser.get("/account", status=303)
    enter(browser, status=401)


def test_only_an_administrator_disables_and_never_themselves(browser, make, anna):
    boss = make.person(Role.ADMIN, make.tree()[0])
    browser.sign_in(anna).post(f"/people/{anna.id}/disable", status=403)
    browser.sign_in(boss)
    browser.post(f"/people/{boss.id}/disable", status=422)

    browser.post(f"/people/{anna.id}/disable")

    assert make.reload(Person, anna.id).disabled_at == NOW
    assert "已停用" in browser.get(f"/people/{anna.id}").text


def test_after_five_wrong_passwords_even_the_right_one_must_wait(database, anna):
    for _ in range(5):
        assert refusal(database, "wrong password").code == "sign-in-wrong"

    assert refusal(database).code == "sign-in-wait"
    assert sign_in(database, now=NOW + MINUTE).login == "anna"


def test_waiting_doubles_and_a_right_password_forgives(database, make, anna):
    now = NOW
    waits = []
    for _ in range(12):
        try:
            sign_in(database, "wrong password", now=now)
        except Refused as refused:
            if refused.code == "sign-in-wait":
                waits.append(refused.facts["minutes"])
                now += timedelta(minutes=refused.facts["minutes"])

    assert waits == [1, 2, 4, 8]
    sign_in(database, now=now + 15 * MINUTE)
    assert [row.failures for row in make.rows(Attempt)] != []
    assert refusal(database, "wrong password", now=now + 16 * MINUTE).code == "sign-in-wrong"


def test_an_account_that_does_not_exist_makes_one_wait_just_the_same(database, anna):
    for _ in range(5):
        refusal(database, "wrong password", login="nobody")

    assert refusal(database, "wrong password", login="nobody").code == "sign-in-wait"


def test_guesses_sent_side_by_side_do_not_slip_through(database, anna, monkeypatch):
    looked = []
    real = passwords.fits

    def counted(kept, password):
        looked.append(password)
        return real(kept, password)

    monkeypatch.setattr(passwords, "fits", counted)
    threads = [
        threading.Thread(target=lambda: refusal(database, "wrong password")) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(looked) == 5


def test_strangers_cannot_lock_a_browser_out_that_the_account_knows(browser, database, anna):
    enter(browser)
    browser.client.delete_cookie("patrol")
    for _ in range(6):
        refusal(database, "wrong password", address="203.0.113.9")
    assert refusal(database).code == "sign-in-wait"

    enter(browser)


def test_a_forged_known_browser_counts_as_unknown(browser, database, anna):
    for _ in range(5):
        refusal(database, "wrong password")
    browser.client.set_cookie("patrol-known", "eyJpZCI6IngiLCJsb2dpbnMiOltdfQ.forged")

    answer = enter(browser, status=429)

    assert answer.headers["Retry-After"] == "60"


def test_one_address_cannot_try_many_accounts_for_long(database, make, monkeypatch):
    monkeypatch.setattr(signing, "ADDRESS_MOST", 4)
    monkeypatch.setattr(passwords, "fits", lambda *_: False)
    for number in range(4):
        refusal(database, "wrong password", login=f"p{number}")

    assert refusal(database, "x", login="p9").code == "sign-in-wait"
    assert refusal(database, "x", login="p9", address="10.0.0.2").code == "sign-in-wrong"
    later = refusal(database, "x", login="p9", now=NOW + timedelta(hours=1))
    assert later.code == "sign-in-wrong"


def test_strangers_behind_the_same_address_lock_no_known_browser_out(
    browser, database, make, anna, monkeypatch
):
    enter(browser)
    browser.client.delete_cookie("patrol")
    monkeypatch.setattr(signing, "ADDRESS_MOST", 4)
    for number in range(4):
        refusal(database, "wrong password", login=f"p{number}", address="127.0.0.1")
    assert refusal(database, login="p9", address="127.0.0.1").code == "sign-in-wait"

    enter(browser)

    assert refusal(database, login="p9", address="127.0.0.1").code == "sign-in-wait"


def test_addresses_of_one_household_count_together(database, make, monkeypatch):
    monkeypatch.setattr(signing, "ADDRESS_MOST", 1)
    monkeypatch.setattr(passwords, "fits", lambda *_: False)
    refusal(database, "x", address="2001:db8::1")

    assert refusal(database, "x", login="b", address="2001:db8::2").code == "sign-in-wait"


def test_old_counts_are_dropped_by_the_job(database, make, anna):
    refusal(database, "wrong password")

    with database.transaction() as session:
        assert signing.forget_attempts(session, now=NOW + timedelta(hours=25)) == 2
        assert signing.forget_attempts(session, now=NOW + timedelta(hours=25)) is None


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/ok\r\nSet-Cookie: a=b",
        "evil",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(browser, anna, target):
    assert enter(browser, next=target).location == "/"


def test_a_sign_in_sent_from_another_site_is_turned_away(browser, anna):
    form = {"login": "anna", "password": PASSWORD}
    for headers in (
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        assert browser.client.post("/sign-in", data=form, headers=headers).status_code == 403


def test_signing_out_ends_the_session_here_and_not_only_in_the_browser(browser, anna):
    enter(browser)
    token = browser.client.get_cookie("patrol").value
    browser.post("/sign-out")
    assert browser.client.get_cookie("patrol") is None

    browser.client.set_cookie("patrol", token)

    browser.get("/account", status=303)


def test_another_browser_of_ones_own_can_be_signed_out_and_nobody_elses(
    browser, make, database, anna
):
    other = sign_in(database)
    stranger = make.token(make.person())
    enter(browser)
    assert (
        "其他浏览器" in browser.get("/account").text
        or "Another browser" in browser.get("/account").text
    )

    browser.post(f"/account/sessions/{hashed(other.token)}/end")
    browser.post(f"/account/sessions/{hashed(stranger)}/end", status=404)

    assert make.reload(SessionToken, hashed(other.token)).revoked_at == NOW
    assert make.reload(SessionToken, hashed(stranger)).revoked_at is None


def hashed(token):
    return hashlib.sha256(token.encode()).hexdigest()


def test_a_shift_outlasts_a_desk_and_both_end(app, browser, make, anna, kept):
    desk = make.person(Role.SUPERVISOR, login="desk", password=kept)
    enter(browser)
    assert alive(browser, NOW + timedelta(hours=15))
    assert not alive(browser, NOW + timedelta(hours=16))
    clock.tell(NOW.isoformat())
    enter(browser, login=desk.login)
    assert not alive(browser, NOW + timedelta(minutes=31))


def test_a_desk_that_is_used_stays_awake_and_ends_after_twelve_hours(browser, make, kept):
    make.person(Role.SUPERVISOR, login="desk", password=kept)
    enter(browser, login="desk")

    for quarter in range(1, 48):
        assert alive(browser, NOW + quarter * timedelta(minutes=15))
    assert not alive(browser, NOW + timedelta(hours=12))


def test_a_page_left_open_asks_for_its_mark_and_keeps_nobody_awake(browser, make, kept):
    make.person(Role.SUPERVISOR, login="desk", password=kept)
    enter(browser, login="desk")
    for minutes in (10, 20, 29):
        clock.tell((NOW + minutes * MINUTE).isoformat())
        browser.get("/notices/badge")

    assert [row.seen_at for row in make.rows(SessionToken)] == [NOW]
    assert not alive(browser, NOW + 31 * MINUTE)


def alive(browser, moment):
    clock.tell(moment.isoformat())
    return browser.client.get("/account").status_code == 200


def test_a_new_password_ends_every_other_session(browser, database, make, anna):
    other = sign_in(database)
    enter(browser)

    browser.post("/account/password", {"old": PASSWORD, "password": "a rather longer sentence"})

    assert make.reload(SessionToken, hashed(other.token)).revoked_at == NOW
    browser.get("/account")
    assert refusal(database).code == "sign-in-wrong"
    assert sign_in(database, "a rather longer sentence").login == "anna"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("wrong password", "a rather longer sentence"),
        (PASSWORD, "12345678"),
        (PASSWORD, "anna2026"),
    ],
)
def test_a_password_is_changed_only_with_the_old_one_and_to_a_strong_one(browser, anna, old, new):
    enter(browser)

    browser.post("/account/password", {"old": old, "password": new}, status=422)

    browser.post("/sign-out")
    enter(browser)


def test_a_stolen_session_cannot_guess_the_password_for_long(browser, database, anna):
    enter(browser)
    for _ in range(5):
        browser.post(
            "/account/password",
            {"old": "wrong password", "password": "a long sentence"},
            status=422,
        )

    browser.post("/account/password", {"old": PASSWORD, "password": "a long sentence"}, status=429)


def test_the_language_is_kept_with_the_person_and_in_the_browser(browser, make, anna):
    assert 'lang="zh-Hans-CN"' in browser.get("/sign-in").text
    browser.post("/language", {"language": "en", "next": "/sign-in"})
    assert 'lang="en"' in browser.get("/sign-in").text

    enter(browser)
    assert 'lang="zh-Hans-CN"' in browser.get("/account").text
    browser.post("/language", {"language": "en"})

    assert 'lang="en"' in browser.get("/account").text
    assert make.reload(Person, anna.id).locale == "en"


def test_a_language_nobody_speaks_here_is_refused(browser):
    browser.post("/language", {"language": "../../etc"}, status=404)


@pytest.mark.hostile
@pytest.mark.parametrize(
    "login", ["' OR 1=1 --", "a" * 5000, "\x00anna", "{{7*7}}", "安" * 64, "anna\r\nX: y", ""]
)
def test_a_hostile_login_is_refused_and_breaks_nothing(browser, anna, login):
    form = {"login": login, "password": "x"}

    answer = browser.client.post("/sign-in", data=form, headers=OURS)

    assert answer.status_code in {401, 422}
    assert ">49<" not in answer.text


def test_a_password_that_is_very_long_is_not_hashed(browser, anna):
    assert enter(browser, password="x" * 100_000, status=422).status_code == 422


def test_a_post_given_or_ended_changes_what_one_may_at_the_next_request(
    browser, database, make, anna
):
    grid = make.tree()[0]
    enter(browser)
    browser.get("/posts/new", status=403)
    make.post(anna, Role.HEAD, grid)
    with database.transaction() as session:
        session.get(Person, anna.id).access_version += 1

    browser.get("/posts/new")


def test_attempts_keep_no_login_in_clear(database, make, anna):
    refusal(database, "wrong password", login="someone.secret")

    assert all("secret" not in row.id for row in make.rows(Attempt, col(Attempt.failures) > 0))
