"""Signing in and out: attempts counted before they are judged, sessions kept here and revocable."""

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from patrol.core.access import Actor, May, demand
from patrol.core.errors import NotFound, Refused
from patrol.core.store import Database, insert_new
from patrol.ledger.service import note
from patrol.people import passwords
from patrol.people.model import Attempt, Person, SessionToken
from patrol.people.queries import actor_of
from patrol.people.rules import session_age, wait_after

FORGET = timedelta(hours=24)  # after this long without another, wrong passwords are forgotten
ADDRESS_WINDOW = timedelta(hours=1)
ADDRESS_MOST = 300  # attempts an hour from one address; carriers share one among thousands
TOUCH = timedelta(minutes=1)  # how exactly idleness is known


@dataclass(frozen=True)
class Opened:
    """A session just opened: the token only the browser keeps, and whose it is."""

    token: str
    person_id: UUID
    login: str
    locale: str
    ends_at: datetime


def sign_in(
    database: Database,
    login: str,
    password: str,
    *,
    address: str,
    known: str | None = None,
    now: datetime,
) -> Opened:
    """Open a session for whoever has this login and password.

    `known` names a browser this account has signed in with before: it has a count of its own, so
    strangers who guess, elsewhere or from its own address, cannot slow it down. The attempt is
    counted before the password is looked at, so that guesses sent side by side do not slip
    through; the hash is computed outside any transaction. Raises Refused `sign-in-wait`,
    `sign-in-busy` or `sign-in-wrong`, the last in the same time and words whether or not there is
    such an account.
    """
    login = login.strip().lower()
    counted = _key(f"known:{known}:{login}" if known else f"account:{login}")
    from_there = None if known else _key(f"address:{_network(address)}")
    with database.transaction() as session:
        _count(session, counted, from_there, now=now)
    with database.reading() as session:
        person = session.scalar(
            select(Person).where(col(Person.login) == login, col(Person.disabled_at).is_(None))
        )
    kept = person.password if person else ""
    if not passwords.fits(kept, password) or person is None:
        raise Refused("sign-in-wrong")
    fresh = passwords.hashed(password) if passwords.is_outdated(kept) else None
    with database.transaction() as session:
        _forgive(session, counted, from_there)
        if fresh is not None:
            session.get_one(Person, person.id).password = fresh
        return open_session(session, person, now=now)


def open_session(session: Session, person: Person, *, now: datetime) -> Opened:
    """Make a new session with a token that is nowhere kept but in the browser."""
    token = secrets.token_urlsafe(32)
    actor = actor_of(session, person.id, now=now)
    ends_at = now + session_age(actor.roles).absolute
    session.add(
        SessionToken(
            id=hashlib.sha256(token.encode()).hexdigest(),
            person_id=person.id,
            made_at=now,
            seen_at=now,
            ends_at=ends_at,
            proved_at=now,
        )
    )
    note(session, actor, "session.opened", f"person:{person.id}", {}, at=now)
    return Opened(token, person.id, person.login, person.locale, ends_at)


def sign_out(session: Session, actor: Actor, token_id: str, *, now: datetime) -> None:
    """End one session of one's own; the token is worth nothing from then on."""
    found = session.get(SessionToken, token_id)
    if found is None or found.person_id != actor.id:
        raise NotFound
    if found.revoked_at is None:
        found.revoked_at = now
        note(session, actor, "session.ended", f"person:{actor.id}", {}, at=now)


def revoke_all(session: Session, person_id: UUID, *, now: datetime, but: str | None = None) -> int:
    """End every session of a person, `but` one; how many that were."""
    ended = session.connection().execute(
        update(SessionToken)
        .where(
            col(SessionToken.person_id) == person_id,
            col(SessionToken.revoked_at).is_(None),
            col(SessionToken.id) != (but or ""),
        )
        .values(revoked_at=now)
    )
    return ended.rowcount


def touch(session: Session, token_id: str, *, now: datetime) -> None:
    """Record that a session is in use."""
    session.connection().execute(
        update(SessionToken).where(col(SessionToken.id) == token_id).values(seen_at=now)
    )


def change_password(
    database: Database, actor: Actor, token_id: str, old: str, new: str, *, now: datetime
) -> None:
    """Set a new password for oneself, proven by the old one; every other session ends."""
    with database.reading() as session:
        person = session.get_one(Person, actor.id)
    passwords.demand_strong(new, person.login, person.name, person.phone)
    with database.transaction() as session:
        _count(session, _key(f"account:{person.login}"), None, now=now)
    if not passwords.fits(person.password, old):
        raise Refused("password-wrong", "old")
    kept = passwords.hashed(new)
    with database.transaction() as session:
        _forgive(session, _key(f"account:{person.login}"), None)
        session.get_one(Person, actor.id).password = kept
        session.get_one(SessionToken, token_id).proved_at = now
        ended = revoke_all(session, actor.id, now=now, but=token_id)
        note(
            session,
            actor,
            "person.password-changed",
            f"person:{actor.id}",
            {"ended": ended},
            at=now,
        )


def give_password(database: Database, person_id: UUID, new: str, *, now: datetime) -> None:
    """Set somebody's password from the command line; every session of theirs ends."""
    with database.reading() as session:
        person = session.get_one(Person, person_id)
    passwords.demand_strong(new, person.login, person.name, person.phone)
    kept = passwords.hashed(new)
    with database.transaction() as session:
        session.get_one(Person, person_id).password = kept
        ended = revoke_all(session, person_id, now=now)
        note(
            session, None, "person.password-given", f"person:{person_id}", {"ended": ended}, at=now
        )


def choose_language(session: Session, actor: Actor, locale: str) -> None:
    """Keep the language a person wants to read."""
    person = session.get_one(Person, actor.id)
    person.locale = locale
    person.access_version += 1


def disable(session: Session, actor: Actor | None, person: Person | None, *, now: datetime) -> None:
    """Let a person sign in no more; what they did stays, and every session ends at once.

    `actor` is none on the command line. Nobody disables themselves.
    """
    if actor is not None:
        person = demand(actor, May.MANAGE_PERSON, person, seen=May.SEE_PERSON)
    if person is None:
        raise NotFound
    if actor is not None and actor.id == person.id:
        raise Refused("person-is-oneself")
    if person.disabled_at is None:
        person.disabled_at = now
        person.access_version += 1
        revoke_all(session, person.id, now=now)
        note(session, actor, "person.disabled", f"person:{person.id}", {}, at=now)


def forget_attempts(session: Session, *, now: datetime) -> int | None:
    """Drop counts nobody needs any more, a step of the job; None when nothing is left."""
    old = select(col(Attempt.id)).where(col(Attempt.since) < now - FORGET).limit(500)
    dropped = session.connection().execute(delete(Attempt).where(col(Attempt.id).in_(old)))
    return dropped.rowcount or None


def _key(counted: str) -> str:
    return hashlib.sha256(counted.encode()).hexdigest()


def _network(address: str) -> str:
    """One address, or the 64 bits that one household has of the newer kind."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))


def _count(session: Session, account: str, address: str | None, *, now: datetime) -> None:
    mine = _attempt(session, account, now=now)
    if mine.retry_at is not None and mine.retry_at > now:
        raise _wait(mine.retry_at, now)
    if address is not None:
        theirs = _attempt(session, address, now=now)
        if now - theirs.since >= ADDRESS_WINDOW:
            theirs.failures, theirs.since = 0, now
        if theirs.failures >= ADDRESS_MOST:
            raise _wait(theirs.since + ADDRESS_WINDOW, now)
        theirs.failures += 1
    mine.failures = 1 if now - mine.since >= FORGET else mine.failures + 1
    mine.since = now
    wait = wait_after(mine.failures)
    mine.retry_at = now + wait if wait else None


def _attempt(session: Session, key: str, *, now: datetime) -> Attempt:
    session.connection().execute(insert_new(Attempt).values(id=key, failures=0, since=now))
    query = select(Attempt).where(col(Attempt.id) == key).with_for_update()
    return session.scalars(query).one()


def _forgive(session: Session, account: str, address: str | None) -> None:
    session.connection().execute(delete(Attempt).where(col(Attempt.id) == account))
    if address is not None:
        session.connection().execute(
            update(Attempt)
            .where(col(Attempt.id) == address, col(Attempt.failures) > 0)
            .values(failures=col(Attempt.failures) - 1)
        )


def _wait(until: datetime, now: datetime) -> Refused:
    seconds = max((until - now).total_seconds(), 1)
    refused = Refused("sign-in-wait", minutes=-int(-seconds // 60), seconds=int(seconds))
    refused.status = 429
    return refused
