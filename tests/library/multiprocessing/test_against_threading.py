"""multiprocessing beside threading: which public names each has that the other lacks.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing
"""

import multiprocessing
import threading

from tests.harness import PYPY, WEBASSEMBLY, cases, claim, outcome, refuted, since


def public(thing):
    return {name for name in dir(thing) if not name.startswith("_")}


@claim("PROC01")
@refuted(where=since("3.14.0") and not PYPY, because="3.14 added Process.interrupt() (gh-131913)")
def test_process_has_seven_names_that_thread_lacks(evidence):
    """Process has seven public names that Thread lacks, such as kill() and exitcode.

    Since 3.14 there is an eighth, interrupt().  A thread cannot be ended from outside.  Call no
    method of a subclass interrupt(), and use hasattr() to see whether Process has it.
    """
    alone = sorted(public(multiprocessing.Process) - public(threading.Thread))
    seven = "authkey close exitcode kill pid sentinel terminate".split()
    assert evidence(process_alone=alone) == seven


@claim("PROC01")
@refuted(where=WEBASSEMBLY, because="WebAssembly has no native ids of threads")
def test_thread_has_five_names_that_process_lacks(evidence):
    """Thread has native_id, and getName(), setName(), isDaemon() and setDaemon(), which are old."""
    alone = sorted(public(threading.Thread) - public(multiprocessing.Process))
    assert evidence(thread_alone=alone) == "getName isDaemon native_id setDaemon setName".split()


NINETEEN = """
    BrokenBarrierError ExceptHookArgs TIMEOUT_MAX Thread ThreadError Timer active_count
    current_thread enumerate excepthook get_ident get_native_id getprofile gettrace local
    main_thread setprofile settrace stack_size
""".split()


@claim("PROC02")
@refuted(
    where=since("3.12.0"),
    because="3.12 added settrace_all_threads() and another (gh-93503), 3.15 three (gh-124397)",
)
def test_nineteen_names_of_threading_are_missing(evidence):
    """Nineteen public names of threading are missing from multiprocessing, such as Timer.

    Also local, enumerate and get_ident: "AttributeError: module 'multiprocessing' has no attribute
    'Timer'".  3.12 and 3.15 added more.  If it says that module 'multiprocessing' has no attribute
    'pool', import multiprocessing.pool: that is a module of its own.  Instead: active_children(),
    current_process(), os.getpid(); and a threading.Timer whose function starts the process.
    """
    missing = [name for name in threading.__all__ if not hasattr(multiprocessing, name)]
    evidence(timer=outcome(getattr, multiprocessing, "Timer"))
    assert evidence(missing=sorted(missing)) == NINETEEN


@claim("PROC02")
@cases(name=NINETEEN)
@refuted(
    where=WEBASSEMBLY, name="get_native_id", because="WebAssembly has no native ids of threads"
)
def test_multiprocessing_lacks_a_name_of_threading(name, evidence):
    """Each of the nineteen is missing on every interpreter."""
    assert name in threading.__all__
    assert evidence(there=hasattr(multiprocessing, name)) is False
