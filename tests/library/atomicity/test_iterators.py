"""Iterators and containers that change, or are consumed, while several threads use them.

Source: https://docs.python.org/3/howto/free-threading-python.html#iterators
and https://docs.python.org/3/library/itertools.html
"""

import collections
import copy
import functools
import io
import itertools
import threading
import weakref

from tests.harness import (
    NO_GIL,
    PATIENCE,
    PYPY,
    applies,
    before,
    cases,
    claim,
    concerns,
    control,
    never,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.library.atomicity import sharing
from tests.library.atomicity.apart import seen_apart, what_goes_wrong
from tests.library.atomicity.racing import contend, in_another_thread

#: The iterators that have a lock of their own on free-threaded builds, and whether they have here.
LOCKED = {
    "range": since("3.15.0"),  # gh-129068
    "accumulate": since("3.14.7", "3.15.0"),  # gh-123471
    "generator": since("3.15.0"),  # gh-120321
}


def shared_by_threads(programs, kind):
    """Return what went wrong when threads shared an iterator of this kind, "" if nothing did."""
    safe = not NO_GIL or LOCKED.get(kind, False)
    if not NO_GIL:
        look = functools.partial(sharing.share, kind, within=PATIENCE * 1.5)
    else:
        how = "share" if safe else "hammer"
        look = functools.partial(seen_apart, programs, sharing, how, kind)
    return what_goes_wrong(look, safe=safe)


NO_LOCK = "PEP 703: iterators of the free-threaded build take no lock"


@claim("ITER06")
@cases(kind=[*sharing.KINDS][:-1])  # all but the generator
@predicts("RC17")
@refuted(where=NO_GIL, because=NO_LOCK, kind=[k for k in sharing.KINDS if k not in LOCKED])
@refuted(where=NO_GIL and not LOCKED["range"], because=f"{NO_LOCK} before 3.15", kind="range")
@refuted(
    where=NO_GIL and not LOCKED["accumulate"],
    because=f"{NO_LOCK} before 3.14.7",
    kind="accumulate",
)
def test_a_shared_iterator_delivers_each_item_once(kind, programs, evidence):
    """An iterator that several threads consume gives each item to exactly one of them.

    With a GIL that is true of iterators in C (or RPython): next() is atomic.  On the free-threaded
    build (3.13t) it is a data race: items come twice or never, or past the end; a dict's iterator
    may raise RuntimeError, "dictionary keys changed during iteration", and the interpreter may
    crash (SIGSEGV, "Segmentation fault").  Of those here, only itertools.accumulate (since 3.14.7)
    and range (since 3.15) have a lock there; those of a list, set or dict, zip, enumerate, islice
    and itertools.groupby have none.  Put the items into a queue.Queue, or pop them from a deque;
    3.15 has threading.serialize_iterator().  Open files (ITER17) and tee() (ITER16) are exceptions,
    with a GIL too.
    """
    assert evidence(wrong=shared_by_threads(programs, kind)) == ""


@claim("ITER07")
@concerns("generator of several threads")
@predicts("RC18")
@refuted(
    where=NO_GIL and not LOCKED["generator"],
    because="before 3.15 the check of the free-threaded build is itself a race (gh-120321)",
)
def test_threads_that_share_a_generator_get_a_value_error_at_worst(programs, evidence):
    """Threads that consume one generator get each item once, and "already executing" at worst.

    next() of a generator that runs in another thread raises ValueError (ITER08), and may be tried
    again.  But in 3.13t and 3.14t two threads can pass that check at once and enter the same frame:
    items are lost, and the interpreter crashes (SIGSEGV or SIGABRT, exit code -11 or -6).  3.15
    made it atomic (gh-120321).  Put a Lock around next(); 3.15 has threading.serialize_iterator(),
    with which the other threads wait.
    """
    assert evidence(wrong=shared_by_threads(programs, "generator")) == ""


@claim("ITER08")
def test_a_generator_refuses_a_second_thread(background, evidence):
    """next() of a generator that is running in another thread raises ValueError, everywhere.

    "ValueError: generator already executing".  Nobody waits, and the generator goes on.
    """
    inside, go_on = threading.Event(), threading.Event()

    def numbers():
        yield 1
        inside.set()
        control(go_on.wait(PATIENCE), "the generator was never told to go on")
        yield 2
        yield 3

    generator = numbers()
    first = next(generator)
    consumer = background(next, generator)
    control(inside.wait(PATIENCE), "the other thread is not in the generator")
    errors = [outcome(call) for call in (generator.__next__, generator.close)]
    go_on.set()
    for error in evidence(errors=errors):
        assert (type(error), str(error)) == (ValueError, "generator already executing")
    assert (first, consumer.result(), [*generator]) == (1, 2, [3])


@claim("ITER09")
@predicts("RC17b")
def test_a_shared_count_never_repeats_a_number(evidence):
    """next(itertools.count()) from several threads never repeats a number, and skips none.

    This common way to number things works everywhere: on the free-threaded build count() is one of
    the few iterators that are atomic.  The documentation does not promise it.
    """
    numbers, taken = itertools.count(5), []
    seen = contend(lambda n: taken.append(next(numbers)))
    evidence(calls=str(seen))
    assert sorted(taken) == [*range(5, 5 + seen.done)]


@claim("ITER10")
@cases(
    growing={
        "dict": (dict.fromkeys((1, 2)), lambda d: d.update({3: None}), "dictionary changed size"),
        "set": ({1, 2}, lambda s: s.add(3), "Set changed size"),
        "deque": (collections.deque((1, 2)), lambda d: d.append(3), "deque mutated"),
    }
)
def test_a_dict_that_grows_in_a_loop_stops_the_loop(growing, evidence):
    """A loop over a dict, set or deque that another thread adds to ends with a RuntimeError.

    "dictionary changed size during iteration", "Set changed size during iteration", "deque mutated
    during iteration".  It comes with the next step, and the addition stays.  Loop over a copy:
    `for key in list(d)`.  sys.modules is such a dict, to which each import adds, in any thread:
    loop over sys.modules.copy().
    """
    made, add, message = growing
    items = copy.copy(made)
    loop = iter(items)
    assert next(loop) == 1
    in_another_thread(add, items)
    error = evidence(error=outcome(next, loop))
    assert type(error) is RuntimeError
    assert str(error).lower() == f"{message} during iteration".lower()  # PyPy: "set changed ..."
    assert [*items] == [1, 2, 3]


@claim("ITER11")
def test_a_loop_over_a_list_sees_what_is_appended(evidence):
    """A loop over a list goes on over what other threads append, and ends when they stop."""
    items, visited = [0], []
    for item in items:
        visited.append(item)
        if item < 100:
            in_another_thread(items.append, item + 1)
    assert evidence(visited=len(visited)) == 101
    assert visited == items == [*range(101)]


@claim("ITER12")
def test_a_list_looks_empty_while_it_is_sorted(evidence):
    """While list.sort(key=...) runs, other threads see an empty list.

    What they append meanwhile is lost, and sort() raises "ValueError: list modified during sort";
    the list keeps its items.  Sort a copy: sorted(items).
    """
    items, seen = [3, 1, 2], []

    def key(item):
        if not seen:
            seen.append(in_another_thread(len, items))
            in_another_thread(items.append, 9)
        return item

    error = evidence(error=outcome(items.sort, key=key))
    assert evidence(length_seen=seen) == [0]
    assert (type(error), str(error)) == (ValueError, "list modified during sort")
    items.sort(key=lambda item: item)
    assert evidence(items=items) == [1, 2, 3]


@claim("ITER13")
def test_a_copy_of_a_growing_list_is_a_prefix(evidence):
    """list(l), l.copy() and l[:] of a list that other threads append to are a prefix of it."""
    items, copies = [], []
    makers = (list, list.copy, lambda items: items[:], tuple)

    def work(n):
        items.append(n)
        if n % 200 < 4:
            copies.append([*makers[n % 4](items)])

    seen = contend(work)
    evidence(appended=str(seen), copies=len(copies))
    control(len(copies) > 100, f"only {len(copies)} copies")
    assert sorted(items) == [*range(seen.done)]
    assert all(one and one == items[: len(one)] for one in copies)


class Kept:
    """Something that weak containers can refer to."""


WEAK = {
    "WeakSet": (lambda kept: weakref.WeakSet(kept), lambda s, new: s.add(new)),
    "WeakKeyDictionary": (
        lambda kept: weakref.WeakKeyDictionary(dict.fromkeys(kept)),
        lambda d, new: d.update({new: None}),
    ),
    "WeakValueDictionary": (
        lambda kept: weakref.WeakValueDictionary(enumerate(kept)),
        lambda d, new: d.update({"new": new}),
    ),
}


@claim("ITER14")
@predicts("N09")
@cases(growing=WEAK)
@refuted(
    where=before("3.14.0") or PYPY,
    because="before 3.14 they looped over the set or dict inside (gh-89967, gh-123089)",
    by="RuntimeError: ",
)
def test_a_weak_container_that_grows_lets_a_loop_go_on(growing, evidence):
    """A loop over a WeakSet, or a weak dictionary, goes on while another thread adds to it.

    Before 3.14 it ends with a RuntimeError, "Set changed size during iteration" or "dictionary
    changed size during iteration", and so does list() or copy() of it: registries of listeners,
    sessions or workers are like that.  Instead: one lock around the loop and around what adds.
    """
    make, add = growing
    kept, new = [Kept(), Kept()], Kept()
    items = make(kept)
    loop = iter(items)
    next(loop)
    in_another_thread(add, items, new)
    assert evidence(rest=len([*loop])) == 1
    assert len(items) == 3


class Copied:
    """Calls something in another thread while it is copied."""

    def __init__(self, action):
        self.action = action

    def __deepcopy__(self, memo):
        in_another_thread(self.action)
        return self


@claim("ITER15")
def test_a_deep_copy_of_a_growing_dict_is_refused(evidence):
    """copy.deepcopy() of a dict that another thread adds to raises a RuntimeError.

    "dictionary changed size during iteration".  dict(d), d.copy() and list(d) do not: they copy in
    one step, and deepcopy() loops.  Instead: a lock around the copy and
    around what adds, or dict(d) first where the values do not change.
    """
    items: dict[str, object] = {}
    items.update(first=Copied(lambda: items.update(new=None)), second=2)
    error = evidence(error=outcome(copy.deepcopy, items))
    assert type(error) is RuntimeError
    assert str(error) == "dictionary changed size during iteration"


@claim("ITER16")
@refuted(
    because="tee() takes from its source without a lock, and notices that it is called again",
    by="RuntimeError: cannot re-enter the tee iterator",
)
def test_threads_consume_the_iterators_of_tee(background, evidence):
    """Two threads can consume one iterator of itertools.tee() each.

    They have one source.  If one thread asks for its next item while the other waits for it:
    "RuntimeError: cannot re-enter the tee iterator".  Free-threaded builds may crash (SIGSEGV)
    instead before 3.14.7.  Instead: a queue.Queue for each thread, into which one thread puts each
    item, or threading.concurrent_tee(), since 3.15.
    """
    asked, goes_on = threading.Event(), threading.Event()

    def source():
        asked.set()
        goes_on.wait(PATIENCE)
        yield "item"

    one, other = itertools.tee(source())
    first = background(next, one)
    control(asked.wait(PATIENCE), "the first thread asks for an item")
    second = background(next, other)
    never(lambda: second.finished, during=PATIENCE / 4)  # not as long, where it is refused
    goes_on.set()
    assert evidence(first=first.result()) == "item"
    assert evidence(second=second.result()) == "item"


class ReadByTwo(io.BufferedReader):
    """Lets the first thread that has read a part of the file wait until another one has, too."""

    def __init__(self, raw):
        super().__init__(raw)
        self.first, self.both = threading.Lock(), threading.Event()

    def read1(self, *size):
        """Read a part, as a TextIOWrapper asks for."""
        part = super().read1(*size)
        if self.first.acquire(blocking=False):
            self.both.wait(PATIENCE / 4)
        else:
            self.both.set()
        return part


@claim("ITER17")
@applies(where=not PYPY, because="PyPy may crash at the end of a file like that (pypy#5575)")
@refuted(because="a file lets other threads in while it reads, and then keeps what came last")
def test_threads_that_loop_over_one_file_get_whole_lines(tmp_path, background, evidence):
    """Threads that loop over one open file get each line once, and whole.

    To iterate over the same file (`for line in file`) in several threads is a race condition, with
    a GIL too, be it text or binary: lines are torn in two, missing or repeated, and no error is
    raised.  Instead: one thread reads and puts the lines into a queue.Queue, or each holds a lock
    around next(file).
    """
    lines = [f"{n:06}\n" for n in range(3000)]
    path = tmp_path / "lines"
    path.write_bytes("".join(lines).encode())
    got: list[str] = []
    with io.TextIOWrapper(ReadByTwo(io.FileIO(path)), encoding="ascii") as file:

        def loop():
            for line in file:
                got.append(line)

        for thread in [background(loop), background(loop)]:
            thread.result()
    torn = [line for line in got if line not in lines]
    evidence(lines=len(got), torn=torn)
    assert sorted(got) == lines
