"""What the specs on processes share: the default start method here, and children that wait.

The default is derived from version and platform, not asked for: what ``multiprocessing`` answers is
under examination.
"""

import re

from tests.harness import (
    FORK,
    MACOS,
    PYPY,
    WINDOWS,
    before,
    control,
    refuted,
    since,
    started,
)

#: The start methods of every POSIX system, and how the names of their classes begin.
CLASSES = {"fork": "Fork", "spawn": "Spawn", "forkserver": "ForkServer"}

#: Those of this system: without fork, spawn alone.
METHODS = tuple(CLASSES) if FORK else ("spawn",)

SPAWNS_BY_DEFAULT = MACOS or WINDOWS
FORKS_BY_DEFAULT = not SPAWNS_BY_DEFAULT and before("3.14.0")
SERVES_BY_DEFAULT = not SPAWNS_BY_DEFAULT and not FORKS_BY_DEFAULT

#: What cannot be pickled raises PicklingError; up to 3.13 AttributeError, except on PyPy.
LOCALS_RAISE_PICKLING_ERROR = since("3.14.0") or PYPY

#: Why a child of the default start method is no copy of its parent.
NO_COPY = (
    "macOS spawns by default since 3.8 (bpo-33725), Windows always"
    if SPAWNS_BY_DEFAULT
    else "3.14 made forkserver the default in place of fork (gh-84559)"
)

#: For what a child has because it is a copy of its parent.
needs_a_copy = refuted(where=not FORKS_BY_DEFAULT, because=NO_COPY)

#: For what a child has because it is a child of its parent, or a new program that this one starts.
needs_the_parent = refuted(
    where=SERVES_BY_DEFAULT,
    because="3.14 made forkserver the default in place of fork (gh-84559): the server starts it",
)


def held(ctx, reports, count):
    """Start children that wait until they are released; the reports release them by number."""
    children = started(ctx.Process(target=reports.reporter.hold, args=(i,)) for i in range(count))
    reports.collect(count)
    return children


def end_of(program, evidence, mistake=""):
    """Return what the program printed; if its child fails, then by this mistake."""
    found = re.findall(r"^[\w.]+Error: .*(?:\n(?: .*)?$)*", program.err, re.MULTILINE)
    errors = [" ".join(error.split()) for error in found]  # some have several lines
    evidence(exit_code=program.exit_code, errors=errors)
    control(mistake in program.err or not program.err, f"it fails otherwise: {program}")
    return evidence(printed=program.lines)
