"""multiprocessing beside threading: which public names each has that the other lacks.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing
"""

import multiprocessing
import threading

from tests.harness import PYPY, claim, control, refuted, since


def public(thing):
    return {name for name in dir(thing) if not name.startswith("_")}


OF_PROCESS_ALONE = "authkey close exitcode kill pid sentinel terminate".split()
OF_THREAD_ALONE = "getName isDaemon native_id setDaemon setName".split()


@claim("N2.06")
@refuted(where=since("3.14.0") and not PYPY, because="3.14 added Process.interrupt() (gh-131913)")
def test_process_has_seven_names_that_thread_lacks(evidence):
    """Process has seven public names that Thread lacks, such as kill() and exitcode.

    Since 3.14 there is an eighth, interrupt().  The other way round it is native_id and the old
    getName(), setName(), isDaemon() and setDaemon().  A thread cannot be ended from outside.
    Instead: give a subclass no interrupt() of its own, and look for the new one by hasattr().
    """
    process, thread = public(multiprocessing.Process), public(threading.Thread)
    alone = sorted(process - thread)
    evidence(process_alone=alone, thread_alone=sorted(thread - process))
    control(sorted(thread - process) == OF_THREAD_ALONE, f"of Thread: {sorted(thread - process)}")
    control(
        sorted(process & thread) == "daemon ident is_alive join name run start".split(),
        f"of both: {sorted(process & thread)}",
    )
    control(set(alone) - {"interrupt"} == set(OF_PROCESS_ALONE), f"of Process: {alone}")
    assert alone == OF_PROCESS_ALONE


MISSING = """
    BrokenBarrierError ExceptHookArgs TIMEOUT_MAX Thread ThreadError Timer active_count
    current_thread enumerate excepthook get_ident get_native_id getprofile gettrace local
    main_thread setprofile settrace stack_size
""".split()
SINCE_3_12 = {"setprofile_all_threads", "settrace_all_threads"}
SINCE_3_15 = {"concurrent_tee", "serialize_iterator", "synchronized_iterator"}


@claim("N2.07")
@refuted(
    where=since("3.12.0"),
    because="3.12 added settrace_all_threads() and another (gh-93503), 3.15 three (gh-124397)",
)
def test_nineteen_names_of_threading_are_missing(evidence):
    """Nineteen public names of threading are missing from multiprocessing, such as Timer.

    Also local, enumerate and get_ident: AttributeError: module 'multiprocessing' has no
    attribute 'Timer'.  3.12 and 3.15 added more.  Instead: active_children(), current_process(),
    os.getpid(); a Timer is a thread that starts a process.
    """
    missing = [name for name in threading.__all__ if not hasattr(multiprocessing, name)]
    more = set(missing) - set(MISSING)
    evidence(missing=len(missing), since_3_12=sorted(more))
    control(set(missing) >= set(MISSING), f"missing: {missing}")
    control(more in (set(), SINCE_3_12, SINCE_3_12 | SINCE_3_15), f"more: {more}")
    assert sorted(missing) == MISSING
