"""What goes from one interpreter to another, and the queue that takes it there.

Source: https://docs.python.org/3/library/concurrent.interpreters.html#communicating-between-interpreters
"""

import importlib
import pickle
import queue

from tests.harness import PATIENCE, claim, control, never, outcome, refuted
from tests.library.interpreters.making import (
    AVAILABLE,
    evaluate,
    interpreter,
    interpreters,
    name_of,
    since_3_14,
)

queues = importlib.import_module("concurrent.interpreters._queues") if AVAILABLE else None


@claim("IN05")
@since_3_14
def test_immutable_builtins_and_queues_are_shareable(evidence):
    """is_shareable() is true of numbers, str, bytes, None, bool, tuple, memoryview and Queue only.

    It looks at the type alone: a tuple is shareable, although one that holds a list travels as a
    pickled copy.
    """
    shareable = (0, 2**70, -1.5, "text", b"bytes", None, True, (), (1, [2]), memoryview(b"view"))
    others = ([], {}, set(), object(), bytearray(), lambda: None, 1j, len, int)
    made = interpreters.create_queue()
    told = {repr(value): interpreters.is_shareable(value) for value in (*shareable, *others)}
    evidence(shareable=[text for text, answer in told.items() if answer])
    assert [interpreters.is_shareable(value) for value in shareable] == [True] * len(shareable)
    assert [interpreters.is_shareable(value) for value in others] == [False] * len(others)
    assert interpreters.is_shareable(made) is True


@claim("IN06")
@since_3_14
def test_a_queue_sends_copies(evidence):
    """Queue.put(list) sends a copy: what is changed afterwards, on either side, stays there."""
    items, sent = [1], interpreters.create_queue()
    sent.put(items)
    items.append("too late")
    got = sent.get()
    got.append("here")
    evidence(got=got, items=items)
    assert (got, items) == ([1, "here"], [1, "too late"])


@claim("X18")
@since_3_14
def test_more_than_the_shareable_goes_through_a_queue(evidence):
    """A tuple with a list, 2**70, an exception and a function without globals go through a Queue.

    What can be pickled need not be shareable.  A closure or an open file is NotShareableError.
    """
    sent = interpreters.create_queue()
    values = ((1, [2]), 2**70, {"k": {3}}, None, True)
    for value in values:
        sent.put(value)
    sent.put(KeyError("k"))
    sent.put(lambda number: number + 5)
    got = [sent.get() for _ in values]
    error, function = sent.get(), sent.get()
    refused = outcome(sent.put, lambda: sent)
    evidence(got=got, function=function(2), error=error, refused=refused)
    assert got == list(values)
    assert [type(value) for value in got] == [type(value) for value in values]
    assert function(2) == 7
    assert (type(error), error.args) == (KeyError, ("k",))
    assert interpreters.is_shareable(function) is False
    assert type(refused) is interpreters.NotShareableError
    assert sent.empty()


@claim("IN12")
@since_3_14
def test_a_full_or_empty_queue_raises_what_the_queue_module_raises(evidence):
    """QueueEmpty and QueueFull are queue.Empty and queue.Full; get_nowait() and put_nowait() raise.

    So do get(block=False) and put(item, block=False), and calls whose timeout has passed.
    """
    small = interpreters.create_queue(2)
    empty = [outcome(small.get_nowait), outcome(small.get, False), outcome(small.get, timeout=0)]
    returned = [small.put_nowait("a"), small.put("b", block=False)]
    full = [
        outcome(small.put_nowait, "c"),
        outcome(small.put, "c", False),
        outcome(small.put, "c", timeout=0),
    ]
    kept = [small.get_nowait(), small.get(block=False)]
    evidence(empty=[*map(name_of, empty)], full=[*map(name_of, full)], kept=kept)
    assert [type(error) for error in empty] == [interpreters.QueueEmpty] * 3
    assert [type(error) for error in full] == [interpreters.QueueFull] * 3
    assert isinstance(empty[0], queue.Empty)
    assert isinstance(full[0], queue.Full)
    assert (returned, kept) == ([None, None], ["a", "b"])


@claim("IN27")
@since_3_14
def test_a_queue_between_interpreters_is_first_in_first_out(evidence):
    """Items come in the order of put(), whoever puts; qsize(), empty() and full() count them."""
    items = interpreters.create_queue(maxsize=5)
    told = [(items.qsize(), items.empty(), items.full())]
    with interpreter() as one:
        one.prepare_main(items=items)
        one.exec("for number in range(3): items.put(number)")
        told.append((items.qsize(), items.empty(), items.full()))
        for number in (3, 4):
            items.put(number)
        told.append((items.qsize(), items.empty(), items.full()))
        inside = evaluate(one, "(items.get(), items.get(), items.qsize(), items.maxsize, items.id)")
        rest = [items.get() for _ in range(3)]  # the interpreter's own go with it: see unbounditems
    evidence(told=told, inside=inside, rest=rest)
    assert told == [(0, True, False), (3, False, False), (5, False, True)]
    assert inside == (0, 1, 3, 5, items.id)
    assert rest == [2, 3, 4]
    assert (items.maxsize, interpreters.create_queue().maxsize) == (5, 0)


def take(items):
    return items.get()


@claim("IN28")
@since_3_14
def test_get_waits_for_an_item_and_put_for_room(background, evidence):
    """get() waits until another interpreter puts an item; put() waits while the queue is full."""
    one_item = interpreters.create_queue(1)
    with interpreter() as one:
        getting = background(one.call, take, one_item)
        waited = never(lambda: getting.finished)
        one_item.put("item")
        got = getting.result()
        one_item.put("first")
        putting = background(one_item.put, "second")
        waited_too = never(lambda: putting.finished)
        first = one.call(take, one_item)
        putting.result()
        second = one_item.get_nowait()
    evidence(got=got, waited=(waited, waited_too), then=(first, second))
    assert (waited, waited_too) == (True, True)
    assert (got, first, second) == ("item", "first", "second")


@claim("IN29")
@since_3_14
@refuted(because="CPython 3.14 cuts the timeout of an interpreters.Queue to whole seconds")
def test_a_timeout_of_part_of_a_second_is_waited_for(background, evidence):
    """get(timeout=0.9) waits up to 0.9 seconds for an item.

    So it is of every other queue.  Instead the timeout of concurrent.interpreters' queue is cut to
    whole seconds, silently: 0.9 becomes 0, and QueueEmpty comes at once, with put() QueueFull.
    Give whole seconds, or get without one.
    """
    items = interpreters.create_queue()

    def get(seconds):
        getting = background(outcome, lambda: items.get(timeout=seconds))
        never(lambda: getting.finished)
        items.put("item")
        got = getting.result()
        return items.get_nowait() and name_of(got) if isinstance(got, queue.Empty) else got

    results = {seconds: get(seconds) for seconds in (int(PATIENCE), 0.9)}
    evidence(results=results)
    control(results[int(PATIENCE)] == "item", "a whole number of seconds is not waited for")
    control(results[0.9] in ("item", "QueueEmpty"), f"neither item nor QueueEmpty: {results}")
    assert results[0.9] == "item"


@claim("IN30")
@since_3_14
def test_items_of_a_closed_interpreter_are_replaced_or_removed(evidence):
    """unbounditems says what becomes of a closed interpreter's items: UNBOUND, an error, or gone.

    UNBOUND, the default, comes in place of the item; UNBOUND_ERROR makes get() raise
    ItemInterpreterDestroyed; UNBOUND_REMOVE removes it.  put(unbounditems=...) overrules.
    """
    ways = {
        "default": ({}, ""),
        "UNBOUND": ({"unbounditems": queues.UNBOUND}, ""),
        "UNBOUND_ERROR": ({"unbounditems": queues.UNBOUND_ERROR}, ""),
        "UNBOUND_REMOVE": ({"unbounditems": queues.UNBOUND_REMOVE}, ""),
        "put": ({}, ", unbounditems=_queues.UNBOUND_REMOVE"),
    }
    seen = {}
    for way, (keywords, more) in ways.items():
        items = interpreters.create_queue(**keywords)
        with interpreter() as one:
            one.prepare_main(items=items)
            one.exec("from concurrent.interpreters import _queues")
            one.exec(f"items.put('theirs'{more})")
            items.put("ours")
        left = items.qsize()
        seen[way] = (left, [name_of(outcome(items.get_nowait)) for _ in range(left)])
        assert items.unbounditems is keywords.get("unbounditems", queues.UNBOUND)
    unknown = outcome(interpreters.create_queue, unbounditems="nothing")
    evidence(seen={way: str(got) for way, got in seen.items()})
    assert seen == {
        "default": (2, [queues.UNBOUND, "ours"]),
        "UNBOUND": (2, [queues.UNBOUND, "ours"]),
        "UNBOUND_ERROR": (2, ["ItemInterpreterDestroyed", "ours"]),
        "UNBOUND_REMOVE": (1, ["ours"]),
        "put": (1, ["ours"]),
    }
    assert type(unknown) is NotImplementedError


@claim("IN31")
@since_3_14
def test_a_memoryview_is_shared_not_copied(evidence):
    """A memoryview that goes to another interpreter shows the same bytes: writes are seen here."""
    memory = bytearray(b"before")
    with interpreter() as one:
        one.prepare_main(view=memoryview(memory))
        one.exec("view[:3] = b'AFT'; seen = bytes(view)")
        memory[-1:] = b"!"
        seen = evaluate(one, "(seen, bytes(view))")
        one.exec("view.release()")
    evidence(memory=memory, seen=seen)
    assert memory == bytearray(b"AFTor!")
    assert seen == (b"AFTore", b"AFTor!")


@claim("IN32")
@since_3_14
def test_a_queue_is_the_same_object_by_id(evidence):
    """Queue(id) and a pickled or sent Queue are the same queue; an unknown id raises QueueError."""
    items, carrier = interpreters.create_queue(), interpreters.create_queue()
    carrier.put(items)
    same = [interpreters.Queue(items.id), pickle.loads(pickle.dumps(items)), carrier.get()]
    unknown = outcome(interpreters.Queue, items.id + 1000)
    text = outcome(interpreters.Queue, "1")
    negative = [outcome(items.get, timeout=-1), outcome(items.put, 1, timeout=-1)]
    evidence(ids=(items.id, carrier.id), unknown=unknown, text=text, negative=negative)
    assert all(one is items for one in same)
    assert items.id != carrier.id
    assert repr(items) == f"Queue({items.id})"
    assert isinstance(unknown, queues.QueueError)
    assert type(unknown).__name__ == "QueueNotFoundError"
    assert [type(error) for error in (text, *negative)] == [TypeError, ValueError, ValueError]
