"""What a trace concludes: questions in order, verdicts, and sentences as codes with facts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from patrol.core.roles import PostKind, Role


class Question(StrEnum):
    """What is asked of every doubt, in this order."""

    ASSIGNED = "assigned"
    PLANNED = "planned"
    PATROLLED = "patrolled"
    SEEN = "seen"
    REPORTED = "reported"
    DISPATCHED = "dispatched"
    STOPPED = "stopped"
    LEVELS_ACTED = "levels_acted"


class Verdict(StrEnum):
    """How a question is answered."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_ASKED = "not_asked"  # it did not come to that


class Code(StrEnum):
    """What a conclusion says; the last five speak for somebody or hold against nobody."""

    NOT_ASSIGNED = "not_assigned"  # the place was nobody's
    LEFT_UNCOVERED = "left_uncovered"  # away, and nobody put in the place
    PLACE_NOT_PLANNED = "place_not_planned"
    TOPIC_NOT_PLANNED = "topic_not_planned"
    NOT_PATROLLED = "not_patrolled"  # 未巡
    NOT_SEEN = "not_seen"  # 巡而未发现
    NOT_REPORTED = "not_reported"  # 发现未报
    NOT_DISPATCHED = "not_dispatched"
    NOT_STOPPED = "not_stopped"
    NOT_EFFECTIVE = "not_effective"
    READ_NOT_DONE = "read_not_done"  # 知情未处置
    NOT_READ = "not_read"  # 送达未读
    EXCUSED = "excused"  # 免责
    PART_EXCUSED = "part_excused"  # took the post over inside the window
    NOT_DELIVERED = "not_delivered"  # 未送达
    DISCHARGED = "discharged"  # without powers, advised and reported in time
    EVIDENCE_GONE = "evidence_gone"  # 无法查明


SPEAKS_FOR = frozenset(tuple(Code)[-5:])


@dataclass(frozen=True)
class Conclusion:
    """One sentence of the result, as a code with its facts."""

    question: Question
    code: Code
    at: datetime
    person: UUID | None = None
    post: UUID | None = None
    role: Role | None = None
    tier: int | None = None
    kind: PostKind | None = None
    since: datetime | None = None  # a stand-in's or newcomer's post began
    evidence: tuple[str, ...] = ()
    first: bool = False  # of the first question answered no: it names the duty that failed


@dataclass(frozen=True)
class Answer:
    """One question answered, with what shows it."""

    question: Question
    verdict: Verdict
    conclusions: tuple[Conclusion, ...] = ()
    evidence: tuple[str, ...] = ()


def conclusions(given: Iterable[Answer]) -> tuple[Conclusion, ...]:
    """The result in sentences: what failed in the order of the questions, then what excuses."""
    order = list(Question)
    every = [each for one in given for each in one.conclusions]
    return tuple(
        sorted(
            every,
            key=lambda one: (
                one.code in SPEAKS_FOR,
                order.index(one.question),
                one.at,
                str(one.person),
            ),
        )
    )
