"""A token says a cell's code and a serial number, and holds only where this site signed it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.errors import Refused
from patrol.tags import rules

SECRET = "s" * 32
CODES = st.text("0123456789ABCabc-_", min_size=1, max_size=32)
SERIALS = st.integers(1, 999_999_999)


@given(CODES, SERIALS)
def test_what_is_signed_can_be_read_bare_or_at_the_end_of_an_address(code, serial):
    token = rules.token(SECRET, code, serial)

    for text in (token, f"https://patrol.example.gov.cn/t/{token}", f" {token}\n"):
        assert rules.read(SECRET, text) == rules.Mark(code, serial)


@given(CODES, SERIALS, st.data())
def test_a_token_with_one_sign_changed_is_no_token(code, serial, data):
    token = rules.token(SECRET, code, serial)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("A2Zz9.-/").filter(lambda sign: sign != token[at]))

    changed = token[:at] + other + token[at + 1 :]
    if changed.rpartition("/")[2] == token:  # the slash of an address
        return
    with pytest.raises(Refused):
        rules.read(SECRET, changed)


@pytest.mark.parametrize(
    "text", ["", "weixin://dl/x", "410105.1", "410105.0.AAAAAAAAAAAAAAAA", "a" * 9999]
)
def test_what_is_no_tag_is_refused(text):
    with pytest.raises(Refused) as caught:
        rules.read(SECRET, text)
    assert caught.value.code == "tag-unreadable"


def test_another_site_signs_otherwise():
    with pytest.raises(Refused):
        rules.read("t" * 32, rules.token(SECRET, "41010500100001", 1))
