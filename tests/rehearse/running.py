"""Running a command to its end, in which nothing of it is left behind."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
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
) -> Ended:
    """Run a command until it ends, ``limit`` seconds have passed, or ``asked`` holds a signal.

    What takes too long is aborted, so that faulthandler tells where it was.  ``output`` is a file
    for what it prints.  Raises OSError if it cannot be started.
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
                _ask_to_end(process, aborted=not asked)
        finally:
            _end(process)
    return Ended(code, output.read_text(encoding="utf-8", errors="replace"), seconds)


def _ask_to_end(process: subprocess.Popen[bytes], *, aborted: bool) -> None:
    """Send what Ctrl-C sends, or what aborts, and give it the time to say where it was."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if not aborted:
            os.killpg(process.pid, signal.SIGINT)
        else:
            if sys.platform == "linux":  # nothing dumps a core there then
                resource = importlib.import_module("resource")
                resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
            process.send_signal(signal.SIGABRT)
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
