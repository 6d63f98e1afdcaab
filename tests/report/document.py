"""What a document is made of; the terminal and Markdown have a writer each.

All texts are plain and may hold anything: the writers escape and cut them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.report.matrix import Claim
from tests.vocabulary.verdict import Verdict


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the document's title."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph; a loud one must catch the eye."""

    text: str
    loud: bool = False


@dataclass(frozen=True)
class Item:
    """A line of a list: what it is about (such as the id of a claim), a text, and more texts.

    The ``command`` comes last; it may be empty, as may ``about``.
    """

    text: str
    about: str = ""
    more: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row says what the row is of."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Verdicts:
    """A table of claims with their verdicts on several interpreters; None where it was not run."""

    interpreters: Sequence[str]
    rows: Sequence[tuple[Claim, Sequence[Verdict | None]]]


@dataclass(frozen=True)
class Folded:
    """A part that need not be open at first, where that is possible."""

    title: str
    blocks: tuple[Block, ...]


Block = Heading | Text | Items | Table | Verdicts | Folded
