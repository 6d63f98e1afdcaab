"""The guard of a run: a process that ends what a run leaves which is killed, on Linux.

It is no child of the run, so no spec meets it; it waits until the run is gone.  A run that ends by
itself has removed its temporary folder, and then the guard has nothing to do.
"""

import os
import sys
import time

#: Seconds between two looks at the run.
_INTERVAL = 0.3

#: Seconds within which all that a run leaves is killed, or is left.
_PATIENCE = 5.0


def _begin(pid: str) -> str:
    """Return when the process has begun, which tells it from any other; empty once it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def main(root: str, run: str, folder: str, *words: str) -> None:
    """Wait for the end of the run; then kill what bears its mark, and remove its folder."""
    begin = _begin(run)
    if os.fork():
        return
    while begin and _begin(run) == begin:
        time.sleep(_INTERVAL)
    if not os.path.exists(folder):  # noqa: PTH110
        return
    # Here, so that it takes no time and no memory while the run is there.
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
