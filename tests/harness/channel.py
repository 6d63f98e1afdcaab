"""How a child process tells the test what it observed.

The channel is a loopback socket, so that it works from any kind of child (fork,
spawn, forkserver, a fresh interpreter) on any platform, needs nothing inherited, and shares no
code with the queues, pipes and locks that the specs examine.  The test's side has no thread.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time

from tests.harness.waiting import PATIENCE, NotSeen

# typing would cost every spawned child some 5 ms.  Type checkers take this name to be true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HOST = "127.0.0.1"  # by which children report back
_TELL, _HOLD = "tell", "hold"


class Reporter:
    """The child's end: call it with a value to tell it to the test.

    It can be passed to a child under every start method.  Values are literals (numbers,
    strings, bytes, tuples, lists, dicts, sets, booleans and None), compared as such.
    """

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.token = token

    def __call__(self, value: Any = None) -> None:
        """Tell the value to the test, and go on."""
        with self._send(_TELL, value):
            pass

    def hold(self, value: Any = None) -> None:
        """Tell the value to the test and wait until the test releases this child.

        A child whose test has ended leaves at once, by SystemExit; one that is not released
        within twice the patience gets a TimeoutError.
        """
        with self._send(_HOLD, value) as connection:
            connection.settimeout(2 * PATIENCE)
            if not connection.recv(1):
                raise SystemExit("the test has ended")

    def _send(self, kind: str, value: Any) -> socket.socket:
        line = f"{self.token} {kind} {value!r}\n"
        connection = socket.create_connection((HOST, self.port))
        connection.sendall(line.encode())
        return connection


class Reports:
    """The test's end: collects what children tell, and releases those that hold."""

    def __init__(self) -> None:
        self._listener = socket.create_server((HOST, 0), backlog=128)
        self._token = os.urandom(8).hex()
        self._held: list[tuple[Any, socket.socket]] = []
        self.reporter = Reporter(self._listener.getsockname()[1], self._token)

    def collect(self, count: int, *, within: float = PATIENCE) -> list[Any]:
        """Return the next ``count`` reports in order of arrival.

        Raises NotSeen if they have not all arrived after ``within`` seconds.
        """
        deadline = time.monotonic() + within
        values: list[Any] = []
        while len(values) < count:
            try:
                values.append(self._receive(deadline - time.monotonic()))
            except TimeoutError:
                raise NotSeen(
                    f"{len(values)} of {count} reports arrived within {within:g} s: {values!r}"
                ) from None
        return values

    def next(self, *, within: float = PATIENCE) -> Any:
        """Return the next report; raise NotSeen after ``within`` seconds without one."""
        return self.collect(1, within=within)[0]

    def release(self, *values: Any) -> None:
        """Let every child that holds go on; with values, only those that told one of them."""
        held, self._held = self._held, []
        for value, connection in held:
            if values and value not in values:
                self._held.append((value, connection))
                continue
            with connection, contextlib.suppress(ConnectionError):  # it may have been killed
                connection.sendall(b".")

    def close(self) -> None:
        """Close the channel; children that still hold leave."""
        for _, connection in self._held:
            connection.close()
        self._listener.close()

    def _receive(self, seconds: float) -> Any:
        self._listener.settimeout(max(seconds, 0.001))
        connection, _ = self._listener.accept()
        connection.settimeout(max(seconds, 0.001))
        line = b""
        while not line.endswith(b"\n"):
            chunk = connection.recv(65536)
            if not chunk:
                break
            line += chunk
        token, kind, text = (line.decode().split(" ", 2) + ["", ""])[:3]
        if token != self._token:
            connection.close()
            return self._receive(seconds)
        import ast  # here, for it would cost every child some milliseconds

        value = ast.literal_eval(text)
        if kind == _HOLD:
            self._held.append((value, connection))
        else:
            connection.close()
        return value
