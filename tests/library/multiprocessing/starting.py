"""What the specs on start methods share: which method is the default where, and why.

Told by version and platform, not by asking: what ``multiprocessing`` answers is under examination.
"""

import sys

from tests.harness import FORK, PYPY, applies, before, refuted, since

#: The start methods of every POSIX system.
METHODS = ("fork", "spawn", "forkserver")

SPAWNS_BY_DEFAULT = sys.platform in ("darwin", "win32")
FORKS_BY_DEFAULT = not SPAWNS_BY_DEFAULT and before("3.14.0")
SERVES_BY_DEFAULT = not SPAWNS_BY_DEFAULT and not FORKS_BY_DEFAULT

#: What was pickled in vain raised AttributeError up to 3.13, but on PyPy.
LOCALS_RAISE_PICKLING_ERROR = since("3.14.0") or PYPY

posix = applies(where=FORK, because="needs fork, which only POSIX systems have; not on Windows")

#: For what a child has because it is a copy of its parent.
needs_a_copy = refuted(
    where=not FORKS_BY_DEFAULT,
    because="3.14 made forkserver the default in place of fork (gh-84559); macOS and Windows spawn",
)

#: For what a child has because it is a child of its parent, or a new program that this one starts.
needs_the_parent = refuted(
    where=SERVES_BY_DEFAULT,
    because="3.14 made forkserver the default in place of fork (gh-84559): the server starts it",
)
