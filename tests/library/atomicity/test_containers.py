"""What several threads may do to one list, dict, set or deque without a lock.

Source: https://docs.python.org/3/faq/library.html#what-kinds-of-global-value-mutation-are-thread-safe
and https://docs.python.org/3/howto/free-threading-python.html#thread-safety
"""

import collections
import functools
import heapq
import itertools
import random
import threading

from tests.harness import (
    NO_GIL,
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    control,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.library.atomicity import changing
from tests.library.atomicity.apart import seen_apart, what_goes_wrong
from tests.library.atomicity.racing import WORKERS, contend, short_turns, together


@claim("ATOM01")
def test_appending_from_several_threads_loses_nothing(evidence):
    """Threads that append to one list without a lock lose no item: append() is thread-safe.

    So several threads can write to the same list at the same time.  A list's methods are atomic:
    under a GIL because each is one step in C (or RPython), on the free-threaded build because a
    list has a lock of its own.  The threads' unprotected count of the same appends loses updates
    meanwhile.
    """
    items = []
    seen = contend(items.append)
    evidence(appended=str(seen))
    assert sorted(items) == [*range(seen.done)]
    for number in range(WORKERS):  # and each thread's items stand in the order of its appends
        own = [item for item in items if item % WORKERS == number]
        assert own == sorted(own)


@claim("ATOM02")
def test_stores_under_different_keys_lose_nothing(evidence):
    """Threads that store under different keys of one dict without a lock lose nothing.

    Is a dict thread-safe?  Dictionaries are, for one store, one read or one del.  Whatever takes
    two steps wants a lock: to add to a value that was read (ATOM13), or to look whether a key is
    there first.
    """
    stored = {}

    def store(n):
        stored[n] = -n

    seen = contend(store)
    evidence(stored=str(seen))
    assert stored == {n: -n for n in range(seen.done)}


@claim("ATOM03")
def test_adding_different_values_to_a_set_loses_nothing(evidence):
    """Threads that add different values to one set without a lock lose none of them."""
    values = set()
    seen = contend(values.add)
    evidence(added=str(seen))
    assert values == set(range(seen.done))


def plus_equals(items, n):
    items += [n]


def assign_slice(items, n):
    items[:0] = (n,)


#: Ways to add one number to a container: what makes the container, and how.
ADDING = {
    "list +=": (list, plus_equals),
    "list.insert": (list, lambda items, n: items.insert(0, n)),
    "list.extend": (list, lambda items, n: items.extend((n,))),
    "list slice": (list, assign_slice),
    "deque +=": (collections.deque, plus_equals),
    "deque.append": (collections.deque, lambda items, n: items.append(n)),
    "deque.appendleft": (collections.deque, lambda items, n: items.appendleft(n)),
    "deque.extend": (collections.deque, lambda items, n: items.extend((n,))),
}


@claim("ATOM04")
@cases(way=ADDING)
def test_every_other_way_of_adding_one_item_loses_nothing(way, evidence):
    """list += [x], insert, extend, items[:0] = [x] and deque methods lose nothing among threads.

    `items += [x]` extends the list in place and stores the same list again.  That is thread-safe,
    unlike `number += 1`, which stores another object.  `items[len(items):] = [x]` is not: two
    threads may have found the same length, and one replaces what the other has added.
    """
    make, add = way
    items = make()
    seen = contend(lambda n: add(items, n))
    evidence(added=str(seen))
    assert sorted(items) == [*range(seen.done)]


#: Ways to add several items in one call: what makes the container, how, and what it then holds.
JOINING = {
    "list.extend": (list, lambda items, n: items.extend([n] * 5)),
    "list +=": (list, lambda items, n: items.__iadd__((n,) * 5)),
    "list slice": (list, lambda items, n: items.__setitem__(slice(0, 0), [n] * 5)),
}


@claim("ATOM05")
@cases(way=JOINING)
def test_items_added_by_one_call_stay_together(way, evidence):
    """The items that one extend(), += or slice assignment adds stay together in a list.

    That holds for a list or a tuple, which is added in one step.  From any other iterable Python
    takes one item after another, and other threads may run in between: see the next claim.
    """
    make, add = way
    items = make()
    seen = contend(lambda n: add(items, n))
    evidence(calls=str(seen))
    runs = [(n, len([*run])) for n, run in itertools.groupby(items)]
    assert sorted(runs) == [(n, 5) for n in range(seen.done)]


@claim("ATOM06")
@refuted(because="CPython and PyPy ask an iterable for one item after another")
def test_what_a_generator_yields_to_extend_stays_together(background, evidence):
    """The items that list.extend(generator) adds stay together in a list.

    You might expect it, since it is true of list.extend(list).  But the generator runs between the
    items, and what another thread appends meanwhile stands among them.  Write
    extend([*generator]), which takes all items first.
    """
    items, inside, go_on = [], threading.Event(), threading.Event()

    def numbers():
        yield "first"
        inside.set()
        control(go_on.wait(PATIENCE), "the generator was never told to go on")
        yield "second"

    extending = background(items.extend, numbers())
    control(inside.wait(PATIENCE), "the generator was not asked for its second item")
    appending = background(items.append, "another thread's")
    outcome(appending.result, within=PATIENCE / 4)  # not before, if it has to wait
    go_on.set()
    extending.result()
    appending.result()
    control(sorted(items) == ["another thread's", "first", "second"], f"not as added: {items}")
    assert evidence(items=items).index("second") == items.index("first") + 1


#: Ways to merge two entries at once: what to merge into, how, and what comes of n calls.
MERGING = {
    "dict.update": (
        dict,
        lambda merged, n: merged.update({n: n, -n - 1: n}),
        lambda done: {**{n: n for n in range(done)}, **{-n - 1: n for n in range(done)}},
    ),
    "dict |=": (
        dict,
        lambda merged, n: merged.__ior__({n: n, -n - 1: n}),
        lambda done: {**{n: n for n in range(done)}, **{-n - 1: n for n in range(done)}},
    ),
    "set.update": (
        set,
        lambda merged, n: merged.update((n, -n - 1)),
        lambda done: {*range(-done, done)},
    ),
    "set |=": (
        set,
        lambda merged, n: merged.__ior__({n, -n - 1}),
        lambda done: {*range(-done, done)},
    ),
    "defaultdict": (
        lambda: collections.defaultdict(list),
        lambda merged, n: merged[n].append(n),
        lambda done: {n: [n] for n in range(done)},
    ),
    "Counter": (
        collections.Counter,
        lambda merged, n: merged.update([n]),
        lambda done: dict.fromkeys(range(done), 1),
    ),
}


@claim("ATOM07")
@cases(way=MERGING)
def test_merging_from_several_threads_loses_nothing(way, evidence):
    """dict.update(), set.update(), |= and, of different keys, Counter.update() lose nothing.

    Threads that count the same key do lose counts: Counter.update() reads the old count and stores
    the new one, as `counter[key] += 1` does (ATOM13).  Instead: a Counter for each thread, or a
    lock.
    """
    make, merge, expected = way
    merged = make()
    seen = contend(lambda n: merge(merged, n))
    evidence(calls=str(seen))
    assert merged == expected(seen.done)


#: Ways to take one number out of a container: what makes it, how it is filled, and how to take.
TAKING = {
    "list.pop()": (list, list.extend, lambda left: left.pop()),
    "list.pop(0)": (list, list.extend, lambda left: left.pop(0)),
    "deque.pop": (collections.deque, collections.deque.extend, lambda left: left.pop()),
    "deque.popleft": (collections.deque, collections.deque.extend, lambda left: left.popleft()),
    "dict.popitem": (
        dict,
        lambda left, numbers: left.update(dict.fromkeys(numbers)),
        lambda left: left.popitem()[0],
    ),
    "set.pop": (set, set.update, lambda left: left.pop()),
}


@claim("ATOM08")
@cases(way=TAKING)
def test_each_item_is_handed_out_once(way, evidence):
    """pop(), popleft() and popitem() give each item to one thread only.

    So a list or a deque that is filled beforehand can serve as a queue.  A thread that gets an
    IndexError (from a dict or a set a KeyError) knows that the container is empty.  The difference
    between queue.Queue and collections.deque: both are thread-safe, but only a Queue's get() waits
    for an item, and only it has maxsize, join() and shutdown().
    """
    make, fill, take = way
    left, taken = make(), []
    seen = contend(lambda n: taken.append(take(left)), before=lambda numbers: fill(left, numbers))
    evidence(taken=str(seen))
    assert sorted(taken) == [*range(seen.done)]
    expected = KeyError if make in (dict, set) else IndexError
    assert type(evidence(then=outcome(take, left))) is expected


#: Ways to remove one item: what contains it, and how it is removed.
REMOVING = {
    "dict.pop": (lambda: dict.fromkeys("k", 1), lambda left: left.pop("k")),
    "del dict[key]": (lambda: dict.fromkeys("k", 1), lambda left: left.__delitem__("k")),
    "list.remove": (lambda: ["k"], lambda left: left.remove("k")),
    "set.remove": (lambda: {"k"}, lambda left: left.remove("k")),
}


@claim("ATOM09")
@cases(way=REMOVING)
def test_a_key_is_removed_by_one_thread_only(way, evidence):
    """If several threads remove the same item, one succeeds and the others get an exception.

    So popping a key can decide who does a piece of work: `if jobs.pop(job, None) is not None`.
    """
    make, remove = way
    lefts = [make() for _ in range(200)]
    with short_turns():
        got = together(lambda number: [outcome(remove, left) for left in lefts])
    control(not any(lefts), "nothing must be left")
    failed = [sum(isinstance(one, Exception) for one in each) for each in zip(*got, strict=True)]
    assert evidence(threads_that_failed=set(failed)) == {WORKERS - 1}


@claim("ATOM10")
def test_setdefault_has_one_winner(evidence):
    """Threads that call dict.setdefault() for the same key all get the value of the first one.

    So a registry needs no lock, if the values of the others may be thrown away.
    """
    registries = [{} for _ in range(300)]
    with short_turns():
        got = together(lambda number: [one.setdefault("key", [number]) for one in registries])
    winners = [registry["key"] for registry in registries]
    evidence(winners=collections.Counter(map(str, winners)))
    for results, winner in zip(zip(*got, strict=True), winners, strict=True):
        assert all(result is winner for result in results)
        assert winner in ([0], [1], [2], [3])


@claim("ATOM11")
def test_a_bounded_deque_keeps_the_last_items(evidence):
    """A deque(maxlen=n) that several threads append to keeps the last items of each thread.

    While they append, len() may be n + 1 for a moment where there is no GIL.
    """
    last = collections.deque(maxlen=10)
    seen = contend(last.append)
    evidence(appended=str(seen), last=list(last))
    assert len(last) == len(set(last)) == 10
    for number in range(WORKERS):  # of each thread it holds the last ones, in their order
        own = [item for item in last if item % WORKERS == number]
        assert own == [*range(seen.done - WORKERS + number, -1, -WORKERS)][: len(own)][::-1]


POPPED_BY_THREADS = """\
import heapq, sys, threading

heap, everybody, taken = list(range(200_000)), threading.Barrier(4), [[] for _ in range(4)]

def take(own):
    everybody.wait()
    for _ in range(50_000):
        own.append(heapq.heappop(heap))

sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=take, args=(own,)) for own in taken]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("each once" if sorted(sum(taken, [])) == [*range(200_000)] else "not so")
"""


@claim("ATOM20")
@predicts("N66")
@refuted(where=PYPY, because="PyPy's heapq is written in Python")
@refuted(
    where=NO_GIL and before("3.14.0"),
    because="3.14 locks the list in heapq's functions (gh-116738)",
)
def test_numbers_are_popped_from_a_heap_once(programs, evidence):
    """Threads that heapq.heappop() numbers from one heap without a lock get each of them once.

    heapq's functions are steps in C that a GIL protects; since 3.14 they lock the list, on the
    free-threaded build.  In 3.13 without a GIL they give a number twice, raise an error as in
    ATOM21, or crash, by a Segmentation fault: a race condition; so do PyPy's, by IndexError.
    Instead: queue.PriorityQueue, or a lock of your own.  ATOM21 is about other objects.
    """
    program = programs.run(POPPED_BY_THREADS)
    error = program.err.strip().rpartition("\n")[2]
    evidence(exit_code=program.exit_code, last_line_of_stderr=error)
    assert evidence(popped=program.lines) == ["each once"]


class Item:
    """A number that does something when it is compared."""

    def __init__(self, number, compare=int):
        self.number, self.compare = number, compare

    def __lt__(self, other):
        self.compare()
        return self.number < other.number


@claim("ATOM21")
@refuted(
    where=not PYPY,
    because="__lt__ is Python code: other threads run while heapq waits for its answer",
    by="AssertionError: RuntimeError: list changed size during iteration",
)
@refuted(
    where=PYPY,
    because="PyPy's heapq is written in Python",
    by="AssertionError: IndexError",
)
def test_objects_with_a_lt_are_pushed_and_popped_by_threads(background, evidence):
    """Threads can heappush() and heappop() objects with a __lt__ of their own without a lock.

    So dataclass(order=True) makes them.  When a thread is in __lt__, another one changes the heap,
    GIL or not: "RuntimeError: list changed size during iteration", on PyPy "IndexError: list
    index out of range", or items come in a wrong order.  Instead: use
    queue.PriorityQueue, or hold a lock; tuples that begin with a number, (priority, count, item),
    are compared in C.
    """
    comparing, popped = threading.Event(), threading.Event()

    def wait_once():
        if not comparing.is_set():
            comparing.set()
            popped.wait(PATIENCE / 10)

    heap = [Item(number) for number in range(10)]
    pushing = background(outcome, heapq.heappush, heap, Item(10, wait_once))
    control(comparing.wait(PATIENCE), "heappush() must compare")
    smallest = heapq.heappop(heap).number
    popped.set()
    refusal = pushing.result()
    evidence(heappush=refusal)
    assert refusal is None, f"{type(refusal).__name__}: {refusal}"
    assert evidence(popped=smallest, left=len(heap)) == (0, 10)


#: The containers of changing.py that have locks on free-threaded builds, and whether here.
LOCKED = {
    "OrderedDict": since("3.14.1", "3.15.0"),  # gh-125996
    "BytesIO": since("3.14.1", "3.15.0"),  # gh-132551
    "Element": False,  # gh-146022
}


@claim("ATOM22")
@cases(kind=[*changing.KINDS])
@predicts("N143")
@refuted(
    where=NO_GIL and not LOCKED["OrderedDict"],
    because="it has a lock on free-threaded builds since 3.14.1 (gh-125996)",
    kind="OrderedDict",
)
@refuted(
    where=NO_GIL and not LOCKED["BytesIO"],
    because="it has a lock on free-threaded builds since 3.14.1 (gh-132551)",
    kind="BytesIO",
)
@refuted(where=NO_GIL, because="it has no lock on free-threaded builds (gh-146022)", kind="Element")
def test_threads_that_change_one_container_do_not_break_it(kind, programs, evidence):
    """Threads that change one OrderedDict, BytesIO or Element without a lock do not break it.

    Each adds, and takes away, what is its own.  With a GIL every such step is atomic.  Without one
    the process crashes (SIGSEGV, Segmentation fault), hangs, or gets errors such as a KeyError
    for a key that is there: an OrderedDict, of which caches (LRU) are made, and an io.BytesIO
    before 3.14.1, an Element of xml.etree.ElementTree up to 3.15 at least.  list, dict, set and
    deque are safe (ATOM01).  Instead: a lock around each use, or a container for each thread.
    """
    safe = not NO_GIL or LOCKED[kind]
    how = "change" if safe else "hammer"
    look = functools.partial(seen_apart, programs, changing, how, kind)
    assert evidence(wrong=what_goes_wrong(look, safe=safe)) == ""


@claim("ATOM23")
def test_threads_draw_each_random_number_once(evidence):
    """Threads that call random.random() without a lock get each number of its sequence once.

    Is random thread-safe?  random(), randrange(), choice() and shuffle() of a list of one's own
    are, on free-threaded builds too; of gauss() the documentation says that two threads may get
    the same number.  Which thread gets which number is left to chance, even after random.seed():
    for numbers that can be repeated give each thread a random.Random of its own.
    """
    drawn, state = [], random.getstate()
    try:
        random.seed(1)
        seen = contend(lambda n: drawn.append(random.random()))
        random.seed(1)
        alone = [random.random() for _ in range(seen.done)]
    finally:
        random.setstate(state)
    evidence(drawn=str(seen))
    assert sorted(drawn) == sorted(alone)
