"""Whether a thread is blocked, as the kernel sees it."""

from pathlib import Path


def sleeps(thread):
    """Tell whether the kernel lists a thread as asleep; where it lists none, take it to be.

    ``thread`` is its native id.  It may want the GIL, but not while this reads: that gives it up.
    """
    try:
        stat = Path(f"/proc/self/task/{thread}/stat").read_text()
    except OSError:  # no /proc, or the thread has ended
        return True
    return stat.rpartition(")")[2].split()[0] == "S"
