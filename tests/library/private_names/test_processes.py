"""Private names of subprocess, multiprocessing and pickle that libraries lean on.

Source: https://docs.python.org/3/library/subprocess.html
"""

import concurrent.futures
import importlib
import io
import os
import pickle
import subprocess

from tests.harness import (
    LINUX,
    PATIENCE,
    PYPY,
    applies,
    before,
    cases,
    claim,
    concerns,
    control,
    needs_posix,
    outcome,
    predicts,
    refuted,
    since,
)


@claim("PRIVATE12")
@predicts("N215")
@concerns("switch for vfork")
@applies(where=LINUX, because="only Linux has vfork() for subprocess")
@refuted(
    where=before("3.10.5") or (since("3.14.0") and not PYPY),
    because="3.10.5 brought the switch for vfork(), 3.14 took it away",
    by="AttributeError: module 'subprocess' has no attribute '_USE_VFORK'",
)
def test_subprocess_has_a_switch_for_vfork(evidence):
    """subprocess._USE_VFORK = False makes subprocess fork instead of calling vfork().

    The documentation named it from 3.11 to 3.13, for debugging and for odd systems.  In 3.14 there
    is no such attribute, and setting it does nothing.  What is given a preexec_fn, or a user or
    group, forks anyway.
    """
    assert evidence(switch=getattr(subprocess, "_USE_VFORK")) is True


@claim("PRIVATE13")
@needs_posix
@refuted(
    where=before("3.11.0") or (since("3.14.0") and not PYPY),
    because="3.11 added process_group and allow_vfork, 3.14 took allow_vfork away",
)
def test_fork_exec_takes_23_arguments(evidence):
    """_posixsubprocess.fork_exec() takes 23 arguments.

    Libraries that start processes with descriptors of their choice call it.  It took 21 in 3.10, 23
    from 3.11, and 22 since 3.14: "TypeError: fork_exec expected 22 arguments, got ...".  Use
    subprocess.Popen(pass_fds=...), or os.posix_spawn().
    """
    fork_exec = importlib.import_module("_posixsubprocess").fork_exec
    error = outcome(fork_exec)  # with none, so that nothing is forked
    assert " 23 " in str(evidence(error=error))


def attributes(module, names):
    """Return the attributes of the module that these names lead to."""
    found = []
    for name in names.split():
        one = importlib.import_module(module)
        for part in name.split("."):
            one = getattr(one, part)
        found.append(one)
    return found


LASTING = {
    "concurrent.futures.process": "_RemoteTraceback _ExecutorManagerThread",
    "concurrent.futures.thread": "_threads_queues _shutdown _global_shutdown_lock",
    "logging": "_lock _handlers _levelToName _srcfile",
    "multiprocessing.process": "_children _current_process BaseProcess._bootstrap",
    "multiprocessing.resource_tracker": "_resource_tracker.ensure_running _CLEANUP_FUNCS",
    "multiprocessing.util": "_exit_function _run_finalizers _finalizer_registry Finalize",
    "subprocess": "list2cmdline Popen._execute_child _args_from_interpreter_flags",
    "threading": "_shutdown _active _limbo _register_atexit _main_thread _DummyThread",
}


@claim("PRIVATE14")
@needs_posix
@cases(names={f"{module}: {names}": (module, names) for module, names in LASTING.items()})
def test_these_private_names_are_in_all_releases(names, evidence):
    """_children, _exit_function, _threads_queues, list2cmdline and some others are still there.

    They have been in every release from 3.10 to 3.15, and are in PyPy.  Nobody has promised it:
    public are active_children(), atexit, executor.shutdown(), shlex.join(), threading.enumerate()
    and main_thread().
    """
    assert None not in evidence(found=attributes(*names))


@claim("PRIVATE15")
@cases(name=("_threads", "_work_queue", "_shutdown", "_broken", "_max_workers"))
def test_the_attributes_of_a_thread_pool_last(name, evidence):
    """ThreadPoolExecutor has _threads, _work_queue, _shutdown, _broken and _max_workers.

    They are what monitoring reads: the length of the queue, the number of threads.  They are in
    every release from 3.10 to 3.15, and in PyPy, but private: a wrapper around submit() and
    add_done_callback() can count by itself.
    """
    with concurrent.futures.ThreadPoolExecutor(3) as executor:
        executor.submit(int).result()
        values = {
            "_threads": len(executor._threads),  # noqa: SLF001
            "_work_queue": executor._work_queue.qsize(),  # noqa: SLF001
            "_shutdown": executor._shutdown,  # noqa: SLF001
            "_broken": executor._broken,  # noqa: SLF001
            "_max_workers": executor._max_workers,  # noqa: SLF001
        }
    expected = {"_threads": 1, "_work_queue": 0, "_shutdown": False, "_broken": False}
    assert evidence(value=values[name]) == {**expected, "_max_workers": 3}[name]


@claim("PRIVATE19")
@predicts("N110")
@concerns("items of a pickled dict")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14 also hands over the dict, for its notes on errors (gh-122213)",
    by=TypeError,
)
def test_a_pickler_can_override_batch_setitems(evidence):
    """A subclass of pickle._Pickler can override _batch_setitems(self, items).

    Libraries that hash what they pickle, or send functions to processes, sort the items of a dict
    there (joblib, datasets, dill).  Since 3.14: "TypeError: ..._batch_setitems() takes 2
    positional arguments but 3 were given".  Instead: take (self, items, *more), and hand on *more.
    """

    class Sorting(pickle._Pickler):  # noqa: SLF001
        def _batch_setitems(self, items):
            super()._batch_setitems(sorted(items))

    file = io.BytesIO()
    error = outcome(Sorting(file).dump, {"b": 1, "a": 2})
    if isinstance(error, TypeError):
        evidence(raised=error)
        control("takes 2 positional arguments but 3" in str(error), "the dict must be one too many")
        raise error
    assert evidence(pickled=list(pickle.loads(file.getvalue()))) == ["a", "b"]


OF_ITS_OWN = """
from multiprocessing import resource_tracker

class Tracker(resource_tracker.ResourceTracker):
    def ensure_running(self):
        print("ensures it", flush=True)
        super().ensure_running()

tracker = Tracker()
tracker.register("/no-such-name", "shared_memory")
tracker.unregister("/no-such-name", "shared_memory")
"""


@claim("PRIVATE23")
@predicts("N120")
@concerns("tracker of one's own")
@needs_posix
@refuted(
    where=since("3.13.7", "3.14.1") and not PYPY,
    because="3.13.7 and 3.14.1 start and tell the tracker under one lock (gh-131788)",
)
def test_a_resource_tracker_can_override_ensure_running(programs, evidence):
    """A subclass of ResourceTracker can override ensure_running(): register() calls it.

    loky and joblib start a tracker of their own there.  Since 3.13.7 and 3.14.1 register() calls
    the private _ensure_running_and_write(), so the standard library's tracker starts, which does
    not know their types, and says so: "Cannot register ... unknown resource type".  On Windows
    loky's could not start any more: no module named '_posixsubprocess'.  Instead: a newer loky or
    joblib.
    """
    program = programs.run(OF_ITS_OWN)
    control(program.exit_code == 0, f"{program!r}")
    assert evidence(printed=program.lines)[:1] == ["ensures it"]


TOLD = """
import os
from multiprocessing.resource_tracker import ResourceTracker

reader, writer = os.pipe()
tracker = ResourceTracker()
tracker._fd = writer  # as if it were running
tracker.register("/no-such-name", "semaphore")
print(os.read(reader, 1000).splitlines()[-1].decode())
"""


@claim("PRIVATE28")
@predicts("N186")
@needs_posix
@refuted(
    where=(since("3.13.10", "3.14.1") and before("3.13.11", "3.14.2")) or since("3.15.0"),
    because="3.13.10, 3.14.1 and 3.15 write JSON, so that a name may have a colon (gh-98896)",
)
def test_the_resource_tracker_is_told_in_lines(programs, evidence):
    """The resource tracker gets lines with two colons: register() writes "REGISTER:name:type".

    loky and joblib, and so scikit-learn, run a tracker of their own that reads them.  3.15, and
    before it 3.13.10 and 3.14.1 alone (gh-142206), write JSON, with the name as "base64_name", and
    such a tracker says: Cannot register "REGISTER","rtype":"semlock","base64_name" for automatic
    cleanup: unknown resource type.  Instead: take a loky or joblib that reads both.
    """
    assert evidence(printed=programs.run(TOLD).lines) == ["REGISTER:/no-such-name:semaphore"]


@claim("PRIVATE29")
@predicts("N191")
@refuted(because="CPython's and PyPy's shutdown() drop the dict, so that the workers can be freed")
def test_a_process_pool_has_its_workers_after_shutdown(evidence):
    """ProcessPoolExecutor._processes has the workers after shutdown(wait=False), to kill them.

    It is a dict by pid before, and None afterwards: "AttributeError: 'NoneType' object has no
    attribute 'values'", or the workers are taken for ended and live on.  Instead: before
    shutdown(), list(executor._processes.values()); 3.14 has kill_workers() and terminate_workers().
    """
    executor = concurrent.futures.ProcessPoolExecutor(1)
    pid = executor.submit(os.getpid).result()
    before_it = list(executor._processes)  # noqa: SLF001
    manager = executor._executor_manager_thread  # noqa: SLF001
    executor.shutdown(wait=False)
    workers = outcome(lambda: list(executor._processes.values()))  # noqa: SLF001
    manager.join(PATIENCE)
    control(before_it == [pid], "it has the workers before shutdown()")
    assert not isinstance(evidence(workers=workers), AttributeError)
