"""Counterfeits for the claims of library/stdlib/test_file_locks.py."""

from .. import counterfeit
from ..facts import POSIX


def locks(**changes):
    """Replace functions of fcntl by what these return, given the old ones."""
    import fcntl

    for name, change in changes.items():
        setattr(fcntl, name, change(getattr(fcntl, name)))


@counterfeit("STDLIB35", where=POSIX)
def lockf_keeps_out_threads():
    """lockf() refuses a file that this process has locked by another descriptor."""
    import os

    def change(lockf):
        holders, caller = {}, os.getpid()

        def look(file, how):
            number = file.fileno()
            about = os.fstat(number)
            holder = holders.setdefault((about.st_dev, about.st_ino), number)
            if holder != number and os.getpid() == caller:
                raise BlockingIOError
            return lockf(file, how)

        return look

    locks(lockf=change)


@counterfeit("STDLIB35", "STDLIB36", where=POSIX)
def lockf_keeps_nobody_out():
    """lockf() locks nothing."""
    locks(lockf=lambda lockf: lambda file, how: None)


@counterfeit("STDLIB36", where=POSIX)
def a_forked_child_inherits_no_flock():
    """flock() in a forked child fails."""
    import os

    def change(flock):
        numbers, caller = set(), os.getpid()

        def look(file, how):
            if os.getpid() == caller:
                numbers.add(file.fileno())
            elif file.fileno() in numbers:
                raise BlockingIOError
            return flock(file, how)

        return look

    locks(flock=change)


@counterfeit("STDLIB37", where=POSIX)
def lockf_lasts_until_its_file_is_closed():
    """A process keeps a lockf() though it closes the same file elsewhere."""
    import fcntl
    import os

    def change(lockf):
        flock, caller = fcntl.flock, os.getpid()

        def both(file, how):
            if os.getpid() != caller or not how & fcntl.LOCK_NB:
                flock(file, how)
            return lockf(file, how)

        return both

    locks(lockf=change)


@counterfeit("STDLIB38", where=POSIX)
def replacing_a_file_overwrites_it():
    """os.replace() writes the new text into the old file."""
    import os

    original = os.replace

    def overwrite(source, target, **keywords):
        if str(target).endswith("file"):
            with open(source, "rb") as new, open(target, "wb") as old:
                old.write(new.read())
            os.unlink(source)
        else:
            original(source, target, **keywords)

    os.replace = overwrite


@counterfeit("STDLIB60")
def a_file_stays_where_its_opener_is():
    """seek() of a file that another thread has opened does nothing."""
    import builtins
    import io
    import threading

    class Reader(io.BufferedReader):
        def __init__(self, raw):
            super().__init__(raw)
            self.opener = threading.get_ident()

        def seek(self, *where):
            return super().seek(*where) if threading.get_ident() == self.opener else 0

    open_it = builtins.open

    def open_for_one_thread(file, mode="r", *options, **keywords):
        opened = open_it(file, mode, *options, **keywords)
        return Reader(opened.detach()) if type(opened) is io.BufferedReader else opened

    builtins.open = open_for_one_thread


@counterfeit("STDLIB38", where=POSIX)
def replacing_leaves_a_gap():
    """os.replace() removes the old file, and a moment later the new one has its name."""
    import os
    import time

    replace = os.replace

    def remove_and_replace(source, target):
        if os.path.basename(target) == "file":
            os.unlink(target)
            time.sleep(0.005)
        replace(source, target)

    os.replace = remove_and_replace
