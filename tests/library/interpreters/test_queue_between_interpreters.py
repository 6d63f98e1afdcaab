"""What goes from one interpreter to another, and the queue that takes it there.

Source: https://docs.python.org/3/library/concurrent.interpreters.html#communicating-between-interpreters
"""

import importlib
import pickle
import queue

from tests.harness import PATIENCE, cases, claim, control, kinds, never, outcome, refuted
from tests.harness.interpreters import (
    AVAILABLE,
    evaluate,
    interpreters,
    needs_interpreters,
    new_interpreter,
)

every_spec = [needs_interpreters]
queues = importlib.import_module("concurrent.interpreters._queues") if AVAILABLE else None


@claim("INTERP31")
def test_immutable_builtins_and_queues_are_shareable(evidence):
    """is_shareable() is true of int, float, str, bytes, None, bool, tuple, memoryview, Queue only.

    Sub-interpreters share no other objects: they get copies (INTERP32).  is_shareable() looks at
    the type alone: a tuple is shareable, although one that holds a list travels as a pickled copy.
    """
    shareable = [2**70, -1.5, "text", b"bytes", None, True, (1, [2]), memoryview(b"view")]
    shareable.append(interpreters.create_queue())
    others = [[], {}, set(), object(), bytearray(), lambda: None, 1j, len, int]
    refused = [value for value in shareable if not interpreters.is_shareable(value)]
    accepted = [value for value in others if interpreters.is_shareable(value)]
    assert evidence(not_shareable=refused, shareable_too=accepted) == ([], [])


@claim("INTERP32")
def test_a_queue_sends_copies(evidence):
    """Queue.put(list) sends a copy: what is changed afterwards, on either side, stays there."""
    items, sent = [1], interpreters.create_queue()
    sent.put(items)
    items.append("too late")
    got = sent.get()
    got.append("here")
    assert evidence(got=got, items=items) == ([1, "here"], [1, "too late"])


@claim("INTERP33")
@cases(value={"tuple": (1, [2]), "int": 2**70, "dict": {"k": {3}}, "None": None})
def test_more_than_the_shareable_goes_through_a_queue(value, evidence):
    """A tuple with a list, 2**70, an exception and a function without globals go through a Queue.

    What can be pickled need not be shareable.  A closure or an open file is NotShareableError.
    """
    sent = interpreters.create_queue()
    sent.put(value)
    got = sent.get()
    assert type(got) is type(value)
    assert evidence(got=got) == value


@claim("INTERP33")
def test_exceptions_and_plain_functions_go_through_a_queue(evidence):
    """An exception, and a function without globals, go through a Queue; a closure does not."""
    sent = interpreters.create_queue()
    sent.put(KeyError("k"))
    sent.put(lambda number: number + 5)
    refused = outcome(sent.put, lambda: sent)
    error, function = sent.get(), sent.get()
    assert evidence(error=repr(error), function_of_2=function(2)) == ("KeyError('k')", 7)
    assert interpreters.is_shareable(function) is False
    assert evidence(closure=kinds([refused])) == ["NotShareableError"]


@claim("INTERP34")
def test_an_empty_queue_raises_what_the_queue_module_raises(evidence):
    """`except queue.Empty` catches QueueEmpty, `except queue.Full` QueueFull: they are subclasses.

    get_nowait() and put_nowait() raise them, get(block=False) and put(item, block=False) do, and so
    do calls whose timeout has passed.
    """
    empty = interpreters.create_queue()
    errors = [outcome(empty.get_nowait), outcome(empty.get, False), outcome(empty.get, timeout=0)]
    assert evidence(raised=kinds(errors)) == ["QueueEmpty"] * 3
    assert isinstance(errors[0], queue.Empty)


@claim("INTERP34")
def test_a_full_queue_raises_what_the_queue_module_raises(evidence):
    """A full Queue raises QueueFull, a queue.Full, from put_nowait() and put() with a timeout."""
    full = interpreters.create_queue(2)
    full.put_nowait("a")
    full.put("b", block=False)
    errors = [
        outcome(full.put_nowait, "c"),
        outcome(full.put, "c", False),
        outcome(full.put, "c", timeout=0),
    ]
    assert evidence(raised=kinds(errors)) == ["QueueFull"] * 3
    assert isinstance(errors[0], queue.Full)
    assert evidence(kept=[full.get_nowait(), full.get(block=False)]) == ["a", "b"]


@claim("INTERP35")
def test_a_queue_between_interpreters_is_first_in_first_out(evidence):
    """Items come in the order of put(), from any interpreter; qsize() counts them."""
    items = interpreters.create_queue(maxsize=4)
    with new_interpreter() as one:
        one.prepare_main(items=items)
        one.exec("items.put(0); items.put(1)")
        items.put(2)
        items.put(3)
        inside = evaluate(one, "(items.get(), items.maxsize, items.id)")
        rest = [items.get() for _ in range(3)]  # before the interpreter goes, see unbounditems
    assert evidence(inside=inside, rest=rest) == ((0, 4, items.id), [1, 2, 3])


@claim("INTERP35")
def test_a_queue_between_interpreters_counts_its_items(evidence):
    """qsize(), empty() and full() say how the queue stands; without maxsize it is never full."""
    items, states = interpreters.create_queue(maxsize=1), []
    for _ in range(2):
        states.append((items.qsize(), items.empty(), items.full()))
        outcome(items.put_nowait, "item")
    assert evidence(size_empty_full=states) == [(0, True, False), (1, False, True)]
    assert evidence(bounds=(items.maxsize, interpreters.create_queue().maxsize)) == (1, 0)


def take(items):
    return items.get()


@claim("INTERP36")
def test_get_waits_until_another_interpreter_puts(background, evidence):
    """get() waits until another interpreter puts an item; put() waits while the queue is full."""
    items = interpreters.create_queue()
    with new_interpreter() as one:
        getting = background(one.call, take, items)
        waited = never(lambda: getting.finished)
        items.put("item")
        assert evidence(waited=waited, got=getting.result()) == (True, "item")


@claim("INTERP36")
def test_put_waits_until_another_interpreter_gets(background, evidence):
    """put() to a full queue waits until another interpreter gets an item."""
    full = interpreters.create_queue(1)
    full.put("first")
    with new_interpreter() as one:
        putting = background(full.put, "second")
        waited = never(lambda: putting.finished)
        first = one.call(take, full)
    putting.result()
    assert evidence(waited=waited, order=[first, full.get_nowait()]) == (True, ["first", "second"])


@claim("INTERP37")
@refuted(
    because="CPython cuts the timeout of an interpreters.Queue to whole seconds",
    by="QueueEmpty",
)
def test_a_timeout_of_part_of_a_second_is_waited_for(background, evidence):
    """get(timeout=0.9) waits up to 0.9 seconds for an item.

    So does every other queue.  In fact the timeout of concurrent.interpreters' queue is cut to
    whole seconds, silently: 0.9 becomes 0, so that get() raises QueueEmpty, and put() QueueFull,
    without waiting.  Give whole seconds, or no timeout.
    """

    def get(seconds):
        items = interpreters.create_queue()
        getting = background(lambda: items.get(timeout=seconds))
        outcome(getting.result, within=0.45)
        items.put("item")
        return getting.result()

    control(outcome(get, int(PATIENCE)) == "item", "a whole number of seconds is not waited for")
    assert evidence(got=get(0.9)) == "item"


def left_in_the_queue(more="", **keywords):
    """Return what a queue gives after the interpreter that has put the first of two is closed."""
    items = interpreters.create_queue(**keywords)
    with new_interpreter() as one:
        one.prepare_main(items=items)
        one.exec("from concurrent.interpreters import _queues")
        one.exec(f"items.put('theirs'{more})")
        items.put("ours")
    return [outcome(items.get_nowait) for _ in range(items.qsize())]


@claim("INTERP38")
def test_items_of_a_closed_interpreter_are_replaced_or_removed(evidence):
    """unbounditems says what becomes of a closed interpreter's items: UNBOUND, an error, or gone.

    UNBOUND, the default, comes in place of the item; UNBOUND_ERROR makes get() raise
    ItemInterpreterDestroyed; UNBOUND_REMOVE removes it.  put(unbounditems=...) overrules.
    """
    unbound = queues.UNBOUND
    assert evidence(default=left_in_the_queue()) == [unbound, "ours"]
    assert evidence(UNBOUND=left_in_the_queue(unbounditems=unbound)) == [unbound, "ours"]


@claim("INTERP38")
def test_getting_an_item_of_a_closed_interpreter_may_be_an_error(evidence):
    """With unbounditems=UNBOUND_ERROR, get() raises ItemInterpreterDestroyed for such an item."""
    got = left_in_the_queue(unbounditems=queues.UNBOUND_ERROR)
    assert evidence(got=kinds(got)) == ["ItemInterpreterDestroyed", "str"]


@claim("INTERP38")
def test_items_of_a_closed_interpreter_may_vanish(evidence):
    """UNBOUND_REMOVE removes such an item, whether it is given to create_queue() or to put()."""
    by_queue = left_in_the_queue(unbounditems=queues.UNBOUND_REMOVE)
    by_put = left_in_the_queue(", unbounditems=_queues.UNBOUND_REMOVE")
    assert evidence(by_queue=by_queue, by_put=by_put) == (["ours"], ["ours"])


@claim("INTERP39")
def test_a_memoryview_is_shared_not_copied(evidence):
    """A memoryview that goes to another interpreter shows the same bytes: writes are seen here."""
    memory = bytearray(b"before")
    with new_interpreter() as one:
        one.prepare_main(view=memoryview(memory))
        one.exec("view[:3] = b'AFT'")
        memory[-1:] = b"!"
        seen = evaluate(one, "bytes(view)")
        one.exec("view.release()")
    assert evidence(here=bytes(memory), there=seen) == (b"AFTor!", b"AFTor!")


@claim("INTERP40")
def test_a_queue_is_the_same_object_by_id(evidence):
    """Queue(id) and a pickled or sent Queue are the same queue; an unknown id raises QueueError."""
    items, carrier = interpreters.create_queue(), interpreters.create_queue()
    carrier.put(items)
    assert interpreters.Queue(items.id) is items
    assert pickle.loads(pickle.dumps(items)) is items
    assert carrier.get() is items
    assert evidence(shown=repr(items)) == f"Queue({items.id})"
    wrong = [outcome(interpreters.Queue, id) for id in (items.id + 1000, "1")]
    assert evidence(wrong=kinds(wrong)) == ["QueueNotFoundError", "TypeError"]
    assert isinstance(wrong[0], queues.QueueError)
