"""Iterators and containers that change, or are consumed, while several threads use them.

Source: https://docs.python.org/3/howto/free-threading-python.html#iterators
and https://docs.python.org/3/library/itertools.html
"""

import ast
import collections
import itertools
import signal
import threading

from tests.harness import (
    NO_GIL,
    PATIENCE,
    Inconclusive,
    cases,
    claim,
    control,
    outcome,
    predicts,
    refuted,
)
from tests.library.atomicity import sharing
from tests.library.atomicity.racing import contend, in_another_thread

#: The iterators of 3.13t and later take no lock (3.14's notes and the guide say the same of them).
UNLOCKED = NO_GIL


PROGRAM = """
import runpy, sys
sys.argv[1:] = [{kind!r}]
runpy.run_path({path!r}, run_name="__main__")
"""


def shared_by_threads(programs, kind):
    """Return what went wrong when threads shared an iterator of this kind, "" if nothing did."""
    items, lost, wrong = 0, 0, ""
    for _ in range(3 if UNLOCKED else 1):  # a busy machine may keep the threads apart for long
        if not UNLOCKED:
            items, lost, wrong = sharing.share(kind)
        else:
            program = programs.run(PROGRAM.format(path=sharing.__file__, kind=kind))
            if program.exit_code < 0:
                return f"the interpreter was killed by {signal.Signals(-program.exit_code).name}"
            control(program.exit_code == 0, program.err)
            items, lost, wrong = ast.literal_eval(program.out)
        if wrong:
            return wrong
    if not lost or UNLOCKED:
        raise Inconclusive(f"nothing went wrong with {items} items, {lost} updates lost")
    return ""


@claim("X31")
@cases(kind=[kind for kind in sharing.KINDS if kind != "generator"])
@predicts("RC17")
@refuted(where=UNLOCKED, because="PEP 703: iterators of the free-threaded build take no lock")
def test_a_shared_iterator_delivers_each_item_once(kind, programs, evidence):
    """An iterator that several threads consume delivers each item to exactly one of them.

    So it is where there is a GIL, for what is written in C (or RPython): next() is one step.  On
    the free-threaded build (3.13t) items come twice or never, or past the end; a dict's iterator
    raises "RuntimeError: dictionary keys changed during iteration", and the interpreter may crash
    (SIGSEGV).  Instead: put the items into a queue.Queue or pop them from a deque; from 3.15 there
    is threading.serialize_iterator().
    """
    wrong = shared_by_threads(programs, kind)
    evidence(wrong=wrong or "nothing")
    assert wrong == ""


@claim("AT35")
@predicts("RC18")
@refuted(where=UNLOCKED, because="PEP 703: a generator of the free-threaded build takes no lock")
def test_threads_that_share_a_generator_get_a_value_error_at_worst(programs, evidence):
    """Threads that consume one generator get each item once, and "already executing" at worst.

    With a GIL, next() of a generator that another thread is in raises "ValueError: generator
    already executing", and may be tried again.  On the free-threaded build (3.13t) the check is not
    safe: two threads enter one frame, items are lost, and the interpreter crashes (SIGSEGV, exit
    code -11).  Instead: guard next() with a Lock; from 3.15 use threading.serialize_iterator().
    """
    wrong = shared_by_threads(programs, "generator")
    evidence(wrong=wrong or "nothing")
    assert wrong == ""


@claim("AT36")
def test_a_generator_refuses_a_second_thread(background, evidence):
    """next() of a generator that is running in another thread raises ValueError, everywhere.

    "generator already executing": it is raised at once, nobody waits, and the generator goes on.
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
    evidence(errors=errors)
    assert [type(error) for error in errors] == [ValueError, ValueError]
    assert all("already executing" in str(error) for error in errors)
    assert (first, consumer.result(), [*generator]) == (1, 2, [3])


@claim("AT13")
@predicts("RC17b")
def test_a_shared_count_never_repeats_a_number(evidence):
    """next(itertools.count()) from several threads never gives a number twice, or skips one.

    This common way to number things holds everywhere: on the free-threaded build count() is one of
    the few iterators with a lock.  The documentation promises it nowhere.
    """
    numbers, taken = itertools.count(5), []
    seen = contend(lambda n: taken.append(next(numbers)))
    evidence(calls=str(seen), then=next(numbers))
    assert sorted(taken) == [*range(5, 5 + seen.done)]


@claim("AT11")
def test_a_dict_that_grows_in_a_loop_stops_the_loop(evidence):
    """A loop over a dict, set or deque that another thread adds to ends in a RuntimeError.

    "dictionary changed size during iteration", "Set changed size during iteration", "deque mutated
    during iteration": it comes with the next step, and the addition stays.  Loop over a copy:
    `for key in list(d)`.
    """
    growing = {
        "dict": (dict.fromkeys((1, 2)), lambda d: d.update({3: None})),
        "set": ({1, 2}, lambda s: s.add(3)),
        "deque": (collections.deque((1, 2)), lambda d: d.append(3)),
    }
    loops = {}
    for kind, (items, add) in growing.items():
        loop = iter(items)
        first = next(loop)
        in_another_thread(add, items)
        loops[kind] = (first, type(outcome(next, loop)), [*items])
    evidence(loops=loops)
    assert loops == {kind: (1, RuntimeError, [1, 2, 3]) for kind in growing}


@claim("Z17")
def test_a_loop_over_a_list_sees_what_is_appended(evidence):
    """A loop over a list goes on over what other threads append, and ends when they stop."""
    items, visited = [0], []
    for item in items:
        visited.append(item)
        if item < 100:
            in_another_thread(items.append, item + 1)
    evidence(visited=len(visited))
    assert visited == items == [*range(101)]


@claim("AT12")
def test_a_list_looks_empty_while_it_is_sorted(evidence):
    """While list.sort(key=...) runs, other threads see an empty list, and sort() notices a change.

    What they append meanwhile is lost, and sort() raises "ValueError: list modified during sort";
    the list keeps its items.  Sort a copy: sorted(items).
    """
    items, seen = [3, 1, 2], []

    def key(item):
        if not seen:
            seen.append(in_another_thread(len, items))
            in_another_thread(items.append, 9)
        return item

    error = outcome(items.sort, key=key)
    undisturbed = outcome(items.sort, key=lambda item: item)
    evidence(seen=seen, error=error, items=items)
    assert seen == [0]
    assert type(error) is ValueError
    assert (undisturbed, items) == (None, [1, 2, 3])


@claim("AT24")
def test_a_copy_of_a_growing_list_is_a_prefix(evidence):
    """list(l), l.copy() and l[:] of a list that other threads append to are a prefix of it."""
    items, copies = [], []
    makers = (list, list.copy, lambda items: items[:], tuple)

    def work(n):
        items.append(n)
        if n % 200 < 4:
            copies.append([*makers[n % 4](items)])

    seen = contend(work)
    sizes = [len(copy) for copy in copies]
    evidence(appended=str(seen), copies=len(copies), sizes=f"{min(sizes)} to {max(sizes)}")
    assert sorted(items) == [*range(seen.done)]
    assert len(copies) > 100
    assert all(copy == items[: len(copy)] for copy in copies)
    assert min(sizes) > 0
