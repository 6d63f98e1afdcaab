"""threading.local: an object whose attributes every thread has for itself.

Source: https://docs.python.org/3/library/threading.html#thread-local-data
"""

import gc
import threading
import weakref

from tests.harness import claim, outcome, until

initialised_in = []  # thread ids, in order


class Counted(threading.local):
    """Notes where it is initialised, and keeps what it is given."""

    def __init__(self, *args, **kwargs):
        initialised_in.append(threading.get_ident())
        self.args, self.kwargs = args, kwargs


@claim("TH11")
def test_each_thread_has_its_own_attributes(background, evidence):
    """threading.local: what one thread sets is AttributeError in another; __init__ runs in each.

    A subclass's __init__ runs once in every thread that uses the object, at its first use there,
    with the arguments that the object was made with.
    """
    initialised_in.clear()
    local = Counted("a", b=2)
    local.value = "first"

    def look(number):
        seen = [type(outcome(lambda: local.value)), local.args, local.kwargs]
        local.value = number
        local.args = number
        return [*seen, local.value, threading.get_ident()]

    seen = [background(look, number).result() for number in range(3)]
    mine = [local.value, local.args, local.kwargs]
    evidence(others=seen, mine=mine, initialised=len(initialised_in))
    assert [one[:4] for one in seen] == [
        [AttributeError, ("a",), {"b": 2}, number] for number in range(3)
    ]
    assert mine == ["first", ("a",), {"b": 2}]
    assert initialised_in == [threading.get_ident(), *(one[4] for one in seen)]


@claim("TH114")
def test_threads_set_and_delete_beside_each_other(background, evidence):
    """Threads that set, change and delete one name of a local at once do not meet each other."""
    local, ready = threading.local(), []

    def use(number):
        local.name = number
        local.extra = [number]
        ready.append(number)
        until(lambda: len(ready) >= 4, "all threads to have set it")
        before = dict(local.__dict__)
        if number % 2:
            del local.name
        else:
            local.name += 10
        ready.append(number)
        until(lambda: len(ready) == 8, "all threads to have changed it")
        return before, dict(local.__dict__)

    tasks = [background(use, number) for number in range(4)]
    seen = [task.result() for task in tasks]
    evidence(before_and_after=seen, here=local.__dict__)
    assert [before for before, _ in seen] == [{"name": n, "extra": [n]} for n in range(4)]
    assert [after for _, after in seen] == [
        {"name": 10, "extra": [0]},
        {"extra": [1]},
        {"name": 12, "extra": [2]},
        {"extra": [3]},
    ]
    assert local.__dict__ == {}


@claim("TH115")
def test_attributes_of_a_local_s_class_are_shared(background, evidence):
    """What stands in the class body of a threading.local is one object for all threads.

    One would expect each thread to have its own list.  The body runs once, and a mutable default
    there is shared like that of any class: set it in __init__, which runs in each thread.
    """
    shared = type("Shared", (threading.local,), {"numbers": []})
    local = shared()
    local.numbers.append("here")
    background(lambda: local.numbers.append("there")).result()
    background(setattr, local, "numbers", ["own"]).result()
    evidence(numbers=local.numbers)
    assert local.numbers == ["here", "there"]
    assert local.numbers is shared.numbers


class Thing:
    """Something that can be watched."""


@claim("TH116")
def test_the_values_of_a_local_end_with_their_thread(background, evidence):
    """A thread's values in a threading.local are let go when the thread has ended."""
    local, keep = threading.local(), []
    local.thing = mine = Thing()

    def fill():
        local.thing = Thing()
        watched = weakref.ref(local.thing)
        gc.collect()
        return watched, watched() is local.thing

    for _ in range(3):
        keep.append(background(fill).result())

    def all_gone():
        gc.collect()  # PyPy frees at a collection
        return all(watched() is None for watched, _ in keep)

    until(all_gone, "the values of the ended threads to go")
    evidence(alive_then=[alive for _, alive in keep], alive_now=[ref() for ref, _ in keep])
    assert [alive for _, alive in keep] == [True] * 3
    assert local.thing is mine


@claim("TH117")
def test_a_plain_local_takes_no_arguments(evidence):
    """threading.local(...) takes arguments only for a subclass with an __init__: TypeError."""
    refusals = [outcome(threading.local, 1), outcome(threading.local, a=1)]
    made = outcome(Counted, 1)
    evidence(refusals=refusals)
    assert [type(refusal) for refusal in refusals] == [TypeError, TypeError]
    assert made.args == (1,)
    assert threading.local().__dict__ == {}
