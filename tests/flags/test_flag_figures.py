"""How many faked rounds are asked about, and how many honest ones are: printed and held."""

import sys
from collections import defaultdict

import pytest

from patrol.flags.rules import Kind, questions
from tests.flags.synthetic import FAKED, HONEST, Labelled, labelled, real

SEED, EACH = 20261106, 20
RECALL, FALSE = 0.95, 0.02


def judged(rounds: list[Labelled]) -> tuple[dict[str, list[bool]], dict[str, list[bool]]]:
    """By class: was each fake seen for what it is, and was each honest one asked about."""
    seen, asked = defaultdict(list), defaultdict(list)
    for one in rounds:
        kinds = {question.kind for question in questions(one.walk)}
        if one.faked is None:
            asked[one.name].append(bool(kinds))
        else:
            seen[one.name].append(one.faked in kinds)
    return seen, asked


def share(answers: dict[str, list[bool]]) -> float:
    every = [answer for told in answers.values() for answer in told]
    return sum(every) / len(every)


def told(rounds: list[Labelled], printed: pytest.CaptureFixture[str]) -> tuple[dict, dict]:
    seen, asked = judged(rounds)
    with printed.disabled():
        sys.stdout.write("\n")
        for title, answers in (("faked, seen", seen), ("honest, asked about", asked)):
            for name, each in sorted(answers.items()):
                sys.stdout.write(f"  {title:20} {name:16} {sum(each):4} of {len(each):4}\n")
            sys.stdout.write(f"  {title:20} {'together':16} {share(answers):8.2%}\n")
    return seen, asked


@pytest.mark.slow
def test_faked_rounds_are_asked_about_and_honest_ones_are_not(capsys):
    rounds = list(labelled(SEED, EACH))

    seen, asked = told(rounds, capsys)

    assert len(rounds) == EACH * (len(HONEST) + len(FAKED)) >= 200
    assert min(sum(each) / len(each) for each in seen.values()) >= RECALL
    assert set(FAKED) == set(Kind)
    assert share(asked) <= FALSE


@pytest.mark.slow
def test_the_same_of_real_tracks(shared, capsys):
    rounds = list(real(shared / "tracks" / "geolife", SEED))

    seen, asked = told(rounds, capsys)

    assert len(rounds) >= 200
    assert min(sum(each) / len(each) for each in seen.values()) >= RECALL
    assert share(asked) <= FALSE


def test_a_seed_makes_the_same_rounds_again():
    one, other = (next(labelled(7, 1)) for _ in range(2))

    assert one == other
