"""Passwords: hashed so that guessing is dear, two at a time so that a flood is not dearer."""

import re
import threading
from functools import cache
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from patrol.core.errors import Refused

AT_ONCE = 2  # hashes computed at a time; 46 MiB each
PATIENCE = 10.0  # seconds a sign-in waits for its turn
SHORTEST, LONGEST = 8, 128
PHONE = 11  # digits of a mobile number; fewer make a birthday, a QQ number, a row of luck
CONTEXT = ("patrol", "xuncha", "wangge", "chengguan", "巡查", "网格", "城管")
COMMON = frozenset((Path(__file__).parent / "common-passwords.txt").read_text("utf-8").split())
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")  # what people put around a word: digits and marks
_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
_TURNS = threading.BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """What is kept of a password; raises Refused while too many others are being hashed."""
    with _Turn():
        return _HASHER.hash(password)


def fits(kept: str, password: str) -> bool:
    """Whether a password is the one kept; takes as long when nothing is kept at all."""
    with _Turn():
        try:
            return _HASHER.verify(kept or _decoy(), password) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Whether a password should be hashed again because our figures have changed."""
    return _HASHER.check_needs_rehash(kept)


def demand_strong(password: str, *about: str) -> str:
    """Give a new password back; `about` are words a stranger would try first.

    Raises Refused when it is short, long, common, or made of such words. No rule asks for kinds
    of characters: length is what counts (ASVS 5.0, 6.2.5).
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused("password-length", "password", least=SHORTEST, most=LONGEST)
    folded = password.casefold()
    if _is_common(folded) or _is_pattern(folded):
        raise Refused("password-common", "password")
    rest = folded
    for word in (*CONTEXT, *(word.casefold() for word in about if len(word) > 1)):
        rest = rest.replace(word, "")
    if len(rest) <= SHORTEST // 2:
        raise Refused("password-guessable", "password")
    return password


def _is_common(folded: str) -> bool:
    """A common word, whatever digits and marks stand around it, or digits alone, few enough."""
    bare = _EDGES.sub("", folded)
    return folded in COMMON or bare in COMMON or (not bare and len(folded) <= PHONE)


def _is_pattern(folded: str) -> bool:
    """One run or one repetition: 11111111, 12345678, abcabcabc, 20001231."""
    if re.fullmatch(r"(.{1,4}?)\1+", folded):
        return True
    steps = {ord(b) - ord(a) for a, b in pairwise(folded)}
    is_run = len(steps) == 1 and steps <= {-1, 0, 1}
    is_date = re.fullmatch(r"(19|20)\d\d[01]\d[0-3]\d", folded) is not None
    return is_run or is_date


@cache
def _decoy() -> str:
    return _HASHER.hash("nobody has this password")


class _Turn:
    """One of the few places at the hasher."""

    def __enter__(self) -> None:
        if not _TURNS.acquire(timeout=PATIENCE):
            refused = Refused("sign-in-busy")
            refused.status = 503
            raise refused

    def __exit__(self, *_: object) -> None:
        _TURNS.release()
