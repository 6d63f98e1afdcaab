"""threading.local: an object whose attributes every thread has for itself.

Source: https://docs.python.org/3/library/threading.html#thread-local-data
"""

import gc
import threading
import weakref

from tests.harness import PATIENCE, claim, kinds, outcome, until


@claim("LOCAL01")
def test_each_thread_has_its_own_attributes(background, evidence):
    """threading.local: what one thread sets is AttributeError in another; __init__ runs in each.

    threading.local is thread-local storage: data that belongs to one thread, such as its database
    connection, or one requests.Session per thread.  Each thread sets its attributes for itself
    alone: "'_thread._local' object has no attribute 'conn'" says that it was set in another thread,
    as at import, in the main thread.  The difference between threading.local and contextvars: all
    asyncio tasks of a thread share one threading.local, and each has a ContextVar for itself
    (CONTEXT14).  Set defaults in the __init__ of a subclass.
    """
    local = threading.local()
    local.value = "here"
    missing = background(outcome, lambda: local.value).result()
    background(setattr, local, "value", "there").result()
    assert kinds([evidence(missing=missing)]) == ["AttributeError"]
    assert evidence(value=local.value) == "here"


@claim("LOCAL01")
def test_the_init_of_a_local_runs_in_each_thread(background, evidence):
    """A subclass's __init__ runs once in each thread that uses the object, at its first use there.

    It gets the arguments that the object was made with.
    """
    initialised = []

    class Local(threading.local):
        def __init__(self, *args, **kwargs):
            initialised.append((threading.get_ident(), args, kwargs))

    local = Local("a", b=2)

    def use():
        local.first = local.second = 1
        return threading.get_ident()

    idents = [use(), background(use).result(), background(use).result()]
    assert evidence(initialised=initialised) == [(ident, ("a",), {"b": 2}) for ident in idents]


@claim("LOCAL02")
def test_threads_set_and_delete_beside_each_other(background, evidence):
    """Threads that set, change and delete one attribute of a local do not affect each other."""
    local, everybody = threading.local(), threading.Barrier(2, timeout=PATIENCE)

    def use(number):
        local.name = number
        everybody.wait()
        if number == 1:
            local.name += 10
        else:
            del local.name
        everybody.wait()
        return dict(vars(local))

    changing, deleting = background(use, 1), background(use, 2)
    seen = evidence(changed=changing.result(), deleted=deleting.result(), here=vars(local))
    assert seen == ({"name": 11}, {}, {})


@claim("LOCAL03")
def test_attributes_of_a_local_s_class_are_shared(background, evidence):
    """What stands in the class body of a threading.local is one object for all threads.

    You might expect each thread to have its own list.  The body runs once, and a mutable default
    there is shared like that of any class: set it in __init__, which runs in each thread.
    """

    class Shared(threading.local):
        numbers = []  # noqa: RUF012 (the subject)

    local = Shared()
    local.numbers.append("here")
    background(lambda: local.numbers.append("there")).result()
    assert evidence(numbers=local.numbers) == ["here", "there"]


class Thing:
    """Can be referred to weakly."""


@claim("LOCAL04")
def test_the_values_of_a_local_end_with_their_thread(background, evidence):
    """A thread's values in a threading.local are freed when the thread has ended.

    A thread of a thread pool does not end, so thread-local data leaks from one request to the next:
    set it at the start of each task, and delete it in a finally block.
    """
    local = threading.local()
    local.thing = mine = Thing()

    def fill():
        local.thing = Thing()
        return weakref.ref(local.thing)

    reference = background(fill).result()

    def freed():
        gc.collect()  # PyPy frees at a collection
        return reference() is None

    until(freed, "the value of the ended thread to be freed")
    assert evidence(in_this_thread=local.thing) is mine


@claim("LOCAL05")
def test_a_plain_local_takes_no_arguments(evidence):
    """threading.local(...) takes arguments only for a subclass with an __init__: TypeError.

    "TypeError: Initialization arguments are not supported".
    """

    class Local(threading.local):
        def __init__(self, number):
            self.number = number

    refused = evidence(argument=outcome(threading.local, 1), keyword=outcome(threading.local, a=1))
    assert kinds(refused) == ["TypeError", "TypeError"]
    assert Local(1).number == 1
