"""The guard of a run, or of a worker: a process that ends what it leaves if it is killed (Linux).

What it leaves would not only stay: a child of a worker may hold the pipe by which pytest would
notice that the worker is gone.  The guard is no child of either, so no spec meets it.  Whoever ends
by himself has removed his temporary folder, and then the guard has nothing to do.
"""

import os
import sys
import time

#: Seconds between two looks at the process.
_INTERVAL = 0.3

#: Seconds within which all that is left is killed, or stays.
_PATIENCE = 5.0


def _begin(pid: str) -> str:
    """Return when the process has begun, which tells it from any other; empty once it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def main(root: str, guarded: str, folder: str, *words: str) -> None:
    """Wait for the end of a process; then kill what bears its mark, and remove its folder."""
    begin = _begin(guarded)
    if os.fork():
        return
    while begin and _begin(guarded) == begin:
        time.sleep(_INTERVAL)
    if not os.path.exists(folder):  # noqa: PTH110
        return
    # Here, so that it takes no time and no memory while the process is there.
    import shutil
    import signal

    sys.path.insert(0, root)
    from tests.harness.waiting import outcome
    from tests.plugins.marks import Mark

    deadline = time.monotonic() + _PATIENCE
    while (pids := Mark(*words).pids()) and time.monotonic() < deadline:
        for pid in pids:
            outcome(os.kill, pid, signal.SIGKILL)
        time.sleep(0.01)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
