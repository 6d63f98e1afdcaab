"""A child that lives until its spec lets it go, and pipes that show what still lives."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.harness import PATIENCE, outcome, pause, until

#: A script whose background command lives until the tether is cut; to be ended by "wait" or "exit".
GRANDCHILD = "exec 3<&0; cat <&3 & echo ready >&2; "


def readable(stream: Any, within: float = 0) -> bool:
    """Tell whether there is something to read, or the end, within so many seconds."""
    return bool(select.select([stream], [], [], within)[0])


class Tether:
    """Two pipes: at the end of one a child waits, by the other it is seen to live.

    ``streams`` are for Popen: the child's standard input, which ends when the tether is cut, and
    its standard error, on which it may say something.  All its children have both, too.
    """

    def __init__(self) -> None:
        waits, self._hold = os.pipe()
        self._seen, tells = os.pipe()
        self.streams = {"stdin": waits, "stderr": tells}
        self.said = b""
        os.set_blocking(self._seen, False)

    def _let_children_have_them(self) -> None:
        """Close this process's copies of what the children have."""
        while self.streams:
            os.close(self.streams.popitem()[1])

    def lives(self) -> bool:
        """Tell whether any process is alive that was started with the streams."""
        self._let_children_have_them()
        got: Any = b"?"
        while isinstance(got, bytes) and got:
            got = outcome(os.read, self._seen, 1000)
            self.said += got if isinstance(got, bytes) else b""
        return bool(got != b"")

    def hears(self) -> bool:
        """Tell whether a child has said something."""
        self.lives()
        return bool(self.said)

    def ready(self) -> None:
        """Wait until a child has said something."""
        until(self.hears, "a child to say something")

    def dies(self, within: float = PATIENCE) -> bool:
        """Tell whether all that was started with the streams ends within so many seconds."""
        return outcome(until, lambda: not self.lives(), "its end", within=within) is None

    def cut(self) -> None:
        """Let all go that wait at its end."""
        if self._hold >= 0:
            os.close(self._hold)
        self._hold = -1

    def close(self) -> None:
        """Let all go, and wait for them."""
        self._let_children_have_them()
        self.cut()
        self.dies()
        os.close(self._seen)
        pause()


@contextmanager
def tether() -> Iterator[Tether]:
    """Make a tether, and cut it in the end."""
    one = Tether()
    try:
        yield one
    finally:
        one.close()
