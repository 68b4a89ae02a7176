"""How far back a trace looks, by what was known: what is older neither helps nor harms."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from patrol.tracing.facts import Facts, Obligation


def reaching(facts: Facts) -> Facts:
    """The same facts as far back as they were looked at, were nothing else known.

    That is the figure a city sets, or the oldest proof that the violation was there.
    """
    present = (one.at for one in facts.proofs if one.present)
    since = min([facts.scene.found_at - facts.figures.look_back, *present])
    obligations = tuple(since_then(facts.obligations, since))
    since = first_opening(obligations, since)
    posts = tuple((at, post) for at, post in facts.posts if post.end is None or post.end > since)
    persons = {post.person_id for _, post in posts}
    plans = {f"plan:{one.plan}" for one in obligations}
    return replace(
        facts,
        proofs=tuple(one for one in facts.proofs if one.evidence.grade is None or one.at >= since),
        obligations=obligations,
        posts=posts,
        excuses=tuple(one for one in facts.excuses if one.person_id in persons and one.end > since),
        visits=tuple(one for one in facts.visits if one.seen_at >= since),
        told=tuple(
            one for one in facts.told if one.about_finding or one.plan is None or one.plan in plans
        ),
        emptied=tuple((who, at) for who, at in facts.emptied if who in persons),
    )


def since_then(obligations: Iterable[Obligation], since: datetime) -> Iterator[Obligation]:
    """The obligations still in force after a moment, each with its windows that close after it."""
    for one in obligations:
        if one.until is None or one.until > since:
            yield replace(one, windows=tuple(each for each in one.windows if each.closes > since))


def first_opening(obligations: Iterable[Obligation], since: datetime) -> datetime:
    """When the first window of these opens, and no later than a moment."""
    return min([since, *(one.windows[0].window.start for one in obligations if one.windows)])


def between(facts: Facts, not_before: datetime | None) -> Facts:
    """The same facts with only the windows that can matter: those open after the last absence.

    The one before them stays, so that it can be seen how it was when all was well.
    """
    if not_before is None:
        return facts

    def kept(one: Obligation) -> Obligation:
        first = next(
            (at for at, reach in enumerate(one.windows) if reach.closes > not_before),
            len(one.windows),
        )
        return replace(one, windows=one.windows[max(first - 1, 0) :])

    return replace(facts, obligations=tuple(kept(one) for one in facts.obligations))
