"""When an object goes: files that nobody closed, __del__, weak references, and ids.

Source: https://docs.python.org/3/reference/datamodel.html#objects-values-and-types and
https://doc.pypy.org/en/latest/cpython_differences.html
"""

import gc
import threading
import weakref

from tests.harness import (
    FREE_THREADED_BUILD,
    PYPY,
    claim,
    control,
    joined,
    refuted,
    started,
    until,
)

NOT_COUNTED = "PyPy counts no references: objects go when the garbage collector comes by"


class Thing:
    """An object that tells when it goes, and who was running then."""

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


@claim("Z23")
@refuted(where=PYPY, because=NOT_COUNTED)
def test_a_file_that_nobody_closed_is_written_at_once(programs, evidence):
    """`open(path, "w").write(text)` without close() has the text on disk when the next line runs.

    CPython closes the file as soon as nothing refers to it.  On PyPy the file stays open and empty
    until the garbage collector comes by: a script that is written so and then started by another
    process does nothing, with exit code 0.  Instead: use `with open(...)`, or pathlib's
    write_text().
    """
    program = programs.run(UNCLOSED)
    evidence(printed=program.lines)
    control((program.exit_code, program.err) == (0, ""), program.err)
    control(program.lines in (["1", "1"], ["0", "1"]), f"printed {program.lines}")
    assert program.lines == ["1", "1"]


@claim("AT45")
@refuted(where=PYPY, because=NOT_COUNTED)
def test_del_runs_with_the_last_reference(evidence):
    """__del__() runs, and a weak reference dies, as soon as the last reference goes.

    On PyPy both wait for the garbage collector: what frees a lock, a connection or a semaphore in
    __del__ may keep it for any time.  Instead: use a with block or close(); gc.collect() helps in
    tests.
    """
    gone = []
    thing = Thing(gone)
    weak = weakref.ref(thing)
    del thing
    at_once = (len(gone), weak() is None)
    until(lambda: (gc.collect(), gone)[1], "the object to go")
    evidence(at_once=at_once, in_the_end=(len(gone), weak() is None))
    control((len(gone), weak()) == (1, None), "it must go in the end, once")
    control(at_once in ((1, True), (0, False)), f"half gone: {at_once}")
    assert at_once == (1, True)


@claim("AT46")
def test_an_object_in_a_cycle_goes_with_the_collector(evidence):
    """An object that refers to itself stays until gc.collect(), and its __del__ runs once."""
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
    evidence(before=before, after=after)
    assert (before, after) == ((0, False), (1, True))
    assert len(gone) == 1


@claim("AT47")
@refuted(where=PYPY, because=NOT_COUNTED + ", in the thread that happens to run then")
@refuted(
    where=FREE_THREADED_BUILD,
    because="PEP 703: references are counted by the thread that made the object, which frees it",
)
def test_del_runs_in_the_thread_that_drops_the_last_reference(evidence):
    """__del__() runs in the thread that lets go of the object last, not where it was made.

    So a lock that __del__ takes may be held by that very thread: it must be an RLock, or better
    none at all.  On PyPy the garbage collector calls __del__ later, in any thread, and on the
    free-threaded build the thread that made the object does.  Instead: a with block or a method
    that closes, in the thread that is to do it.
    """
    gone, box = [], []
    box.append(Thing(gone))
    thread = threading.Thread(target=box.clear)
    joined(*started([thread]))
    at_once = list(gone)
    until(lambda: (gc.collect(), gone)[1], "the object to go")
    evidence(gone_at_once=len(at_once), by_the_thread=at_once == [thread.ident])
    control(len(gone) == 1, f"it went {len(gone)} times")
    known = ([], [thread.ident], [threading.get_ident()])
    control(at_once in known, "it went in a third thread")
    assert at_once == [thread.ident]


@claim("AT48")
@refuted(where=PYPY, because=NOT_COUNTED)
def test_an_id_is_no_name_for_an_object_that_has_gone(evidence):
    """id() of an object that has gone is given to another one: a new object may have the old id.

    So a dict keyed by id(x) mixes objects up unless it keeps them too.  CPython uses the address,
    and the address again at once; PyPy gives each object a new number, by luck.  Instead: keep the
    object as long as its id.
    """
    ids = [id(object()) for _ in range(100)]
    living = [object() for _ in range(100)]
    evidence(different=len(set(ids)), of_the_living=len({id(one) for one in living}))
    control(len({id(one) for one in living}) == 100, "living objects have different ids")
    assert len(set(ids)) < 100


@claim("AT49")
def test_weak_containers_survive_threads(evidence):
    """A WeakValueDictionary loses an entry with its object, and keeps those that somebody holds."""
    kept, names = [Thing([]) for _ in range(50)], weakref.WeakValueDictionary()

    def fill(number):
        for index in range(50):
            names[number, index] = kept[index] if number == 0 else Thing([])

    joined(*started(threading.Thread(target=fill, args=(number,)) for number in range(4)))
    gc.collect()
    evidence(left=len(names))
    assert sorted(names) == [(0, index) for index in range(50)]
    assert all(names[0, index] is kept[index] for index in range(50))
