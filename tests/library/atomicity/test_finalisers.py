"""When an object goes: files that nobody closed, __del__, weak references, and ids.

Source: https://docs.python.org/3/reference/datamodel.html#objects-values-and-types and
https://doc.pypy.org/en/latest/cpython_differences.html
"""

import gc
import os
import threading
import weakref

from tests.harness import (
    DEBUG,
    FREE_THREADED_BUILD,
    PATIENCE,
    PYPY,
    Inconclusive,
    cases,
    claim,
    control,
    in_the_main_thread,
    joined,
    predicts,
    refuted,
    since,
    started,
    until,
)

NOT_COUNTED = "PyPy counts no references: objects are freed when the garbage collector runs"


class Thing:
    """An object that notes when it is freed, and in which thread."""

    def __init__(self, gone):
        self.gone = gone

    def __del__(self):
        self.gone.append(threading.get_ident())


UNCLOSED = """
import gc, os, warnings
warnings.simplefilter("ignore")
open("lines", "w").write("x")
print(os.path.getsize("lines"))
gc.collect()
print(os.path.getsize("lines"))
"""


@claim("FINAL01")
@refuted(where=PYPY, because=NOT_COUNTED)
def test_a_file_that_nobody_closed_is_written_at_once(programs, evidence):
    """`open(path, "w").write(text)` without close() has the text on disk when the next line runs.

    CPython closes the file as soon as nothing refers to it.  On PyPy the file stays open and empty
    until the garbage collector runs: a script that is written like this and then started by another
    process does nothing, with exit code 0.  Use `with open(...)`, or pathlib's write_text().
    """
    program = programs.run(UNCLOSED)
    control((program.exit_code, program.err) == (0, ""), program.err)
    control(program.lines in (["1", "1"], ["0", "1"]), f"printed {program.lines}")
    assert evidence(printed=program.lines) == ["1", "1"]


@claim("FINAL02")
@refuted(where=PYPY, because=NOT_COUNTED)
def test_del_runs_with_the_last_reference(evidence):
    """__del__() runs, and a weak reference dies, as soon as the last reference is dropped.

    On PyPy both wait for the garbage collector: a lock or a connection that __del__ frees may be
    kept for any time.  Use a with block or close(); gc.collect() helps in tests.
    """
    gone = []
    thing = Thing(gone)
    weak = weakref.ref(thing)
    del thing
    freed, dead = len(gone), weak() is None
    until(lambda: (gc.collect(), gone)[1], "the object to go")
    control((len(gone), weak()) == (1, None), "it must be freed in the end, once")
    assert evidence(freed=freed, weak_reference_dead=dead) == (1, True)


@claim("FINAL03")
def test_an_object_in_a_cycle_goes_with_the_collector(evidence):
    """An object that refers to itself stays until gc.collect(); its __del__ runs once."""
    gone, enabled = [], gc.isenabled()
    gc.disable()
    try:
        thing = Thing(gone)
        thing.itself = thing
        weak = weakref.ref(thing)
        del thing
        before = (len(gone), weak() is None)
        gc.collect()
        after = (len(gone), weak() is None)
        gc.collect()
    finally:
        if enabled:
            gc.enable()
    assert evidence(before=before, after=after) == ((0, False), (1, True))
    assert len(gone) == 1


@claim("FINAL04")
@refuted(where=PYPY, because=NOT_COUNTED + ", in the thread that happens to run then")
@refuted(
    where=FREE_THREADED_BUILD,
    because="PEP 703: references are counted by the thread that made the object, which frees it",
)
def test_del_runs_in_the_thread_that_drops_the_last_reference(evidence):
    """__del__() runs in the thread that drops the last reference, wherever the object was made.

    So that thread may already hold a lock that __del__ takes: a deadlock, unless it is an RLock.
    On PyPy the garbage collector calls __del__ later, in any thread; on the free-threaded build the
    thread that made the object does.  Use a with block, or close() in the thread of your choice.
    """
    gone, box = [], []
    box.append(Thing(gone))
    thread = threading.Thread(target=box.clear)
    joined(*started([thread]))
    at_once = list(gone)
    until(lambda: (gc.collect(), gone)[1], "the object to go")
    control(len(gone) == 1, f"it was freed {len(gone)} times")
    assert evidence(freed_in=at_once) == [thread.ident]


@claim("FINAL05")
@in_the_main_thread  # a thread that is new keeps what it frees, on free-threaded builds
@refuted(where=PYPY, because=NOT_COUNTED)
def test_an_id_is_no_name_for_an_object_that_has_gone(evidence):
    """A new object may get the id() of an object that has been freed.

    So a dict keyed by id(x) mixes objects up, unless it keeps the objects too.  CPython's id is the
    address, which is used again; PyPy gives each object a new number.  Keep the object as long as
    its id.
    """
    ids = [id(object()) for _ in range(100)]
    living = [object() for _ in range(100)]
    control(len({id(one) for one in living}) == 100, "living objects have different ids")
    assert evidence(different_ids=len(set(ids))) < 100


@claim("FINAL06")
def test_weak_containers_survive_threads(evidence):
    """A WeakValueDictionary drops an entry when its object is freed, and keeps all others."""
    kept, names = [Thing([]) for _ in range(50)], weakref.WeakValueDictionary()

    def fill(number):
        for index in range(50):
            names[number, index] = kept[index] if number == 0 else Thing([])

    joined(*started(threading.Thread(target=fill, args=(number,)) for number in range(4)))
    gc.collect()
    assert sorted(evidence(left=[*names])) == [(0, index) for index in range(50)]
    assert all(names[0, index] is kept[index] for index in range(50))


@claim("FINAL07")
@predicts("N10")
@refuted(where=PYPY, because=NOT_COUNTED)
@refuted(
    where=FREE_THREADED_BUILD,
    because="PEP 703: references are counted by the thread that made the object, when it runs",
)
def test_an_object_is_freed_though_its_maker_sleeps(evidence):
    """An object is freed when another thread drops it, even while the thread that made it sleeps.

    On a free-threaded build the maker has to run first: until its wait(), get() or sleep() returns,
    files that it opened stay open and unwritten, sockets connected, and weak references alive.
    There, and on PyPy: close() or a with block; gc.collect() frees it, too.
    """
    made, made_all, end = [], threading.Event(), threading.Event()

    def make():
        made.append(Thing([]))
        made_all.set()
        control(end.wait(PATIENCE), "the end")

    (maker,) = started([threading.Thread(target=make)])
    control(made_all.wait(PATIENCE), "the object is made")
    weak = weakref.ref(made[0])
    made.clear()
    freed = weak() is None
    end.set()
    joined(maker)
    until(lambda: (gc.collect(), weak() is None)[1], "the object to go")
    assert evidence(freed_while_its_maker_waits=freed) is True


BROKEN_PIPE = """
import subprocess, sys

def start():
    child = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE)
    child.stdin.write(b"x")
    child.wait()

start()
print("the end")
"""


@claim("FINAL08")
@predicts("N135")
@refuted(
    where=(DEBUG or since("3.13.0")) and not PYPY,
    because="CPython prints what a file's finaliser cannot do since 3.13 (gh-62948)",
)
def test_a_file_that_cannot_be_closed_is_dropped_in_silence(programs, evidence):
    """Nothing is printed if close() of a file fails, as the last reference to the file goes.

    Such as the pipe of a child that has ended, or a file whose descriptor somebody else has closed.
    Since 3.13 "Exception ignored in: <_io.BufferedWriter name=...>", since 3.14 "Exception ignored
    while finalizing file <_io.BufferedWriter name=...>:", and "BrokenPipeError: [Errno 32] Broken
    pipe"; pytest makes it a PytestUnraisableExceptionWarning.  Instead: "with Popen(...)" or
    communicate(); file.close(), and not os.close(file.fileno()).
    """
    program = programs.run(BROKEN_PIPE)
    control(program.lines == ["the end"], f"printed {program.lines}")
    assert evidence(printed=program.err) == ""


@claim("FINAL09")
@predicts("N136")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="CPython's files have a buffer of 128 KiB since 3.14 (gh-117151)",
)
def test_a_file_shows_what_was_written_but_for_8_kib(tmp_path, evidence):
    """What a program writes to an open file is there for others, but for the last 8 KiB.

    Since 3.14 for the last 128 KiB: another process or thread, or tail -f, finds the file empty for
    longer.  Instead: flush() after each message, or open(path, "w", buffering=1) for whole lines.
    """
    with open(tmp_path / "log", "wb") as file:
        if (block := os.stat(file.fileno()).st_blksize) > 8192:
            raise Inconclusive(f"files here have blocks of {block} bytes, which are the buffer")
        for _ in range(200):
            file.write(b"x" * 99 + b"\n")
        size = os.path.getsize(file.name)
    assert evidence(bytes_on_disk=size) >= 20_000 - 8192


IMPORTED_AT_EXIT = """
class Client:
    def __del__(self):
        try:
            import {module}
        except ImportError as error:
            print(f"ImportError: {{error}}")
        else:
            print("imported")

client = Client()
"""


@claim("FINAL10")
@predicts("N165")
@cases(module={"a new module": "colorsys", "a module that is there": "os"})
@refuted(
    where=not PYPY,
    because="CPython takes the import system down before it frees the globals of modules",
    by="AssertionError: ImportError",
)
@refuted(where=PYPY, because="PyPy runs no finalisers at exit", by="AssertionError: never called")
def test_a_finaliser_at_exit_can_import(module, programs, evidence):
    """A __del__ that runs at exit can import a module.

    "ImportError: sys.meta_path is None, Python is likely shutting down", after "Exception ignored
    in: <function Client.__del__ ...>", since 3.14 "Exception ignored while calling deallocator
    ...".  The same happens if the module is imported already, if a function that __del__ calls has
    the import, and with much of logging, requests and subprocess.  Instead: import at the
    head of the file; close in a with block or in an atexit handler, where imports work; or catch
    ImportError.
    """
    program = programs.run(IMPORTED_AT_EXIT.format(module=module))
    end = evidence(end=program.out.strip() or "never called")
    assert end == "imported", end
