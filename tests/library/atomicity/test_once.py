"""Doing something once: what runs twice when two threads come at the same time.

Source: https://docs.python.org/3/library/functools.html and
https://docs.python.org/3/glossary.html#term-EAFP
"""

import collections
import functools
import threading

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    control,
    predicts,
    refuted,
    since,
)
from tests.library.atomicity.racing import together


class Meeting:
    """Lets two threads meet inside a function, if the second one gets there at all."""

    def __init__(self, patience=PATIENCE / 2):
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


MEETING, REGISTRY, MADE = Meeting(), {}, []


class Singleton:
    """A class with a lazy instance."""

    instance = None


def make():
    MADE.append(object())
    return MADE[-1]


def key_in_dict(_number):
    if "key" not in REGISTRY:
        MEETING.visit()
        REGISTRY["key"] = make()


def attribute_is_none(_number):
    if Singleton.instance is None:
        MEETING.visit()
        Singleton.instance = make()


def dict_get(_number):
    if REGISTRY.get("key") is None:
        MEETING.visit()
        REGISTRY["key"] = make()


@claim("ONCE01")
@cases(get=(key_in_dict, attribute_is_none, dict_get))
@refuted(because="CPython and PyPy may run another thread between the check and the act")
def test_what_is_made_if_missing_is_made_once(get, evidence):
    """`if x is None: x = make()` in several threads makes one object: a lazy singleton.

    But such a singleton is not thread-safe: both threads look before either has written, and both
    make one: a race condition, with a GIL and without.  Each thread goes on with its own object.
    To initialise something only once across threads, hold a Lock around check and act, or use
    dict.setdefault(), where all threads get the value of the first one.
    """
    MADE.clear()
    REGISTRY.clear()
    Singleton.instance = None
    results = together(get, workers=2)
    control(results == [None, None], f"a thread failed: {results}")
    control(len(MADE) in (1, 2), f"{len(MADE)} were made")
    assert evidence(made=len(MADE)) == 1


@claim("ONCE02")
def test_a_second_look_under_the_lock_makes_one(evidence):
    """A second look under the Lock makes one object, though both threads saw none before.

    This is double-checked locking, a lazy initialisation that takes the lock only until the object
    is there.  It is broken in Java without volatile; here it works, with a GIL and without.
    """
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
    assert len(set(evidence(saw_none=meeting.visitors))) == 2
    assert len(evidence(made_by=made)) == 1
    assert one is other is registry["key"]


@claim("ONCE03")
@refuted(because="CPython and PyPy call default_factory before they store what it returns")
def test_a_defaultdict_makes_a_missing_value_once(evidence):
    """A defaultdict calls its factory once for a key, however many threads ask for the key.

    But each thread that misses the key calls the factory, with a GIL and without.  What becomes of
    the values that are too many, ONCE08 says.  With a factory in C, such as list, a GIL hides it.
    Use dict.setdefault(key, value), or a Lock, if the factory must run once.  For a lock per key,
    as one per user, locks.setdefault(key, Lock()) gives all threads the same lock.
    """
    meeting, _ = defaultdict_in_two_threads()
    control(len(meeting.visitors) in (1, 2), f"{len(meeting.visitors)} calls")
    assert evidence(calls=len(meeting.visitors)) == 1


def defaultdict_in_two_threads():
    """Let two threads append their number to what they both miss; return who met, and the list."""
    meeting = Meeting()

    def factory():
        meeting.visit()
        return []

    table = collections.defaultdict(factory)
    results = together(lambda number: table["key"].append(number), workers=2)
    control(results == [None, None], f"a thread failed: {results}")
    return meeting, table["key"]


@claim("ONCE08")
@refuted(
    where=before("3.13.12", "3.14.3", "3.15.0"),
    because="before 3.13.12 and 3.14.3 the last value replaced the first one (gh-142495)",
)
def test_threads_that_miss_a_key_of_a_defaultdict_get_one_value(evidence):
    """Threads that miss a key of a defaultdict together get one value: d[key].append(x) loses none.

    Since 3.13.12, 3.14.3 and 3.15 the first value that is stored stays, and all threads get it
    (gh-142495).  Before, and on PyPy, each thread got the value of its own call and the last one
    stayed: what the other threads had put into theirs was lost, without an error.  There, use
    d.setdefault(key, []).append(x), or a Lock.
    """
    meeting, kept = defaultdict_in_two_threads()
    control(len(meeting.visitors) == 2, "only one thread missed the key")
    control(kept and {*kept} <= {0, 1}, f"not what was appended: {kept}")
    assert evidence(kept=sorted(kept)) == [0, 1]


@claim("ONCE04")
@refuted(
    where=since("3.12.0"),
    because="3.12 removed the lock of functools.cached_property (gh-87634)",
    by="AssertionError: assert 2 == 1",
)
def test_a_cached_property_is_computed_once(evidence):
    """functools.cached_property calls its function once, though two threads ask at the same time.

    Up to 3.11 (and on PyPy 3.11) a lock made the second thread wait.  It was one lock for all
    instances of the class, so 3.12 removed it (gh-87634).  Since then both threads compute, and the
    last value stays.  If it must run once, hold a lock around each access, or make the function
    look again under its lock: ONCE02.  A lock alone only puts the two calls one after the other.
    """
    meeting = Meeting(GRACE) if before("3.12.0") else Meeting()

    class Page:
        @functools.cached_property
        def text(self):
            meeting.visit()
            return [len(meeting.visitors)]

    page = Page()
    results = together(lambda number: page.text, workers=2)
    control(all(type(result) is list for result in results), f"a thread failed: {results}")
    assert evidence(calls=len(meeting.visitors)) == 1
    assert evidence(results=results) == [[1], [1]]
    assert results[0] is results[1] is page.text


@claim("ONCE05")
@refuted(
    because="CPython and PyPy call the function of a cache without holding a lock",
    by="AssertionError: assert (2, 2) == (1, 1)",
)
def test_a_cached_function_is_called_once_for_a_value(evidence):
    """functools.lru_cache calls the function once, though two threads miss the value together.

    But both call it.  The cache is thread-safe, but no thread waits for the call of another one,
    and the two may get different objects.  If the function must run only once, take a lock.
    """
    meeting = Meeting()

    @functools.lru_cache
    def compute(number):
        meeting.visit()
        return number + 1

    results = together(lambda number: compute(41), workers=2)
    misses = compute.cache_info().misses
    control((results, compute(41)) == ([42, 42], 42), f"wrong: {results}")
    assert evidence(calls=len(meeting.visitors), misses=misses) == (1, 1)


@claim("ONCE06")
def test_a_bounded_cache_is_safe_among_threads(evidence):
    """Threads that share an lru_cache(maxsize=n) get right results, and it holds at most n."""

    @functools.lru_cache(maxsize=16)
    def double(number):
        return 2 * number

    def work(_):
        return [(n % 40, double(n % 40), double.cache_info().currsize) for n in range(2_000)]

    sizes = set()
    for own in together(work):
        assert [pair for *pair, _ in own] == [[n % 40, 2 * (n % 40)] for n in range(2_000)]
        sizes |= {size for *_, size in own}
    assert evidence(most=max(sizes)) == double.cache_info().currsize == 16


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


@claim("ONCE07")
def test_a_module_is_executed_once_and_seen_complete(programs, evidence):
    """If three threads import a module, it is executed once, and all three see it complete.

    Each module has its own lock, so the others wait until its last line has run.  Packages that
    import their own modules are another matter (ONCE09).
    """
    program = programs.run(IMPORTING.format(grace=GRACE))
    assert (program.exit_code, program.err) == (0, "")
    complete = [(number, "complete") for number in range(3)]
    assert evidence(printed=program.lines) == [str((True, [], 1, complete))]


#: For programs in which two threads import: the first one's module, shop, calls meet(), which waits
#: until the second thread sleeps because of the lock of shop.
MET_BY_IMPORT = """
import os, sys, threading, time
from importlib import _bootstrap
sys.path.insert(0, os.getcwd())
begun, met, seen, threads = threading.Event(), [], [], []

def somebody_waits():
    lock = _bootstrap._module_locks["shop"]()
    return bool(lock and lock.waiters)

def meet():
    if begun.is_set():  # imported once more, after an error
        return
    begun.set()
    end = time.monotonic() + 10
    while not somebody_waits() and time.monotonic() < end:
        time.sleep(0.001)
    met.append(somebody_waits())

def run_both(*targets):
    threads.extend(threading.Thread(target=target) for target in targets)
    threads[0].start()
    begun.wait(10)
    threads[1].start()
    for thread in threads:
        thread.join()
    print(met[0], *sorted(seen), sep=chr(10))
"""

IMPORTING_PARTS = """
from functools import partial

os.mkdir("shop")
for name, text in {
    "__init__": "import __main__; __main__.meet(); from shop.orders import send; total = 1",
    "orders": "import shop; send = 2",
}.items():
    with open(f"shop/{name}.py", "w") as module:
        module.write(text)

def imports(name):
    try:
        __import__(name)
        seen.append(f"{name}: complete")
    except Exception as error:
        seen.append(f"{name}: {error!r}")

run_both(partial(imports, "shop"), partial(imports, "shop.orders"))
"""


@claim("ONCE09")
@predicts("N12")
@refuted(where=before("3.15.0"), because="3.15 lets the package be imported first (gh-83065)")
def test_two_threads_import_a_package_and_its_module(programs, evidence):
    """Two threads can import a package, and a module of it that the package imports, at once.

    Before 3.15 each of them may have the lock of one module and wait for that of the other: a
    deadlock, which the import system notices.  It lets one go on with what is there, "ImportError:
    cannot import name 'send' from partially initialized module 'shop.orders'", "KeyError: 'shop'",
    or "_DeadlockError: deadlock detected by _ModuleLock('shop.orders')".  Instead: import the
    package in the main thread, before the threads start.
    """
    program = programs.run(MET_BY_IMPORT + IMPORTING_PARTS)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    met, *imported = program.lines
    control(met == "True", "the second thread waits for a lock of the import system")
    assert evidence(imported=imported) == ["shop.orders: complete", "shop: complete"]


FAILING = """
with open("shop.py", "w") as module:
    module.write("import __main__; __main__.meet(); raise OSError('no stock'); orders = 7")

def use():
    try:
        import shop
        seen.append(f"orders: {shop.orders}")
    except Exception as error:
        seen.append(repr(error))

run_both(use, use)
"""


@claim("ONCE11")
@predicts("N187")
@refuted(
    where=before("3.13.13", "3.14.4", "3.15.0") and not PYPY,
    because="3.13.13, 3.14.4 and 3.15 look whether the module is still there (gh-143650)",
)
def test_each_thread_learns_that_an_import_fails(programs, evidence):
    """If a module raises while two threads import it, both of them get the exception.

    Before 3.13.13, 3.14.4 and 3.15 the thread that waits for the other's import, which fails, gets
    a stale module, as far as it came, without an error, and later "AttributeError: module 'shop'
    has no attribute 'orders'": a race condition, by which one error in a module that is first
    imported within a request is followed by others.  Instead: import in the main thread, before the
    threads start.
    """
    program = programs.run(MET_BY_IMPORT + FAILING)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    met, *seen = program.lines
    control(met == "True", "the second thread waits for a lock of the import system")
    assert evidence(seen=seen) == ["OSError('no stock')"] * 2


LAZILY_LOADED = """
import importlib.util, os, sys, threading, time
sys.path.insert(0, os.getcwd())
with open("shop.py", "w") as module:
    module.write("import __main__; __main__.meet(); orders = 7")

def waits(thread):
    frame = sys._current_frames().get(thread.ident)
    return frame is not None and frame.f_code.co_name == "__getattribute__"

def meet():
    executions.append(True)
    if len(executions) == 1:
        second.start()
        end = time.monotonic() + 10
        while second.is_alive() and not waits(second) and time.monotonic() < end:
            time.sleep(0.001)
        met.append(waits(second) or not second.is_alive())

def use():
    try:
        seen.append(f"orders: {shop.orders}")
    except Exception as error:
        seen.append(repr(error))

spec = importlib.util.find_spec("shop")
spec.loader = importlib.util.LazyLoader(spec.loader)
shop = sys.modules["shop"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(shop)
met, executions, seen = [], [], []
second = threading.Thread(target=use)
use()
second.join()
print(met, len(executions), *sorted(seen), sep=chr(10))
"""


@claim("ONCE10")
@predicts("N101")
@refuted(
    where=before("3.11.9", "3.12.3", "3.13.0"),
    because="a lazy module has a lock since 3.11.9, 3.12.3 and 3.13 (gh-114763)",
    by="AssertionError: AttributeError",
)
def test_two_threads_use_a_lazily_loaded_module(programs, evidence):
    """Two threads can use a module of importlib.util.LazyLoader for the first time at once.

    It is executed once, in the thread that first asks for an attribute; the others wait.  Before
    3.11.9 and 3.12.3 they see it half made: "AttributeError: module 'shop' has no attribute
    'orders'", a race condition (gh-114763).  So do the users of lazy_loader, librosa and of others
    that build on it.  Instead: read an attribute of the module in the main thread, before the
    threads start, or import it in the plain way.
    """
    program = programs.run(LAZILY_LOADED)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    met, executions, *seen = program.lines
    control(met == "[True]", "the second thread asks while the module is executed")
    assert evidence(seen=seen) == ["orders: 7"] * 2, seen[0]
    assert evidence(executions=executions) == "1"
