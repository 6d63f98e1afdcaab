"""Where every thread and every child stands when something was waited for in vain."""

import sys
import threading
import traceback
from collections.abc import Iterator

from tests import ROOT
from tests.plugins.marks import own_pid, processes, told
from tests.vocabulary.verdict import shorten

#: The most lines of one thread: what it waits in, and what of the suite called that.
LINES = 8


def standstill() -> str:
    """Return where each thread but this one is, the last call first, and what each child is at."""
    return "\n\n".join([*map("\n".join, _threads()), "\n".join(_children())]).strip()


def _threads() -> Iterator[list[str]]:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in sys._current_frames().items():
        if ident != threading.get_ident():
            calls = traceback.extract_stack(frame)[: -LINES - 1 : -1]
            places = [f"  {c.filename.removeprefix(f'{ROOT}/')}:{c.lineno} {c.name}" for c in calls]
            yield [f"thread {names.get(ident, ident)}:", *places]


def _children() -> Iterator[str]:
    """Yield a line per process that comes from this one; none where there is no /proc."""
    ours, seen = {own_pid()}, list(processes())
    while more := {one.pid for one in seen if one.parent in ours} - ours:
        ours |= more
    for pid in sorted(ours - {own_pid()}):
        words, place = told(f"{pid}/cmdline"), told(f"{pid}/wchan")
        if words is not None and place is not None:  # it may be gone
            command = words.replace(b"\0", b" ").decode(errors="replace").strip()
            waits = place.decode().strip("0")
            state = f"waits in the kernel's {waits}" if waits else "works, or has ended"
            yield f"child {pid} {state}: {shorten(command, 160)}"
