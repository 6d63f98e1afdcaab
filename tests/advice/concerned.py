"""Which claims name which patterns, read from the source of the specs."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from tests.vocabulary.specs import Spec, all_specs


class Concerned(NamedTuple):
    """A claim that names a pattern."""

    id: str
    sentence: str
    spec: Spec


@cache
def claims_by_pattern() -> dict[str, Concerned]:
    """Return the claim of each pattern, by ``@concerns``; not to be changed."""
    found: dict[str, Concerned] = {}
    for spec in all_specs():
        if "@concerns(" in spec.text:
            for name in spec.given("concerns"):
                sentence = spec.docstring.partition("\n")[0]
                found.setdefault(name, Concerned(spec.id, sentence, spec))
    return found
