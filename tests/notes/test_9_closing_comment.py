"""The closing comment of the notes: much about processes is left to learn.

The words of the specs (ctx, reports, control, until, ...) are explained in tests/notes/__init__.py.

The comment is one sentence: the author feels that there is a lot more to know about processes, and
to add.  The other folder, tests/library, is the answer.

Source: https://docs.python.org/3/library/concurrency.html
"""

import multiprocessing
import os
import threading
from multiprocessing.process import BaseProcess

from tests.harness import FORK, claim


@claim("9.01")
def test_most_about_processes_is_missing_from_the_notes(evidence):
    """The notes use only a small part of what Python offers for threads and processes."""
    from multiprocessing.pool import Pool  # there may be none, as in a browser

    offered = {
        "threading": offered_by_module(threading),
        "multiprocessing": offered_by_module(multiprocessing),
        "Process": offered_by_class(BaseProcess),
        "Pool": offered_by_class(Pool),
        "os": {name for name in offered_by_module(os) if name.startswith(OF_PROCESSES)},
    }
    evidence(used={name: f"{len(USED[name])} of {len(offered[name])} names" for name in USED})
    for name, used in USED.items():
        assert used <= offered[name]
        assert len(offered[name] - used) >= 2 * len(used)


def offered_by_module(module):
    """Return the names that a module declares public, and has."""
    return {name for name in module.__all__ if hasattr(module, name)}


def offered_by_class(cls):
    """Return the public names of a class."""
    return {name for name in dir(cls) if not name.startswith("_")}


#: How the names in os that concern processes begin.
OF_PROCESSES = ("_exit", "exec", "fork", "getp", "kill", "pidfd", "posix_spawn", "spawn", "wait")


#: What the programs of the notes use of each subject.
USED = {
    "threading": {"Thread", "Lock"},
    "multiprocessing": {"Process", "Queue", "Pool"},
    "Process": {"start", "join", "terminate"},
    "Pool": {"apply_async", "close", "join"},
    "os": {"getpid", "getppid", "fork"} if FORK else {"getpid", "getppid"},
}
