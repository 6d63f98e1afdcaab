"""Verdicts, and the names of the properties in which a test records them: one table for each.

pytest's plugins write them into JUnit XML; the report and the selfcheck read them from there.
"""

from collections.abc import Iterable
from enum import Enum

INCONCLUSIVE = "inconclusive: "
NOT_APPLICABLE = "not applicable: "


class Verdict(str, Enum):
    """What the run of a spec says about its claim; in the order of counts and legends.

    DEPENDS is never the verdict of a case, but of a claim with several.
    """

    HOLDS = "holds"
    DEPENDS = "depends"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not applicable"
    CONTRADICTED = "contradicted"
    ERROR = "error"

    @property
    def word(self) -> str:
        """The word that tables show."""
        return "N/A" if self is Verdict.NOT_APPLICABLE else self.value.upper()

    @property
    def quiet_word(self) -> str:
        """The word where many stand side by side: in capitals only if it is wrong."""
        return self.word if self.wrong else self.word.lower()

    @property
    def stands_out(self) -> bool:
        """Whether it is what readers look for among many holds."""
        return self.wrong or self in (Verdict.REFUTED, Verdict.DEPENDS)

    @property
    def css_class(self) -> str:
        """Its class, and the name of its colours, in the page."""
        return self.value[0]

    @property
    def letter(self) -> str:
        """The sign that stands for it where there is no room for a word."""
        return _LOOKS[self][0]

    @property
    def markup(self) -> dict[str, bool]:
        """Its colours, as keywords of pytest's terminal writer."""
        return dict.fromkeys(_LOOKS[self][1:], True)

    @property
    def wrong(self) -> bool:
        """Whether something must be mended: the interpreter, the claim or the spec."""
        return self in (Verdict.CONTRADICTED, Verdict.ERROR)


_LOOKS = {
    Verdict.HOLDS: ("H", "green"),
    Verdict.DEPENDS: ("D", "blue"),
    Verdict.REFUTED: ("R", "cyan"),
    Verdict.INCONCLUSIVE: ("?", "yellow"),
    Verdict.NOT_APPLICABLE: ("-", "light"),
    Verdict.CONTRADICTED: ("C", "red", "bold"),
    Verdict.ERROR: ("E", "red", "bold"),
}

#: What overrules the others, the worst first: none of it says that the claim is true or false.
_OVERRULING = (Verdict.ERROR, Verdict.CONTRADICTED, Verdict.INCONCLUSIVE)


def verdict_of_claim(cases: Iterable[Verdict]) -> Verdict:
    """Return the verdict of a claim whose cases have these verdicts (at least one).

    It *depends* where some cases hold and others are refuted.  A case that is not applicable says
    nothing beside one that is.
    """
    found = set(cases)
    for verdict in _OVERRULING:
        if verdict in found:
            return verdict
    decided = found - {Verdict.NOT_APPLICABLE}
    if len(decided) > 1:
        return Verdict.DEPENDS
    return next(iter(decided or found))


def by_verdict(cases: Iterable[tuple[str, Verdict]]) -> str:
    """Return which cases have which verdict, ``holds: spawn; refuted: fork``, in their order."""
    found: dict[Verdict, list[str]] = {}
    for name, verdict in cases:
        found.setdefault(verdict, []).append(name)
    return "; ".join(
        f"{verdict.quiet_word}: {', '.join(found[verdict])}"
        for verdict in Verdict
        if verdict in found
    )


class Key:
    """The names of a test's properties in JUnit XML, beside those of the environment."""

    CLAIM = "claim"
    SECTION = "section"
    SENTENCE = "sentence"
    EXPLANATION = "explanation"
    QUESTION = "question"
    CASE = "case"
    PREDICTS = "predicts"
    NOTES = "notes"
    INTERPRETER = "interpreter"
    VERSIONS = "versions"
    VERDICT = "verdict"
    REASON = "reason"
    EVIDENCE = "evidence"
    #: A property of the whole run, while it goes on.
    UNFINISHED = "unfinished"


def place_of_section(section: str) -> tuple[int, str]:
    """Return what to sort sections by: questions come first, then those of the notes."""
    first = ("questions", "notes")
    folder = section.partition(":")[0]
    return first.index(folder) if folder in first else len(first), section


def shorten(text: str, width: int) -> str:
    """Return the text on one line of at most ``width`` columns, with an ellipsis if it is cut."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= width else flat[: max(width - 1, 0)] + "…"
