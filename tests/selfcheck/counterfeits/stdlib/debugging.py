"""Counterfeits for the claims of library/stdlib/test_debugging.py."""

from .. import counterfeit
from ..facts import FREE_THREADED_BUILD, PYPY, VERSION
from ..patching import patch

MONITORS = VERSION >= (3, 12) and not PYPY
SAFE = not (FREE_THREADED_BUILD and VERSION < (3, 14))


@counterfeit("STDLIB42", where=MONITORS and SAFE)
def a_profile_forgets_other_threads():
    """A profile does not have the calls of other threads."""
    patch("cProfile.Profile", getstats=lambda old: lambda self: old(self)[:0])


@counterfeit("STDLIB42", where=not MONITORS)
def a_profile_is_of_all_threads():
    """A profile is enabled in threads that start while it is."""
    import threading

    def change(enable):
        def everywhere(self, *args, **keywords):
            enable(self, *args, **keywords)
            threading.setprofile(lambda *_: enable(self))

        return everywhere

    patch("cProfile.Profile", enable=change)


@counterfeit("STDLIB43", where=MONITORS and SAFE)
def a_second_profile_does_nothing():
    """A profile that cannot be enabled is not."""
    patch("cProfile.Profile", runcall=lambda _: lambda self, function: function())


@counterfeit("STDLIB43", where=not MONITORS)
def a_second_profile_is_refused():
    """A profile in a thread is refused."""

    def refuse(self, function):
        raise ValueError("Another profiling tool is already active")

    patch("cProfile.Profile", runcall=lambda _: refuse)


@counterfeit("STDLIB44")
def join_raises_what_the_thread_raised():
    """Thread.join() raises the exception that has ended the thread."""

    def keep(run):
        def running(self):
            self.error = None
            try:
                run(self)
            except AssertionError as error:
                self.error = error
                raise

        return running

    def tell(join):
        def joining(self, timeout=None):
            join(self, timeout)
            if getattr(self, "error", None):
                raise self.error

        return joining

    patch("threading.Thread", run=keep, join=tell)


@counterfeit("STDLIB45", where=VERSION < (3, 14))
def a_debugger_goes_on_at_the_end_of_its_input():
    """At the end of its input pdb lets the program go on."""
    import pdb  # noqa: T100

    patch("pdb.Pdb", do_EOF=lambda _: pdb.Pdb.do_continue)


@counterfeit("STDLIB45", where=VERSION >= (3, 14))
def a_debugger_raises_at_the_end_of_its_input():
    """At the end of its input pdb raises BdbQuit."""
    import bdb

    def change(_):
        def end(*_):
            raise bdb.BdbQuit

        return end

    patch("pdb.Pdb", do_EOF=change)


@counterfeit("STDLIB46")
def faulthandler_shows_one_thread():
    """faulthandler.dump_traceback() shows the calling thread alone."""
    import faulthandler

    dump = faulthandler.dump_traceback
    faulthandler.dump_traceback = lambda file, all_threads=True: dump(file, all_threads=False)


@counterfeit("STDLIB72", where=not PYPY)
def faulthandler_shows_all_threads():
    """faulthandler.dump_traceback() shows each thread, however many there are."""
    import faulthandler
    import sys

    def dump(file):
        for frame in sys._current_frames().values():
            print("(most recent call first)", file=file)
            while frame is not None:
                print(frame.f_code.co_name, file=file)
                frame = frame.f_back

    faulthandler.dump_traceback = dump


@counterfeit("STDLIB72", where=PYPY)
def faulthandler_leaves_the_main_thread_out():
    """faulthandler.dump_traceback() shows a hundred threads without a name."""
    import faulthandler

    faulthandler.dump_traceback = lambda file: file.write("(most recent call first)" * 100)
