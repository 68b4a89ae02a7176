"""What a person changes about the app itself."""

from datetime import datetime

from sqlmodel import Session

from patrol.core.access import Actor
from patrol.desk.drafts import Language
from patrol.ledger.service import note
from patrol.people.model import Person


def speak(session: Session, actor: Actor, draft: Language, *, now: datetime) -> Person:
    """Have the person spoken to in this language from now on, on every device."""
    person = session.get_one(Person, actor.id)
    if person.locale != draft.language:
        person.locale = draft.language
        person.access_version += 1  # what is remembered of the person is stale
        note(session, actor, "person.language", person.id, {"language": draft.language}, at=now)
    return person
