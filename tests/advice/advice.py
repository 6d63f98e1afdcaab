"""What concerns a project when it goes from one version of Python to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.advice.concerned import Concerned, claims_by_pattern
from tests.advice.files import Unread
from tests.advice.looking import PATTERNS
from tests.advice.patterns import FREE_THREADED, Pattern, Seen
from tests.advice.project import Project
from tests.advice.starts import Starts
from tests.vocabulary.versions import Version


@dataclass(frozen=True, order=True)
class Finding:
    """A line that a claim concerns, what is seen there, and what to do instead."""

    path: str
    line: int
    claim: str
    pattern: str
    what: str
    sentence: str
    instead: str
    certain: bool


@dataclass(frozen=True)
class Advice:
    """All findings of a project, and how much was looked at."""

    before: str
    after: str
    root: Path
    files: int
    lines: int
    places: int
    #: Places that start processes in modules that choose a start method.
    left: int
    findings: list[Finding]
    patterns: list[Pattern]
    unread: list[Unread] = field(default_factory=list)
    #: Where the project chooses a start method itself.
    pins: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the project's folder is called."""
        return self.root.resolve().name

    @property
    def about_processes(self) -> bool:
        """Whether the default start method was looked for."""
        return any(pattern.since == "3.14" for pattern in self.patterns)

    @property
    def about_threads(self) -> bool:
        """Whether the lack of a GIL was looked for."""
        return any(pattern.since == FREE_THREADED for pattern in self.patterns)


def patterns(before: Version, after: Version) -> list[Pattern]:
    """Return the patterns that an upgrade meets; raises LookupError if there are none."""
    found = [pattern for pattern in PATTERNS.values() if pattern.concerns(before, after)]
    if not found:
        raise LookupError(f"no pattern is known of what breaks from {before.name} to {after.name}")
    return found


def advise(root: Path, before: str, after: str, *, maybe: bool = False) -> Advice:
    """Return what concerns the project below a folder; raises LookupError for bad input."""
    old, new = Version.named(before), Version.named(after)
    chosen = patterns(old, new)
    if not root.exists():
        raise LookupError(f"{root} does not exist")
    project = Project(root)
    if not project.sources and not project.unread:
        what = "there is no Python file below" if root.is_dir() else "no Python file is"
        raise LookupError(f"{what} {root}")
    starts = Starts(project)
    found = [finding for pattern in chosen for finding in _findings(pattern, project, starts)]
    read = project.sources.keys() - {unread.path for unread in project.unread}
    if not read:
        first = project.unread[0]
        raise LookupError(f"nothing could be read below {root}; of {first.path}: {first.why}")
    return Advice(
        old.name,
        new.name,
        root,
        len(read),
        sum(project.sources[path].lines for path in read),
        len(starts.by_default),
        len(starts.all) - len(starts.by_default),
        sorted({one for one in found if one.certain or maybe}),
        chosen,
        sorted(project.unread, key=lambda unread: unread.path),
        sorted(starts.pins.values()),
    )


def _findings(pattern: Pattern, project: Project, starts: Starts) -> Iterator[Finding]:
    claim = claims_by_pattern().get(pattern.name) or _nameless(pattern)
    first: dict[tuple[str, int], Seen] = {}
    for seen in pattern.look(project, starts):
        before = first.get((seen.path, seen.line))
        if before is None or (seen.certain and not before.certain):
            first[seen.path, seen.line] = seen
    for seen in first.values():
        module = project.module(seen.path)
        data = module is not None and module.may_be_data and project.is_program(module)
        yield Finding(
            seen.path,
            seen.line,
            claim.id,
            pattern.name,
            seen.what,
            claim.sentence,
            pattern.instead,
            seen.certain and not data,
        )


def _nameless(pattern: Pattern) -> Concerned:
    raise AssertionError(f"no claim concerns the pattern {pattern.name!r}")
