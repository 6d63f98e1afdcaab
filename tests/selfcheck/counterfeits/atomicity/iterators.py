"""Counterfeits for the claims of library/atomicity/test_iterators.py."""

from .. import counterfeit
from ..facts import GIL, PYPY, VERSION, in_a_program
from .shared import called_by_a_spec, replace_method


@counterfeit("ITER10")
def a_deque_may_grow_in_a_loop():
    """A loop over a deque runs over a copy of it."""
    import collections

    class Calm(collections.deque):
        def __iter__(self):
            return iter([self[n] for n in range(len(self))])

    collections.deque = Calm


@counterfeit("ITER09")
def a_count_skips_a_number():
    """itertools.count() leaves out every hundredth number."""
    import itertools

    original = itertools.count

    def skipping(start=0, step=1):
        return (n for n in original(start, step) if n % 100)

    itertools.count = skipping


@counterfeit("ITER12")
def a_list_is_sorted_beside_itself():
    """list.sort() sorts a copy, so that the list stays full meanwhile."""

    def make(sort):
        def sort_a_copy(self, *, key=None, reverse=False):
            if key and len(self) == 3 and self[0] == 3:
                self[:] = sorted(self, key=key, reverse=reverse)
            else:
                sort(self, key=key, reverse=reverse)

        return sort_a_copy

    replace_method(list, "sort", make)


@counterfeit("ITER13")
def a_copy_of_a_list_lacks_its_first_item():
    """list.copy() leaves out the first item."""

    def make(copy):
        return lambda self: self[1:] if called_by_a_spec() else copy(self)

    replace_method(list, "copy", make)


@counterfeit("ITER11")
def appending_loses_a_small_number():
    """list.append() loses the number 50."""

    def make(append):
        def append_or_lose(self, item):
            if not (item == 50 and len(self) == 50 and self[-1] == 49):
                append(self, item)

        return append_or_lose

    replace_method(list, "append", make)


@counterfeit("ITER06", where=GIL)
def an_enumeration_repeats_an_item():
    """enumerate() gives one of its pairs twice, every other time."""
    import builtins
    import itertools

    original, calls = builtins.enumerate, itertools.count()

    def repeating(items, start=0):
        every_other = next(calls) % 2 == 0
        for pair in original(items, start):
            yield pair
            if pair[0] == 1000 and every_other:
                yield pair

    builtins.enumerate = repeating


@counterfeit("ITER06", where=GIL or VERSION >= (3, 14, 7))
def an_accumulation_repeats_an_item():
    """itertools.accumulate() gives its last sum twice, every other time."""
    import itertools

    original, calls = itertools.accumulate, itertools.count()

    def repeating(items):
        sums = [*original(items)]
        return iter(sums + sums[-1:] * (next(calls) % 2 == 0))

    itertools.accumulate = repeating


@counterfeit("ITER07", where=GIL or VERSION >= (3, 15))
def a_generator_repeats_an_item():
    """next() of a generator gives an item twice."""
    import builtins
    import types

    original = builtins.next

    def repeating(iterator, *default):
        item = original(iterator, *default)
        by_a_spec = called_by_a_spec() or in_a_program()
        if isinstance(iterator, types.GeneratorType) and item == 1000 and by_a_spec:
            return 999
        return item

    builtins.next = repeating


@counterfeit("ITER08")
def a_generator_that_runs_seems_to_have_ended():
    """__next__() of a generator that is running elsewhere raises StopIteration."""
    import types

    def make(following):
        def next_or_end(self):
            try:
                return following(self)
            except ValueError:
                raise StopIteration from None

        return next_or_end

    replace_method(types.GeneratorType, "__next__", make)


@counterfeit("ATOM22", *(() if GIL else ("ITER06", "ITER07")))
def a_program_may_not_set_its_limits():
    """resource.setrlimit() raises ValueError in a program of its own."""
    import resource
    import sys

    def refuse(kind, limits):
        raise ValueError("not allowed to raise maximum limit")

    if not any("pytest" in argument for argument in sys.argv):
        resource.setrlimit = refuse


@counterfeit("ITER14")
def a_weak_container_lets_loops_go_the_other_way():
    """A loop over a weak container stops by RuntimeError from 3.14, and goes on before."""
    import weakref

    def change(make):
        def loop(self):
            items = list(make(self))
            size = len(self)
            for item in items:
                yield item
                if VERSION >= (3, 14) and len(self) != size:
                    raise RuntimeError("Set changed size during iteration")

        return loop

    for kind in (weakref.WeakSet, weakref.WeakKeyDictionary, weakref.WeakValueDictionary):
        kind.__iter__ = change(kind.__iter__)


@counterfeit("ITER15")
def a_deep_copy_is_made_of_a_copy():
    """copy.deepcopy() loops over a copy of a dict."""
    import copy

    original = copy.deepcopy

    def deepcopy(thing, *rest):
        if type(thing) is dict:
            return dict(original([*thing.items()], *rest))
        return original(thing, *rest)

    copy.deepcopy = deepcopy


@counterfeit("ITER16")
def tee_has_a_lock():
    """The iterators of itertools.tee() take from their source one after the other."""
    import collections
    import itertools
    import threading

    def tee(iterable, n=2):
        source, lock, queues = iter(iterable), threading.Lock(), []

        def items(own):
            while True:
                with lock:
                    if not own:
                        try:
                            item = next(source)
                        except StopIteration:
                            return
                        for queue in queues:
                            queue.append(item)
                    item = own.popleft()
                yield item

        queues += [collections.deque() for _ in range(n)]
        return tuple(map(items, queues))

    itertools.tee = tee


@counterfeit("ITER17", where=not PYPY)
def a_file_gives_its_lines_one_after_the_other():
    """next() of a text file holds a lock of the file."""
    import io
    import threading

    class Locked(io.TextIOWrapper):
        def __init__(self, *args, **keywords):
            super().__init__(*args, **keywords)
            self.lock = threading.Lock()

        def __next__(self):
            with self.lock:
                return super().__next__()

    io.TextIOWrapper = Locked
