"""Processes on WebAssembly: the modules can be imported, and whatever would start one raises.

Source: https://docs.python.org/3/library/multiprocessing.html
"""

import importlib
import multiprocessing
import os
import subprocess
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.pool import ThreadPool

from tests.harness import cases, claim, kinds, on_webassembly, outcome

every_spec = [on_webassembly]

METHODS = ("forkserver", "fork", "spawn")
NO_MODULE = "No module named '_multiprocessing'"


@claim("WASM06")
def test_multiprocessing_names_methods_that_webassembly_lacks(evidence):
    """import multiprocessing works, and get_all_start_methods() names all three start methods.

    None of them starts a process.  So that the import works proves nothing: catch what start()
    raises, or ask whether sys.platform is "emscripten".
    """
    methods = evidence(methods=multiprocessing.get_all_start_methods())
    contexts = [multiprocessing.get_context(method) for method in methods]
    assert tuple(methods) == METHODS
    assert [context.Process().exitcode for context in contexts] == [None] * 3


@claim("WASM07")
@cases(
    method={
        "forkserver": ("forkserver", ModuleNotFoundError, NO_MODULE),
        "fork": ("fork", OSError, "[Errno 52] Function not implemented"),
        "spawn": ("spawn", ModuleNotFoundError, NO_MODULE),
    }
)
def test_process_start_raises_on_webassembly(method, evidence):
    """Process.start() raises under every start method: ModuleNotFoundError, under fork OSError.

    By default: "ModuleNotFoundError: No module named '_multiprocessing'".  Under fork: "OSError:
    [Errno 52] Function not implemented".
    """
    name, kind, text = method
    process = multiprocessing.get_context(name).Process(target=int)
    error = evidence(start=outcome(process.start))
    assert (type(error), str(error)) == (kind, text)
    assert multiprocessing.active_children() == []


@claim("WASM08")
@cases(
    make={
        "Lock": multiprocessing.Lock,
        "Event": multiprocessing.Event,
        "Queue": multiprocessing.Queue,
        "SimpleQueue": multiprocessing.SimpleQueue,
        "Value": lambda: multiprocessing.Value("i", 0),
        "Pool": multiprocessing.Pool,
        "Manager": multiprocessing.Manager,
        "ThreadPool": ThreadPool,
    }
)
def test_what_multiprocessing_makes_cannot_be_made_on_webassembly(make, evidence):
    """Lock(), Queue(), Value(), Pool(), Manager() of multiprocessing raise ModuleNotFoundError.

    ThreadPool, too, which has no processes: "ModuleNotFoundError: No module named
    '_multiprocessing'".  RawValue and RawArray work.  Instead: what threading and queue have.
    """
    error = evidence(error=outcome(make))
    assert (type(error), str(error)) == (ModuleNotFoundError, NO_MODULE)
    assert multiprocessing.RawValue("i", 42).value == 42


@claim("WASM09")
def test_a_pipe_of_webassembly_goes_one_way(evidence):
    """Pipe(duplex=False) works within the process; Pipe() raises OSError: there are no sockets.

    "OSError: [Errno 28] Invalid argument".  Listener() and Client() need sockets, too.
    """
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader, writer:
        writer.send("one way")
        got = reader.recv()
    got, both_ways = evidence(got=got, both_ways=outcome(multiprocessing.Pipe))
    assert (got, str(both_ways)) == ("one way", "[Errno 28] Invalid argument")


@claim("WASM10")
@cases(module=("shared_memory", "synchronize"))
def test_webassembly_has_no_shared_memory_to_import(module, evidence):
    """multiprocessing.shared_memory and .synchronize cannot be imported.

    "ModuleNotFoundError: No module named '_posixshmem'" or "'_multiprocessing'".
    """
    error = evidence(error=outcome(importlib.import_module, f"multiprocessing.{module}"))
    lacking = {"shared_memory": "_posixshmem", "synchronize": "_multiprocessing"}
    assert kinds([error]) == ["ModuleNotFoundError"]
    assert error.name == lacking[module]


@claim("WASM11")
def test_a_process_pool_cannot_be_made_on_webassembly(evidence):
    """ProcessPoolExecutor() raises NotImplementedError as soon as it is made.

    "NotImplementedError: This Python build lacks multiprocessing.synchronize, ...", which is a
    RuntimeError, not the ModuleNotFoundError that a Pool() raises.
    """
    error = evidence(error=outcome(ProcessPoolExecutor))
    assert kinds([error]) == ["NotImplementedError"]
    assert str(error).startswith("This Python build lacks multiprocessing.synchronize, ")


@claim("WASM12")
def test_fork_is_there_and_raises_on_webassembly(evidence):
    """os.fork exists on WebAssembly and raises OSError: hasattr(os, "fork") is no test.

    "OSError: [Errno 52] Function not implemented".
    """
    assert str(evidence(fork=outcome(os.fork))) == "[Errno 52] Function not implemented"


@claim("WASM13")
@cases(start=(subprocess.run, subprocess.Popen, subprocess.check_output))
def test_subprocess_raises_on_webassembly(start, evidence):
    """subprocess can be imported; run(), Popen() and the others raise OSError.

    "OSError: [Errno 138] emscripten does not support processes."  It is neither a
    FileNotFoundError nor a CalledProcessError.
    """
    error = evidence(error=outcome(start, ["true"]))
    assert (type(error), error.strerror) == (OSError, "emscripten does not support processes.")


@claim("WASM14")
def test_webassembly_counts_one_core(evidence):
    """os.cpu_count() is 1 on WebAssembly, whatever the machine has.

    os.sched_getaffinity() is missing: "AttributeError: module 'os' has no attribute
    'sched_getaffinity'".
    """
    assert evidence(cores=os.cpu_count(), usable=os.process_cpu_count()) == (1, 1)
    error = evidence(affinity=outcome(getattr, os, "sched_getaffinity"))
    assert kinds([error]) == ["AttributeError"]
