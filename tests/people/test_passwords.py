"""A password is dear to guess and never common, and signing in costs the same for everybody."""

import threading
from datetime import timedelta
from itertools import pairwise

import pytest

from patrol.core.errors import Refused
from patrol.core.roles import Role
from patrol.people import passwords
from patrol.people.rules import DESK, SHIFT, session_age, wait_after


def test_the_right_password_fits_and_another_does_not():
    kept = passwords.hashed("correct horse battery")

    assert passwords.fits(kept, "correct horse battery")
    assert not passwords.fits(kept, "correct horse batterz")


def test_what_is_kept_names_the_cost_we_promise():
    assert passwords.hashed("correct horse").startswith("$argon2id$v=19$m=47104,t=1,p=1$")


@pytest.mark.parametrize("kept", ["", "plain", "$argon2id$broken"])
def test_nothing_fits_where_no_password_is_kept(kept):
    assert not passwords.fits(kept, "nobody has this password")


def test_an_older_and_cheaper_hash_is_known_as_outdated():
    from argon2 import PasswordHasher

    assert passwords.is_outdated(PasswordHasher(1, 8192, 1).hash("x"))
    assert not passwords.is_outdated(passwords.hashed("x"))


def test_no_more_than_two_are_hashed_at_a_time(monkeypatch):
    running, most = [], []
    gate = threading.Lock()

    class Slow:
        def hash(self, _):
            with gate:
                running.append(1)
                most.append(len(running))
            threading.Event().wait(0.02)
            with gate:
                running.pop()
            return "x"

    monkeypatch.setattr(passwords, "_HASHER", Slow())
    threads = [threading.Thread(target=passwords.hashed, args=("x",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 2


def test_whoever_waits_too_long_for_a_turn_is_told_so(monkeypatch):
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    with passwords._Turn(), passwords._Turn(), pytest.raises(Refused) as caught:
        passwords.hashed("x")

    assert (caught.value.status, caught.value.code) == (503, "sign-in-busy")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password-length"),
        ("x" * 129, "password-length"),
        ("Password", "password-common"),
        ("12345678", "password-common"),
        ("abcabcabcabc", "password-common"),
        ("19991231", "password-common"),
        ("13803712026", "password-common"),
        ("zhang19870312", "password-common"),
        ("woaini1314", "password-common"),
        ("p@ssw0rd!", "password-common"),
        ("ouyangxue1", "password-guessable"),
        ("xuncha2026", "password-guessable"),
        ("城管网格巡查abc", "password-guessable"),
        ("three walked rounds", None),
        ("春天的花园路", "password-length"),
        ("春天的花园路很长", None),
    ],
)
def test_a_password_a_stranger_would_try_first_is_refused(password, code):
    if code is None:
        assert passwords.demand_strong(password, "ouyangxue", "欧阳雪") == password
        return
    with pytest.raises(Refused) as caught:
        passwords.demand_strong(password, "ouyangxue", "欧阳雪")
    assert caught.value.code == code


def test_waiting_grows_from_the_fifth_failure_and_has_an_end():
    waits = [wait_after(failures) for failures in range(40)]

    assert waits[:5] == [timedelta()] * 5
    assert waits[5:9] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert all(earlier <= later for earlier, later in pairwise(waits))
    assert waits[-1] == timedelta(minutes=15)


def test_a_shift_is_for_whoever_only_walks():
    assert session_age({Role.OFFICER}) == SHIFT
    assert session_age({Role.OFFICER, Role.SUPERVISOR}) == DESK
    assert session_age(set()) == DESK
