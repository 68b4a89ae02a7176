"""The public face of reverse tracing: from recorded facts to doubts, accounts and answers."""

from patrol.tracing.accounts import Account, Accounted, Share, account_of, accounts
from patrol.tracing.facts import Facts, Figures, Obligation, Proof, Scene, known
from patrol.tracing.onset import (
    Bounds,
    Breach,
    Ground,
    Span,
    Trigger,
    bounds,
    breach,
    span,
    stop_by,
    widest,
)

__all__ = [
    "Account",
    "Accounted",
    "Bounds",
    "Breach",
    "Facts",
    "Figures",
    "Ground",
    "Obligation",
    "Proof",
    "Scene",
    "Share",
    "Span",
    "Trigger",
    "account_of",
    "accounts",
    "bounds",
    "breach",
    "known",
    "span",
    "stop_by",
    "widest",
]
