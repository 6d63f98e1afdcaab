"""Counterfeits for the claims of library/atomicity/test_containers.py."""

from .. import counterfeit
from ..facts import GIL, POSIX, PYPY, VERSION, in_a_program
from .shared import called_by_a_spec, lose, replace_method

#: Whether threads get between two steps of heapq's functions.
HEAPQ_BREAKS = PYPY or (VERSION < (3, 14) and not GIL)

#: Everything that threads do to one thing.
RACES = """
    ATOM01 ATOM02 ATOM12 ATOM16 ATOM13 ATOM18 ATOM19 ATOM08 ATOM10 ONCE01 ITER10 ITER12 ITER09
    ONCE04 ONCE05 ONCE07 ATOM03 ATOM04 ITER13
    ATOM14 PRINT03 PRINT04 ATOM15 ATOM05 ATOM07 ATOM09 ATOM11 ATOM17 ITER07 ONCE02 ONCE03 ONCE06
    FINAL04 FINAL06 ITER06 ITER11 ONCE08 ATOM22
""".split()


@counterfeit(*RACES)
def threads_end_without_running():
    """A Thread starts and ends, and never calls its target."""
    import threading

    threading.Thread.run = lambda self: None


@counterfeit("ATOM06")
def extending_takes_all_items_first():
    """list.extend() asks an iterable for all its items before it adds the first one."""
    replace_method(list, "extend", lambda extend: lambda self, items: extend(self, [*items]))


@counterfeit("ATOM01", "ATOM11")
def appending_loses_an_item():
    """list.append() and deque.append() lose the number 1000."""
    import collections

    lose(list, "append", 1000)
    replace_method(collections.deque, "append", _forget_the_last_of_thousands)


def _forget_the_last_of_thousands(append):
    def append_but_some(self, item):
        if not (called_by_a_spec() and self.maxlen == 10 and item % 7 == 0):
            append(self, item)

    return append_but_some


@counterfeit("ATOM02")
def a_store_goes_to_another_key():
    """A thread that stores under the key 1000 stores under 0."""
    import threading

    def look(frame, event, argument):
        if frame.f_code.co_name == "store" and frame.f_locals.get("n") == 1000:
            frame.f_locals["n"] = 0

    threading.setprofile(look)


@counterfeit("ATOM03")
def adding_to_a_set_loses_a_value():
    """set.add() loses the number 1000."""
    lose(set, "add", 1000)


@counterfeit("ATOM04")
def inserting_loses_an_item():
    """list.insert() at the beginning does nothing once in a while."""

    def make(insert):
        def insert_or_lose(self, index, item):
            if not (called_by_a_spec() and item == 1000):
                insert(self, index, item)

        return insert_or_lose

    replace_method(list, "insert", make)


@counterfeit("ATOM05")
def extending_is_many_appends():
    """list.extend() appends one item after another, in Python."""

    def make(extend):
        def extend_slowly(self, items):
            for part in [[item] for item in items] if called_by_a_spec() else [items]:
                extend(self, part)
                sum(range(20))

        return extend_slowly

    replace_method(list, "extend", make)


@counterfeit("ATOM07")
def updating_loses_an_entry():
    """dict.update() with the key 1000 does nothing."""

    def make(update):
        def update_or_lose(self, *others, **more):
            if called_by_a_spec() and others and 1000 in others[0]:
                return
            update(self, *others, **more)

        return update_or_lose

    replace_method(dict, "update", make)


@counterfeit("ATOM08")
def popping_hands_out_an_item_twice():
    """list.pop() leaves the number 1000 where it is."""

    def make(pop):
        def pop_or_leave(self, *index):
            item = pop(self, *index)
            if item == 1000 and called_by_a_spec() and self.count(1000) == 0:
                self.insert(0, 1000)
                self.append(1000) if len(self) > 5000 else None
            return item

        return pop_or_leave

    replace_method(list, "pop", make)


@counterfeit("ATOM09")
def popping_a_key_that_is_gone_gives_none():
    """dict.pop() of a missing key returns None."""

    def make(pop):
        def pop_or_none(self, key, *default):
            return pop(self, key, *(default or (None,)) if called_by_a_spec() else default)

        return pop_or_none

    replace_method(dict, "pop", make)


@counterfeit("ATOM10")
def setdefault_returns_what_it_is_given():
    """dict.setdefault() returns its default, whatever the key has."""

    def make(setdefault):
        def set_and_return_the_default(self, key, default=None):
            value = setdefault(self, key, default)
            return default if called_by_a_spec() else value

        return set_and_return_the_default

    replace_method(dict, "setdefault", make)


@counterfeit("ATOM20", where=not HEAPQ_BREAKS)
def heappop_gives_a_number_twice():
    """heapq.heappop() gives 1000 in the place of 1001."""
    import heapq

    pop = heapq.heappop

    def pop_or_repeat(heap):
        item = pop(heap)
        return 1000 if item == 1001 else item

    heapq.heappop = pop_or_repeat


@counterfeit("ATOM21", *(("ATOM20",) if HEAPQ_BREAKS else ()))
def heapq_has_a_lock():
    """heapq.heappush() and heapq.heappop() take turns."""
    import _thread
    import heapq

    lock = _thread.allocate_lock()

    def in_turn(function):
        def call(*arguments):
            with lock:
                return function(*arguments)

        return call

    heapq.heappush, heapq.heappop = in_turn(heapq.heappush), in_turn(heapq.heappop)


@counterfeit("ATOM22", where=POSIX and (GIL or VERSION >= (3, 14, 1)))
def an_ordered_dict_crashes():
    """A thread that moves the key 1000 of an OrderedDict ends the process by SIGSEGV."""
    import collections
    import os
    import signal

    class Crashing(collections.OrderedDict):
        def move_to_end(self, key, last=True):
            if key == 1000:
                os.kill(os.getpid(), signal.SIGSEGV)
            super().move_to_end(key, last)

    if in_a_program():
        collections.OrderedDict = Crashing


@counterfeit("ATOM22", where=GIL or VERSION >= (3, 14, 1))
def a_file_in_memory_forgets_to_write():
    """A BytesIO refuses to write 1000 from several threads."""
    import io

    class Refusing(io.BytesIO):
        def write(self, data):
            if data == b"%50d" % 1000:
                raise BufferError("Existing exports of data: object cannot be re-sized")
            return super().write(data)

    if in_a_program():
        io.BytesIO = Refusing


@counterfeit("ATOM23")
def two_threads_draw_one_random_number():
    """random.random() gives the number of another thread's last call again, once."""
    import random
    import threading

    draw, last, repeated = random.random, [], []

    def draw_or_repeat():
        number, here = draw(), threading.get_ident()
        if last and last[0] != here and not repeated:
            repeated.append(here)
            number = last[1]
        last[:] = here, number
        return number

    random.random = draw_or_repeat
