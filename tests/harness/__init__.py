"""What specs lean on.  Children import this too, so nothing here may import pytest."""

from tests.harness.children import joined, started
from tests.harness.claims import applies, claim, predicts, refuted
from tests.harness.waiting import (
    GRACE,
    PATIENCE,
    ControlFailed,
    Inconclusive,
    NotSeen,
    control,
    never,
    outcome,
    raises,
    until,
)

__all__ = [
    "GRACE",
    "PATIENCE",
    "ControlFailed",
    "Inconclusive",
    "NotSeen",
    "applies",
    "claim",
    "control",
    "joined",
    "never",
    "outcome",
    "predicts",
    "raises",
    "refuted",
    "started",
    "until",
]
