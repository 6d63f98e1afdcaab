"""Doing something once: what runs twice when two threads come at the same time.

Source: https://docs.python.org/3/library/functools.html and
https://docs.python.org/3/glossary.html#term-EAFP
"""

import collections
import functools
import threading

from tests.harness import GRACE, PATIENCE, before, cases, claim, control, refuted, since
from tests.library.atomicity.racing import together


class Meeting:
    """Lets two threads meet inside a function, if the second one gets there at all."""

    def __init__(self, patience=PATIENCE):
        self._barrier, self._patience = threading.Barrier(2), patience
        self.visitors = []

    def visit(self):
        """Count this thread, and wait for another one, for as long as the patience goes."""
        self.visitors.append(threading.get_ident())
        try:
            self._barrier.wait(self._patience)
        except threading.BrokenBarrierError:
            return False
        return True


def checkers(meeting):
    """Return, by way, a function that makes an object if there is none yet."""
    made, registry = [], {}

    class Singleton:
        instance = None

    def make():
        made.append(object())
        return made[-1]

    def key_in_dict(number):
        if "key" not in registry:
            meeting.visit()
            registry["key"] = make()

    def attribute_is_none(number):
        if Singleton.instance is None:
            meeting.visit()
            Singleton.instance = make()

    def dict_get(number):
        if registry.get("key") is None:
            meeting.visit()
            registry["key"] = make()

    return made, {
        "key in dict": key_in_dict,
        "attribute is None": attribute_is_none,
        "dict.get": dict_get,
    }


@claim("AT10")
@cases(way=["key in dict", "attribute is None", "dict.get"])
@refuted(because="CPython and PyPy may run another thread between the check and the act")
def test_what_is_made_if_missing_is_made_once(way, evidence):
    """`if x is None: x = make()` in several threads makes one object: a lazy singleton.

    Instead both threads look before either has written, and both make one: each goes on with its
    own, or the first one's is lost.  That is so with a GIL and without.  Hold a Lock around check
    and act, or use dict.setdefault(), whose one winner all threads get.
    """
    meeting = Meeting()
    made, ways = checkers(meeting)
    results = together(ways[way], workers=2)
    evidence(made=len(made))
    control(results == [None, None], f"a thread failed: {results}")
    control(len(made) in (1, 2), f"{len(made)} were made")
    assert len(made) == 1


@claim("AT38")
def test_a_second_look_under_the_lock_makes_one(evidence):
    """Looking again once the Lock is held makes one object, though both threads saw none before."""
    lock, made, registry = threading.Lock(), [], {}
    meeting, under_the_lock = Meeting(), Meeting(GRACE)

    def get(number):
        if "key" not in registry:
            meeting.visit()
            with lock:
                if "key" not in registry:
                    under_the_lock.visit()
                    made.append(number)
                    registry["key"] = object()
        return registry["key"]

    one, other = together(get, workers=2)
    evidence(made_by=made, saw_none=len(meeting.visitors))
    assert len(meeting.visitors) == len(set(meeting.visitors)) == 2
    assert len(made) == 1
    assert type(one) is object
    assert one is other is registry["key"]


@claim("AT39")
@refuted(because="CPython and PyPy call default_factory before they store what it returns")
def test_a_defaultdict_makes_a_missing_value_once(evidence):
    """defaultdict calls its factory once for a key, however many threads ask for the key at once.

    Instead each thread that misses the key calls the factory, and the last value stays: what the
    other thread has put into its own (`d[key].append(x)`) is lost.  With a factory in C such as
    list a GIL happens to hide it.  Use dict.setdefault(key, []), or a Lock.
    """
    meeting = Meeting()

    def factory():
        meeting.visit()
        return []

    table = collections.defaultdict(factory)
    results = together(lambda number: table["key"].append(number), workers=2)
    evidence(calls=len(meeting.visitors), value=table.get("key"))
    control(results == [None, None], f"a thread failed: {results}")
    control(len(meeting.visitors) in (1, 2), f"{len(meeting.visitors)} calls")
    assert len(meeting.visitors) == 1
    assert sorted(table["key"]) == [0, 1]


@claim("AT15")
@refuted(
    where=since("3.12.0"),
    because="3.12 removed the lock of functools.cached_property (gh-87634)",
)
def test_a_cached_property_is_computed_once(evidence):
    """functools.cached_property calls its function once, though two threads ask at the same time.

    Up to 3.11 (and on PyPy 3.11) a lock made the second thread wait; one lock for all instances of
    the class, which is why 3.12 removed it (gh-87634).  Since then both threads compute, and the
    last value stays.  Instead: take a lock in the function if it must run once.
    """
    meeting = Meeting(GRACE if before("3.12.0") else PATIENCE)

    class Page:
        @functools.cached_property
        def text(self):
            meeting.visit()
            return [len(meeting.visitors)]

    page = Page()
    results = together(lambda number: page.text, workers=2)
    evidence(calls=len(meeting.visitors), results=results, then=page.text)
    control(all(type(result) is list for result in results), f"a thread failed: {results}")
    control(len(meeting.visitors) in (1, 2), f"{len(meeting.visitors)} calls")
    assert len(meeting.visitors) == 1
    assert results == [[1], [1]]
    assert results[0] is results[1] is page.text


@claim("AT16")
@refuted(because="CPython and PyPy call the function of a cache without holding a lock")
def test_a_cached_function_is_called_once_for_a_value(evidence):
    """functools.lru_cache calls the function once, though two threads miss the value together.

    Instead both call it: the cache is safe to share, but nobody waits for a call under way.  The
    function may even return different objects to the two.  Take a lock in or around the function
    if it is expensive or must run once.
    """
    meeting = Meeting()

    @functools.lru_cache
    def compute(number):
        meeting.visit()
        return number + 1

    results = together(lambda number: compute(41), workers=2)
    info = compute.cache_info()
    evidence(calls=len(meeting.visitors), info=info)
    control((results, compute(41)) == ([42, 42], 42), f"wrong: {results}")
    control((info.misses, info.currsize) in ((1, 1), (2, 1)), f"not as called: {info}")
    assert len(meeting.visitors) == 1
    assert info.misses == 1


@claim("AT40")
def test_a_bounded_cache_is_safe_among_threads(evidence):
    """Threads that share an lru_cache(maxsize=n) get right results, and it holds n at most.

    Hits and misses add up to the calls where the cache is consistent; see cache_info().
    """

    @functools.lru_cache(maxsize=16)
    def double(number):
        return 2 * number

    results = together(lambda worker: [(n % 40, double(n % 40)) for n in range(2_000)])
    info = double.cache_info()
    evidence(info=info)
    for own in results:
        assert own == [(n % 40, 2 * (n % 40)) for n in range(2_000)]
    assert info.maxsize == info.currsize == 16


IMPORTING = """
import os, sys, threading
sys.path.insert(0, os.getcwd())
with open("slow_module.py", "w") as module:
    module.write('''
import __main__, threading
__main__.executions.append(threading.get_ident())
__main__.begun.set()
early = [thread.is_alive() for thread in __main__.threads]
__main__.go_on.wait(10)
last = "complete"
''')
executions, begun, go_on, seen = [], threading.Event(), threading.Event(), []

def imports(number):
    import slow_module
    seen.append((number, getattr(slow_module, "last", "incomplete")))

threads = [threading.Thread(target=imports, args=(n,)) for n in range(3)]
for thread in threads:
    thread.start()
met = begun.wait(10)
threads[0].join({grace})  # the others have time to get in, if they are let in
before = list(seen)
go_on.set()
for thread in threads:
    thread.join()
print((met, before, len(executions), sorted(seen)))
"""


@claim("AT17")
def test_a_module_is_executed_once_and_seen_complete(programs, evidence):
    """A module that three threads import at once is executed once, and all three see it complete.

    Each module has a lock of its own, so that the others wait until its last line has run.
    """
    program = programs.run(IMPORTING.format(grace=GRACE))
    evidence(printed=program.lines)
    assert (program.exit_code, program.err) == (0, "")
    complete = [(number, "complete") for number in range(3)]
    assert program.lines == [str((True, [], 1, complete))]
