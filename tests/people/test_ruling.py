"""An entry that excuses somebody is ruled on once, whoever comes at the same time."""

from datetime import timedelta

from patrol.core.roles import Role
from patrol.people import service
from patrol.people.model import Excuse, ExcuseKind
from tests.at_once import second_of
from tests.conftest import NOW

DAY = timedelta(days=1)


def test_two_who_rule_at_once_come_to_one_ruling(make, database):
    community = make.grid(make.grid(tier=1))
    worker = make.person(Role.WORKER, community)
    bosses = [make.actor(make.person(Role.HEAD, community)) for _ in range(2)]
    excuse = Excuse(
        person_id=worker.id, grid_id=community.id, kind=ExcuseKind.LEAVE, document="#118",
        from_at=NOW + DAY, to_at=NOW + 2 * DAY, recorded_by=worker.id, recorded_at=NOW,
    )  # fmt: skip
    make.store(excuse)

    def rule(actor, *, approve):
        def ruling(session):
            found = session.get(Excuse, excuse.id)
            service.rule_on_excuse(session, actor, found, approve=approve, now=NOW)
            session.flush()

        return ruling

    said = second_of(database, rule(bosses[0], approve=True), rule(bosses[1], approve=False))

    assert said == "excuse-ruled-already"
    assert make.reload(Excuse, excuse.id).refused_at is None
