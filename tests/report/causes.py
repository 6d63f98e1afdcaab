"""The great changes of Python, which are the causes of many others: in words, and what to do."""

from __future__ import annotations

from typing import NamedTuple

from tests.report.matrix import Column


class Change(NamedTuple):
    """A change: what happened, where, how to try it before the upgrade, and what to do."""

    title: str
    where: str
    rehearse: str
    instead: str


#: The PEP of builds without a GIL.
WITHOUT_GIL = "PEP 703"

#: How most changes are tried beforehand.
_REHEARSE = (
    "`tox -e rehearse -- BEFORE AFTER --in PROJECT -- COMMAND` runs your tests as on the new "
    "version; or "
)

#: By the issue or PEP that reasons name.
CHANGES = {
    "gh-84559": Change(
        "By default child processes are started by a fork server, no longer by fork",
        "Linux and other POSIX systems from 3.14 on; macOS (since 3.8) and Windows spawn as before",
        _REHEARSE + "put this sitecustomize.py on PYTHONPATH, on the old version: "
        "`from multiprocessing import context; context._default_context._default_context = "
        'context._concrete_contexts["forkserver"]`',
        "Pass to a child all that it needs, as arguments that can be pickled; define its functions "
        "at the top level of a module; guard the main program by "
        '`if __name__ == "__main__":`.  Or keep fork, on Linux: '
        'multiprocessing.set_start_method("fork"), once, under that guard.',
    ),
    WITHOUT_GIL: Change(
        "Threads really run at the same time: this build has no GIL",
        "free-threaded builds (python3.13t, python3.14t)",
        "run your tests on that build; nothing shows it on a build with a GIL",
        "Guard what several threads change by a lock, and do not share iterators and generators.",
    ),
    "gh-126353": Change(
        "asyncio.get_event_loop() no longer makes an event loop",
        "everywhere from 3.14 on",
        _REHEARSE + "run them with -W error::DeprecationWarning on 3.12 or 3.13",
        "Call asyncio.run(main()), or make a loop by asyncio.Runner() or asyncio.new_event_loop().",
    ),
    "gh-100228": Change(
        "A fork beside other threads warns",
        "POSIX from 3.12 on",
        "run your tests on 3.12 or later with -W always::DeprecationWarning, and look for "
        '"is multi-threaded" (-W error hides that before 3.15)',
        "Start processes before threads, or by the start method spawn or forkserver.",
    ),
    "PEP 734": Change(
        "Interpreters within a process, each with a GIL of its own, can be used from Python",
        "everywhere from 3.14 on",
        "",
        "Use concurrent.interpreters or InterpreterPoolExecutor.",
    ),
}


def known_change(cause: str, after: Column) -> Change | None:
    """Return what is known of a cause of changes towards an interpreter; None if nothing is.

    A reason may name the lack of a GIL beside something that is so on PyPy.
    """
    if cause == WITHOUT_GIL and not after.interpreter.free_threaded:
        return None
    return CHANGES.get(cause)
