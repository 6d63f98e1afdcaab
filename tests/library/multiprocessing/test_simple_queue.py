"""multiprocessing.SimpleQueue: a pipe with a lock at each end, and no thread.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.SimpleQueue
"""

import multiprocessing
from contextlib import closing

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    cases,
    claim,
    joined,
    never,
    outcome,
    refuted,
)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)

#: Sixteen times what a pipe holds (64 KiB on Linux).
LARGE = "large" * 200_000


@claim("MPQUEUE20")
def test_simple_queue_takes_the_item_as_it_is(evidence):
    """What arrives is the object as it was at SimpleQueue.put(), whatever happens to it afterwards.

    put() pickles immediately; the put() of a Queue leaves that to a thread.
    """
    letters = ["a"]
    with closing(here.SimpleQueue()) as items:
        items.put(letters)
        letters.append("b")
        items.put(letters)
        assert evidence(got=[items.get(), items.get()]) == [["a"], ["a", "b"]]
        assert items.empty()


@claim("MPQUEUE21")
@cases(method=("get", "put"), option={"timeout=0": {"timeout": 0}, "block=False": {"block": False}})
@refuted(
    because="CPython and PyPy: SimpleQueue.get() takes no argument and put() the item alone",
    by="TypeError: SimpleQueue.",
)
def test_simple_queue_can_be_asked_not_to_wait(method, option):
    """get() and put() of a SimpleQueue take block and timeout as those of a Queue do.

    "TypeError: SimpleQueue.get() got an unexpected keyword argument 'timeout'".  queue.SimpleQueue
    does take both.  Use a Queue instead.
    """
    with closing(here.SimpleQueue()) as items:
        items.put("item")  # so that no call has to wait
        arguments = ["another"] if method == "put" else []
        getattr(items, method)(*arguments, **option)


@claim("MPQUEUE22")
def test_a_closed_simple_queue_raises_oserror(evidence):
    """After close() put(), get() and empty() of a SimpleQueue raise OSError, not ValueError.

    "OSError: handle is closed"; a closed Queue raises ValueError.  close() may be repeated.
    """
    items = here.SimpleQueue()
    items.put("lost")
    items.close()
    items.close()
    # The texts alone: to keep the exception of put(), which holds a buffer, is unwise (PIPE21).
    calls = ((items.put, "item"), (items.get,), (items.empty,))
    refusals = [repr(outcome(*call)) for call in calls]
    assert evidence(refusals=refusals) == ["OSError('handle is closed')"] * 3


@claim("MPQUEUE23")
def test_simple_queue_put_blocks_when_the_pipe_is_full(background, evidence):
    """SimpleQueue.put() blocks when the pipe (64 KiB on Linux) is full, until somebody reads.

    You might expect a queue without a maxsize to take everything.  It has no buffer but the
    pipe's: a program that puts much before it reads hangs.  Use a Queue instead.
    """
    with closing(here.SimpleQueue()) as items:
        for number in range(10):
            background(items.put, number).result()
        putting = background(items.put, LARGE)
        waits = never(lambda: putting.finished, during=GRACE / 3)
        got = [background(items.get).result() for _ in range(11)]
        putting.result()
        assert evidence(waits=waits, empty=items.empty()) == (True, True)
    assert got == [*range(10), LARGE]


#: In no order that a sort restores, some larger than what a pipe takes in one piece.
ITEMS = [(n * 37 % 53, "x" * (n * 37 % 53 * 2_000)) for n in range(53)]


def put_items(items, writer):
    for item in ITEMS:
        items.put((writer, item))


@claim("MPQUEUE24")
def test_two_writers_of_a_simple_queue_do_not_mix(ctx, background, evidence):
    """What two processes put into a SimpleQueue arrives whole, and in the order of each process."""
    with closing(ctx.SimpleQueue()) as items:
        child = ctx.Process(target=put_items, args=(items, "child"))
        child.start()
        parent = background(put_items, items, "parent")
        arrived = background(lambda: [items.get() for _ in 2 * ITEMS]).result()
        parent.result()
        assert evidence(exit_codes=joined(child), empty=items.empty()) == ([0], True)
    for writer in ("child", "parent"):
        assert [item for who, item in arrived if who == writer] == ITEMS


def put_when_released(items, report):
    report.hold("ready")
    items.put("item")
    report(items.empty())


@claim("MPQUEUE25")
def test_simple_queue_is_not_empty_when_put_returns(ctx, reports, background, evidence):
    """Once SimpleQueue.put() has returned empty() is False in every process.

    A Queue gives no such promise: its put() may return before the item is in the pipe.
    """
    with closing(ctx.SimpleQueue()) as items:
        child = ctx.Process(target=put_when_released, args=(items, reports.reporter))
        child.start()
        assert reports.next() == "ready"
        before = items.empty()
        reports.release()
        empty = {"before": before, "in the child": reports.next(), "here": items.empty()}
        got = background(items.get).result()
        exit_codes = joined(child)
    assert evidence(empty=empty) == {"before": True, "in the child": False, "here": False}
    assert (got, exit_codes) == ("item", [0])


@claim("MPQUEUE25")
def test_simple_queue_get_waits_for_an_item(background, evidence):
    """SimpleQueue.get() waits until there is an item."""
    with closing(here.SimpleQueue()) as items:
        getting = background(items.get)
        waits = never(lambda: getting.finished, during=GRACE / 5)
        items.put("item")
        assert evidence(waits=waits, got=getting.result()) == (True, "item")
