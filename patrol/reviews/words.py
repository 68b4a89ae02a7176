"""Reviews in words: phases, acts, parts, outcomes, measures, remedies, and refusals."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.reviews.rules import Act, Body, Measure, Outcome, Part, Phase, Recusal, Remedy

PHASES: dict[Phase, tuple[Any, str]] = {
    Phase.INVESTIGATION: (_l("investigation"), "info"),
    Phase.PROPOSAL: (_l("proposal made, to be served"), "info"),
    Phase.HEARING: (_l("statement and defence"), "soon"),
    Phase.LEGAL: (_l("legal review"), "info"),
    Phase.PANEL: (_l("joint deliberation"), "info"),
    Phase.DECISION: (_l("to be decided"), "soon"),
    Phase.COUNTERSIGN: (_l("second signature"), "soon"),
    Phase.DELIVERY: (_l("decided, to be served"), "info"),
    Phase.EXECUTION: (_l("to be carried out"), "info"),
    Phase.PUBLICATION: (_l("to be published"), "info"),
    Phase.FILING: (_l("to be filed with the legal office"), "soon"),
    Phase.ARCHIVING: (_l("to be archived"), "info"),
    Phase.ARCHIVED: (_l("archived"), "ok"),
    Phase.TRANSFERRED: (_l("transferred"), "off"),
    Phase.APPEAL: (_l("under appeal"), "soon"),
}
ACTS: dict[str, Any] = {
    "open": _l("Open the review"),
    "statement": _l("Statement in defence"),
    "waive": _l("Needs no more time to answer"),
    Act.PROPOSE.value: _l("Propose"),
    Act.SERVE.value: _l("Serve the proposal"),
    Act.CLOSE_HEARING.value: _l("Close the hearing"),
    Act.CLEAR.value: _l("No legal objection"),
    Act.RETURN.value: _l("Send back to be investigated"),
    Act.DELIBERATE.value: _l("Record the joint deliberation"),
    Act.DECIDE.value: _l("Decide"),
    Act.COUNTERSIGN.value: _l("Sign as the second"),
    Act.OBJECT.value: _l("Refuse the second signature"),
    Act.DELIVER.value: _l("Serve the decision"),
    Act.EXECUTE.value: _l("Record that it is carried out"),
    Act.PUBLISH.value: _l("Make the result public"),
    Act.FILE.value: _l("File with the legal office"),
    Act.ARCHIVE.value: _l("Archive"),
    Act.APPEAL.value: _l("Appeal"),
    Act.UPHOLD.value: _l("Uphold"),
    Act.AMEND.value: _l("Amend"),
    Act.REVOKE.value: _l("Revoke"),
    Act.EXTEND.value: _l("Extend once"),
    Act.TRANSFER.value: _l("Transfer elsewhere"),
}
PARTS: dict[Part, Any] = {
    Part.INVESTIGATOR: _l("investigator"),
    Part.LEGAL: _l("legal review"),
    Part.DECIDER: _l("decider"),
    Part.SECOND: _l("second signature"),
    Part.APPEAL: _l("decides the appeal"),
}
OUTCOMES: dict[Outcome, tuple[Any, str]] = {
    Outcome.NO_FAULT: (_l("no fault"), "ok"),
    Outcome.NOT_PURSUED: (_l("not pursued"), "off"),
    Outcome.PURSUED: (_l("pursued"), "bad"),
}
MEASURES: dict[Measure, Any] = {
    Measure.REMINDER: _l("talk and reminder"),
    Measure.CRITICISM: _l("criticism and education"),
    Measure.CORRECTION: _l("ordered to correct"),
    Measure.SELF_CRITICISM: _l("written self-examination"),
    Measure.CIRCULAR: _l("criticism by circular"),
    Measure.TRAINING: _l("off post for training"),
    Measure.ADMONITION: _l("admonition"),
    Measure.REASSIGNMENT: _l("moved off the enforcement post"),
    Measure.CERTIFICATE: _l("certificate withdrawn"),
    Measure.DISMISSAL: _l("contract ended or sent back"),
    Measure.DISCIPLINE: _l("disciplinary sanction"),
    Measure.TRANSFER: _l("transferred to the authorities"),
}
BODIES: dict[Body, Any] = {
    Body.UNIT: _l("decided by this unit"),
    Body.GOVERNMENT_LEGAL: _l("recommended to the government legal office"),
    Body.APPOINTING: _l("recommended to the appointing body"),
    Body.EMPLOYER: _l("recommended to the employer"),
    Body.TOWNSHIP: _l("recommended to the township or street"),
    Body.SUPERVISION: _l("transferred to supervision or justice"),
}
REMEDIES: dict[Remedy, Any] = {
    Remedy.UNIT_REVIEW: _l("ask this unit to look again"),
    Remedy.PERSONNEL_APPEAL: _l("personnel review and appeal"),
    Remedy.ARBITRATION: _l("labour arbitration"),
    Remedy.TOWNSHIP_APPEAL: _l("appeal to the township or street"),
}
RECUSALS: dict[Recusal, Any] = {
    Recusal.CONCERNED: _l("the review is about this person"),
    Recusal.OWN_DUTY: _l("this person's own duty is answered no"),
    Recusal.SIGNED: _l("this person signed the act at stake"),
    Recusal.INTEREST: _l("kinship or interest"),
}
REFUSALS: dict[str, Any] = {
    "doubt-not-taken-up": _l("A review is opened only from a doubt taken up."),
    "review-open-already": _l("A review of this doubt is open already."),
    "nobody-concerned": _l("This doubt asks about nobody, so there is nobody to review."),
    "part-taken": _l("This part is taken by somebody else."),
    "recused": _l("You may have no part in this review: your own duty, signature or interest."),
    "four-people": _l("Investigators, legal reviewer and decider are four different people."),
    "investigators-missing": _l("Two investigators are needed; another supervisor has to join."),
    "act-not-open": _l("The procedure does not wait for this now."),
    "may-still-answer": _l("Nothing goes on while the person may still answer."),
    "may-still-appeal": _l("It is archived once nobody may appeal any more."),
    "not-the-appellant": _l(
        "An appeal changes what was decided for who appealed, and for nobody else."
    ),
    "reason-missing": _l("Say why."),
    "measure-unfit": _l("This measure does not go with that outcome or that kind of staff."),
    "heavier": _l("A decision never weighs more than what the person was told."),
    "hearing-over": _l("The time to answer is over."),
    "remedy-over": _l("The time to appeal is over."),
    "person-not-concerned": _l("This review is not about that person."),
}
NOTICES: dict[str, Any] = {
    "review.opened": _l("Review %(number)s has been opened and concerns you"),
    "review.served": _l("Review %(number)s: read what is proposed, and answer"),
    "review.delivered": _l("Review %(number)s is decided: read the decision"),
}
PAGES: dict[str, tuple[str, str]] = {"review": ("reviews.show", "review_id")}
