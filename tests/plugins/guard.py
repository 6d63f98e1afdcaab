"""The guard of a run, or of a worker: a process that ends what the run leaves (Linux).

Whoever is killed leaves processes and a temporary folder.  They would not only stay: a child of a
worker may hold the pipe by which pytest would notice that the worker is gone.  And whoever ends by
himself may have a thread that starts processes up to the last moment, as a pool does.  The guard is
no child of either, so no spec meets it.
"""

import os
import sys
import time

#: Seconds between two looks at the process.
_INTERVAL = 0.3

#: Seconds within which all that is left is killed, or stays.
_PATIENCE = 5.0


def main(root: str, guarded: str, folder: str, *words: str) -> None:
    """Wait for the end of a process; then kill what bears its mark, and remove its folder."""
    sys.path.insert(0, root)
    from tests.plugins.marks import Mark, status

    def begin() -> bytes:
        """Return when the process has begun, which tells it from others; empty once it is gone."""
        fields = status(guarded)
        return fields[19] if fields and fields[0] not in (b"Z", b"X") else b""

    begun = begin()
    if os.fork():
        return
    while begun and begin() == begun:
        time.sleep(_INTERVAL)
    deadline = time.monotonic() + _PATIENCE
    while (pids := Mark(*words).pids()) and time.monotonic() < deadline:
        for pid in pids:
            try:
                os.kill(pid, 9)  # SIGKILL; the module signal takes long to import
            except OSError:  # it has just ended by itself
                continue
        time.sleep(0.01)
    if os.path.exists(folder):
        import shutil  # seldom needed, and slower than all the rest

        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
