"""Read, change, write: what becomes of `n += 1` among threads without a lock.

Source: https://docs.python.org/3/faq/library.html#what-kinds-of-global-value-mutation-are-thread-safe
and https://docs.python.org/3/howto/free-threading-python.html#thread-safety
"""

import collections
import fractions
import threading
from types import SimpleNamespace

from tests.harness import PATIENCE, cases, claim, concerns, control, predicts, refuted
from tests.library.atomicity.racing import ANYWHERE, WORKERS, contend, together

WHY_LOST = (
    "PyPy may switch threads between any two bytecodes, and PEP 703's build runs them side by "
    "side; CPython's GIL is given up at calls and at the ends of loops only"
)

total = 0


def until_lost(read):
    """Go on until updates are lost, where that is expected."""
    return (lambda done: read() == done) if ANYWHERE else None


def add_one_to_the_global(_n):
    global total
    total += 1


@claim("ATOM12")
@predicts("RC15")
@refuted(where=ANYWHERE, because=WHY_LOST)
def test_plus_equals_one_on_a_global_loses_nothing(evidence):
    """Threads that execute `n += 1` on one global without a lock lose no update.

    Is a global counter thread-safe?  Is the += operator thread-safe?  The statement reads, adds and
    writes: three steps, so it is not atomic.  CPython with a GIL switches threads only at calls and
    at the ends of loops, since 3.10: nothing comes in between, by accident.  The free-threaded
    build (3.13t and later) and PyPy have the race condition: the final count is too small, without
    an error.  Put a Lock around the statement, or use next(itertools.count()).
    """
    global total
    total = 0
    seen = contend(add_one_to_the_global, intact=until_lost(lambda: total))
    evidence(updates=str(seen))
    control(0 < total <= seen.done, f"{total} of {seen.done} is no lost update")
    assert evidence(total=total) == seen.done


def make_counters():
    """Return, by statement, a function that executes it and one that tells the count."""
    thing, table, items = SimpleNamespace(x=0), {"k": 0}, [0]

    class Thing:
        x = 0

    local = 0

    def attribute(_n):
        thing.x += 1

    def key(_n):
        table["k"] += 1

    def index(_n):
        items[0] += 1

    def class_attribute(_n):
        Thing.x += 1

    def nonlocal_name(_n):
        nonlocal local
        local += 1

    return {
        "object.x += 1": (attribute, lambda: thing.x),
        "dict[k] += 1": (key, lambda: table["k"]),
        "list[0] += 1": (index, lambda: items[0]),
        "Class.x += 1": (class_attribute, lambda: Thing.x),
        "nonlocal n; n += 1": (nonlocal_name, lambda: local),
    }


@claim("ATOM13")
@concerns("update outside the lock")
@cases(statement=make_counters())
@predicts("RC15")
@refuted(where=ANYWHERE, because=WHY_LOST)
def test_plus_equals_one_on_a_place_loses_nothing(statement, evidence):
    """`object.x += 1`, `dict[k] += 1`, `list[0] += 1` from several threads lose no update.

    Only an accident of CPython's GIL keeps read and write together, and only while neither runs
    Python code (a property, a __getitem__).  Elsewhere the count is too small.  A thread-safe dict
    or list does not make two operations one.  Use a Lock.
    """
    add, read = statement
    seen = contend(add, intact=until_lost(read))
    evidence(updates=str(seen))
    control(0 < read() <= seen.done, f"{read()} of {seen.done} is no lost update")
    assert evidence(total=read()) == seen.done


@claim("ATOM14")
@predicts("RC15")
@refuted(where=ANYWHERE, because=WHY_LOST)
def test_counting_in_a_counter_loses_nothing(evidence):
    """`Counter()[key] += 1` from several threads loses no update.

    A Counter is a dict, whose `+= 1` is a read and a write.  It holds by accident of CPython's GIL,
    and fails on PyPy and on the free-threaded build.  Count in a Counter per thread, and add them
    up at the end.
    """
    counter = collections.Counter(key=0)

    def count(_n):
        counter["key"] += 1

    seen = contend(count, intact=until_lost(lambda: counter["key"]))
    evidence(updates=str(seen))
    control(0 < counter["key"] <= seen.done, f"{counter} of {seen.done} is no lost update")
    assert evidence(counter=counter) == {"key": seen.done}


@claim("ATOM15")
@refuted(where=ANYWHERE, because=WHY_LOST)
def test_adding_to_a_string_from_threads_loses_nothing(evidence):
    """Threads that execute `text += piece` on one object's attribute lose no piece.

    A string never changes: `+=` makes another one and stores it.  Without a GIL, and on PyPy, what
    another thread has added meanwhile is lost.  Append the pieces to a list, which is thread-safe,
    and join() them at the end.
    """
    page = SimpleNamespace(text="")

    def add(n):
        letter = "abcd"[n % WORKERS]
        page.text += letter  # no call here: see the claim on updates with a call in them

    seen = contend(add, intact=until_lost(lambda: len(page.text)))
    counts = {letter: page.text.count(letter) for letter in "abcd"}
    evidence(pieces=str(seen))
    control(set(page.text) == set("abcd"), f"not what was added: {set(page.text)}")
    assert evidence(counts=counts) == dict.fromkeys("abcd", seen.done // WORKERS)


def meeting(parties=WORKERS):
    """Return a function that returns in no thread before it has been called in all of them."""
    barrier = threading.Barrier(parties)
    return lambda: barrier.wait(PATIENCE)


def make_calls():
    """Return, by statement, a function that executes it and one that tells the count.

    Each adds one, in a function that lets every thread arrive before any goes on.
    """
    meet, count = meeting(), SimpleNamespace(n=0)

    def one():
        meet()
        return 1

    def plus_one(n):
        meet()
        return n + 1

    def add_result(_number):
        count.n = count.n + one()

    def add_in_place(_number):
        count.n += one()

    def through_function(_number):
        count.n = plus_one(count.n)

    return {
        "n = n + f()": (add_result, count),
        "n += f()": (add_in_place, count),
        "n = f(n)": (through_function, count),
    }


@claim("ATOM16")
@cases(call=make_calls())
@predicts("RC15b")
@refuted(because="CPython and PyPy read n before they call f(), and may run other threads in it")
def test_an_update_with_a_call_in_it_loses_nothing(call, evidence):
    """`n = n + f()`, `n += f()` and `n = f(n)` from several threads lose no update.

    You might expect it after seeing `n += 1` count right.  But Python reads n, then calls f(), and
    there every interpreter, with a GIL or without, may run another thread.  That thread writes a
    value, and this one overwrites it.  Hold a Lock around the whole statement.
    """
    update, count = call
    count.n = 0
    results = together(update)
    control(results == [None] * WORKERS, f"an update failed: {results}")
    control(count.n in (1, WORKERS), f"the threads did not meet in f(): {count.n}")
    assert evidence(count=count.n) == WORKERS


@claim("ATOM17")
@refuted(because="CPython and PyPy may run other threads in an addition that is written in Python")
def test_plus_equals_is_one_step_for_every_type(evidence):
    """`total += x` is as safe for a Fraction, or any class in Python, as it is for an int.

    But `+=` calls x's `__radd__` (or total's `__iadd__`, `__add__`).  For Fraction and your own
    classes that is Python code, where every interpreter may switch threads: a sum that is right for
    int becomes too small for Fraction.  Hold a Lock.
    """
    meet, account = meeting(), SimpleNamespace(total=fractions.Fraction(0))

    class Amount(fractions.Fraction):
        def __radd__(self, other):
            meet()
            return super().__radd__(other)

    def add(_number):
        account.total += Amount(1, 3)

    results = together(add)
    control(results == [None] * WORKERS, f"an update failed: {results}")
    control(
        account.total in (fractions.Fraction(1, 3), fractions.Fraction(WORKERS, 3)),
        f"the threads did not meet in the addition: {account.total}",
    )
    assert evidence(total=account.total) == fractions.Fraction(WORKERS, 3)


@claim("ATOM18")
def test_of_two_overlapping_updates_one_survives(evidence):
    """If two threads read before either writes, exactly one of the two updates survives.

    The other is overwritten: nothing is raised and nothing is torn.
    """
    balance, meet, read = SimpleNamespace(n=100), meeting(2), []

    def update(number):
        seen = balance.n
        read.append(seen)
        meet()
        balance.n = seen + (10, 20)[number]

    results = together(update, workers=2)
    assert results == [None, None]
    assert evidence(read=read) == [100, 100]
    assert evidence(balance=balance.n) in (110, 120)


@claim("ATOM19")
def test_with_a_lock_no_update_is_lost(evidence):
    """With one Lock around each read, change and write, no update is lost.

    The same threads' unprotected count loses updates meanwhile.
    """
    lock, count = threading.Lock(), SimpleNamespace(n=0)

    def add(_n):
        with lock:
            before = count.n
            count.n = one_more(before)

    seen = contend(add)
    evidence(updates=str(seen))
    assert evidence(count=count.n) == seen.done
    assert seen.control_lost > 0
    assert not lock.locked()


def one_more(number):
    return number + 1
