"""multiprocessing.JoinableQueue: a Queue that counts what is unfinished.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.JoinableQueue
"""

import multiprocessing
from contextlib import closing, redirect_stderr
from io import StringIO

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    PATIENCE,
    claim,
    joined,
    kinds,
    never,
    outcome,
)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


def finish_one_by_one(tasks, report):
    for _ in range(3):
        report.hold(tasks.get(timeout=PATIENCE))
        tasks.task_done()
    report(repr(outcome(tasks.task_done)))


@claim("MPQUEUE01")
def test_join_waits_for_a_task_done_per_put(ctx, reports, background, evidence):
    """JoinableQueue.join() waits until each put() has had its task_done(); one more: ValueError.

    Any process may call it: "ValueError: task_done() called too many times". That is the difference
    between Queue and JoinableQueue (MPQUEUE10).
    """
    with closing(ctx.JoinableQueue()) as tasks:
        worker = ctx.Process(target=finish_one_by_one, args=(tasks, reports.reporter))
        worker.start()
        for task in "abc":
            tasks.put(task)
        joiners = [background(tasks.join) for _ in range(2)]
        waits = {}
        for _ in range(3):
            got = reports.next()
            waits[got] = never(lambda: any(task.finished for task in joiners), during=GRACE / 10)
            reports.release()
        for joiner in joiners:
            joiner.result()
        one_more = [reports.next(), repr(outcome(tasks.task_done))]
        assert joined(worker) == [0]
    assert evidence(waits=waits) == {"a": True, "b": True, "c": True}
    assert evidence(one_more=one_more) == ["ValueError('task_done() called too many times')"] * 2


@claim("MPQUEUE02")
def test_join_counts_task_done_and_not_get(background, evidence):
    """join() counts calls of task_done(), whether or not anything has been got.

    So a worker that dies, or raises, between get() and task_done() leaves join() waiting
    forever: call task_done() in a finally block.  And after one call too many join() returns
    before the work is done.
    """
    with closing(here.JoinableQueue()) as tasks:
        tasks.put("a")
        tasks.task_done()
        background(tasks.join).result()
        tasks.put("b")
        got = [tasks.get(timeout=PATIENCE) for _ in "ab"]
        joining = background(tasks.join)
        waits = never(lambda: joining.finished, during=GRACE / 3)
        tasks.task_done()
        joining.result()
    assert evidence(got=got, waits_though_all_is_got=waits) == (["a", "b"], True)


@claim("MPQUEUE03")
def test_a_refused_put_is_no_unfinished_task(background, evidence):
    """A put() into a full JoinableQueue that raises queue.Full is no unfinished task."""
    with closing(here.JoinableQueue(1)) as tasks:
        tasks.put("a")
        refusals = [outcome(tasks.put_nowait, "b"), outcome(tasks.put, "b", timeout=0.01)]
        got = tasks.get(timeout=PATIENCE)
        tasks.task_done()
        background(tasks.join).result()
        refusals.append(outcome(tasks.task_done))
    assert evidence(refusals=kinds(refusals), got=got) == (["Full", "Full", "ValueError"], "a")


class Unpicklable:
    """An item that cannot be pickled."""

    def __reduce__(self):
        raise ValueError("this cannot be pickled")


@claim("MPQUEUE04")
def test_a_dropped_item_leaves_join_waiting(background, evidence):
    """An item that cannot be pickled is dropped, but counts: join() waits forever.

    You might expect that what never arrives need not be finished.  put() counts it as a task;
    its feeder thread drops it later, with no more than a traceback on standard error.
    """
    stderr = StringIO()
    with redirect_stderr(stderr), closing(here.JoinableQueue()) as tasks:
        tasks.put(Unpicklable())
        tasks.put("a")
        got = tasks.get(timeout=PATIENCE)
        tasks.task_done()
        joining = background(tasks.join)
        waits = never(lambda: joining.finished, during=GRACE / 3)
        nothing_more = tasks.empty()
        tasks.task_done()  # for the dropped one, so that join() ends
        joining.result()
    assert evidence(got=got, nothing_more=nothing_more, waits=waits) == ("a", True, True)
    assert "this cannot be pickled" in stderr.getvalue()
