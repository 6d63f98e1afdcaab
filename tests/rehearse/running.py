"""Running a command to its end, in which nothing of it is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

#: How long what is asked to end may take, and what is still there when the command has ended.
_LONGEST_END, _LONGEST_REST = 5.0, 1.0


class Ended(NamedTuple):
    """How a command ended: its exit code, None if it was ended; what it printed; its seconds."""

    code: int | None
    output: str
    seconds: float


def run(
    command: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    output: Path,
    *,
    limit: float,
    asked: Sequence[int],
    located: bool = False,
) -> Ended:
    """Run a command until it ends, ``limit`` seconds have passed, or ``asked`` holds a signal.

    ``located`` says that it has the sitecustomize of a rehearsal, which can tell where it is.
    ``output`` is a file for what it prints.  Raises OSError if it cannot be started.
    """
    began = time.monotonic()
    with output.open("wb") as file:
        # In a session of its own, where Ctrl-C does not reach it.
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while process.poll() is None and not asked and time.monotonic() < began + limit:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
            code = process.poll()
            seconds = time.monotonic() - began
            if code is None and os.name == "posix":
                _ask_to_end(process, located=located and not asked)
        finally:
            _end(process)
    return Ended(code, output.read_text(encoding="utf-8", errors="replace"), seconds)


def _ask_to_end(process: subprocess.Popen[bytes], *, located: bool) -> None:
    """Send what lets sitecustomize tell where it is; then what Ctrl-C sends: pytest sums up."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        last: int | None = getattr(signal, "SIGRTMAX", None)
        if located and last:
            process.send_signal(last - 1)
            time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_LONGEST_END)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command, and what it has started: trackers of resources may tidy up before."""
    if os.name != "posix":
        process.kill()
        process.wait()
        return
    deadline = time.monotonic() + _LONGEST_REST
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while process.poll() is not None and time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
