"""Section 6 of the notes: a pool of processes, and what comes back from it.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool
"""

import multiprocessing
import os
import re
import signal
from functools import partial
from multiprocessing import active_children
from multiprocessing.pool import ApplyResult, AsyncResult

from tests.harness import PATIENCE, claim, control, joined, never, outcome, raises, started

#: The program of the section: ten tasks for five processes, asked for one after another.
PROGRAM = """\
import multiprocessing
import time


def task(i):
    print(i * i)
    time.sleep(0.01)
    return i * i


if __name__ == "__main__":
    multiprocessing.set_start_method({start_method!r})
    pool = multiprocessing.Pool(processes=5)
    results = []
    for i in range(10):
        result = pool.apply_async(task, (i,))
        print("-------:", i, result)
        results.append(result)
    pool.close()
    pool.join()
    for result in results:
        print("result", result.get(timeout=5))
"""
SQUARES = [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
RESULT_OBJECT = r"<multiprocessing\.pool\.ApplyResult object at 0x[0-9A-Fa-f]+>"

runs = {}


def run(programs, start_method):
    """Run the section's program, once for all specs; return how it ended."""
    if start_method not in runs:
        program = PROGRAM.format(start_method=start_method)
        runs[start_method] = programs.run(program, within=2 * PATIENCE)  # it starts six others
    return runs[start_method]


def square(number):
    return number * number


def square_when_released(reporter, number):
    """Tell that the task begins, wait until the test releases it, tell that it ends."""
    reporter.hold(("begins", number, os.getpid()))
    reporter(("ends", number, os.getpid()))
    return number * number


def report_pid(reporter):
    reporter(os.getpid())


class TaskError(Exception):
    """What a task may raise."""


def fail(number):
    raise TaskError(number)


@claim("6.01")
def test_a_pool_starts_its_processes_at_once(new_pool, evidence):
    """Pool(processes=5) starts five processes at once, before there is any task."""
    _, started_processes = new_pool(5)
    alive = [process.is_alive() for process in started_processes]
    pids = {process.pid for process in started_processes}
    evidence(processes=len(started_processes), alive=sum(alive))
    assert alive == [True] * 5
    assert len(pids - {os.getpid()}) == 5


@claim("6.02")
def test_tasks_go_to_workers_that_already_run(pool, workers, evidence):
    """apply_async() hands its task to a worker that already runs; it starts no process."""
    before = active_children()
    results = [pool.apply_async(os.getpid) for _ in range(40)]
    used = {result.get(PATIENCE) for result in results}
    evidence(tasks=40, processes_used=len(used))
    assert used <= workers
    assert set(active_children()) == set(before)


@claim("6.03")
def test_apply_async_never_waits_for_a_task(pool, reports, background, evidence):
    """apply_async() returns at once, even while every worker is busy."""

    def ask(numbers):
        return [pool.apply_async(task, (number,)) for number in numbers]

    task = partial(square_when_released, reports.reporter)
    results = background(ask, range(5)).result()
    reports.collect(5)  # every worker has begun a task, and holds
    results += background(ask, range(5, 10)).result()
    ready = [result.ready() for result in results]
    evidence(calls_returned=len(results), results_ready=sum(ready))
    assert not any(ready)
    reports.release()
    reports.collect(5 + 5)  # five have ended, and the other five begin
    reports.release()
    assert [result.get(PATIENCE) for result in results] == SQUARES


@claim("6.04")
def test_apply_async_returns_an_object_for_the_result(pool, evidence):
    """apply_async() returns an ApplyResult, not the value; AsyncResult is the same class."""
    result = pool.apply_async(square, (7,))
    evidence(printed=re.sub("0x[0-9A-Fa-f]+", "0x...", repr(result)), value=result.get(PATIENCE))
    assert type(result) is ApplyResult is AsyncResult
    assert re.fullmatch(RESULT_OBJECT, repr(result))
    assert result != 49
    assert result.get(PATIENCE) == 49


@claim("6.05")
def test_apply_waits_and_returns_the_value_itself(pool, workers, reports, background, evidence):
    """apply() waits until the task has been done and returns the function's own value."""
    call = background(pool.apply, square_when_released, (reports.reporter, 7))
    _, _, pid = reports.next()
    returned_before_the_end = call.finished
    reports.release()
    value = call.result()
    evidence(returned_before_the_end=returned_before_the_end, value=value)
    assert not returned_before_the_end
    assert value == 49
    assert pid in workers


@claim("6.06")
def test_the_loop_prints_a_result_object_for_each_task(programs, start_method, evidence):
    """The loop prints its ten lines in order, each with a result object of its own."""
    printed = re.findall(r"^-------: (\d+) (.+)$", run(programs, start_method).out, re.MULTILINE)
    objects = {text for _, text in printed}
    evidence(numbers=[int(number) for number, _ in printed], distinct_objects=len(objects))
    assert [int(number) for number, _ in printed] == list(range(10))
    assert len(objects) == 10
    assert all(re.fullmatch(RESULT_OBJECT, text) for text in objects)


@claim("6.07")
def test_every_task_prints_its_square_exactly_once(programs, start_method, evidence):
    """Every task prints its square exactly once; in which order is not promised.

    Five workers print side by side: ascending order, as in the notes, is likely but luck.
    """
    printed = [int(line) for line in run(programs, start_method).lines if line.isdigit()]
    evidence(printed=printed)
    assert sorted(printed) == SQUARES


@claim("6.09")
def test_what_tasks_do_first_shows_the_order_of_starting(pool, reports, evidence):
    """What tasks print first shows the order in which they start, not that of completion.

    All five start before the first one ends, and may end in the opposite order.
    """
    task = partial(square_when_released, reports.reporter)
    results = [pool.apply_async(task, (number,)) for number in range(5)]
    events = reports.collect(5)
    for begin in reversed(events[:5]):
        reports.release(begin)
        events.append(reports.next())
    began = [number for what, number, _ in events if what == "begins"]
    ended = [number for what, number, _ in events if what == "ends"]
    evidence(started=began, ended=ended)
    assert [what for what, _, _ in events] == ["begins"] * 5 + ["ends"] * 5
    assert sorted(began) == [0, 1, 2, 3, 4]
    assert ended == began[::-1]
    assert [result.get(PATIENCE) for result in results] == [0, 1, 4, 9, 16]


def by_apply_async(pool, task, numbers):
    results = [pool.apply_async(task, (number,)) for number in numbers]
    return [result.get(PATIENCE) for result in results]


def by_map(pool, task, numbers):
    return pool.map(task, numbers, chunksize=1)


def by_starmap(pool, task, numbers):
    return pool.starmap(task, [(number,) for number in numbers], chunksize=1)


def by_imap(pool, task, numbers):
    return list(pool.imap(task, numbers))


@claim("6.10")
def test_results_come_in_the_order_of_submission(pool, reports, background, evidence):
    """Results come in the order of submission, even if tasks finish in the opposite order.

    Of apply_async() with get(), map(), starmap() and imap(); imap_unordered() is the exception.
    """
    results, completion = {}, {}
    for ask in (by_apply_async, by_map, by_starmap, by_imap):
        task = partial(square_when_released, reports.reporter)
        asked = background(ask, pool, task, range(5))
        ended = completion[ask.__name__] = []
        for begin in sorted(reports.collect(5), reverse=True):
            reports.release(begin)
            ended.append(reports.next()[1])
        control(ended == [4, 3, 2, 1, 0], f"the order of completion was {ended}")
        results[ask.__name__] = asked.result()
    evidence(completion=completion, results=results)
    assert set(map(tuple, results.values())) == {(0, 1, 4, 9, 16)}


@claim("6.11")
def test_five_workers_run_ten_tasks_in_two_waves(pool, reports, evidence):
    """Five workers run ten equal tasks in two waves of five, so in twice the time of one.

    Five are inside at once, twice, and never more.
    """
    task = partial(square_when_released, reports.reporter)
    results = [pool.apply_async(task, (number,)) for number in range(10)]
    events = reports.collect(5)
    reports.release()
    events += reports.collect(5 + 5)  # they end, and the other five begin
    reports.release()
    events += reports.collect(5)
    begins = [(number, pid) for what, number, pid in events if what == "begins"]
    inside = [sum(1 if e[0] == "begins" else -1 for e in events[:n]) for n in range(21)]
    waves = [sorted(number for number, _ in wave) for wave in (begins[:5], begins[5:])]
    evidence(waves=waves, most_at_once=max(inside))
    assert waves == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert max(inside) == 5
    assert [len({pid for _, pid in wave}) for wave in (begins[:5], begins[5:])] == [5, 5]
    assert [result.get(PATIENCE) for result in results] == SQUARES


@claim("6.12")
def test_close_takes_no_more_tasks_but_finishes_the_others(new_pool, reports, background, evidence):
    """close() lets submitted tasks finish and the workers exit; it only takes no more tasks."""
    pool, workers = new_pool(1)
    running = pool.apply_async(square_when_released, (reports.reporter, 2))
    waiting = pool.apply_async(square, (3,))
    reports.next()
    background(pool.close).result()
    with raises(ValueError) as refused:
        pool.apply_async(square, (4,))
    reports.release()
    values = [running.get(PATIENCE), waiting.get(PATIENCE)]
    background(pool.join).result()
    exit_codes = [worker.exitcode for worker in workers]
    evidence(refused=str(refused.error), values=values, exit_codes=exit_codes)
    assert values == [4, 9]
    assert exit_codes == [0]


@claim("6.13")
def test_join_waits_until_the_workers_have_ended(new_pool, reports, background, evidence):
    """join() waits until the workers have ended; before it, close() or terminate() is due."""
    pool, workers = new_pool(1)
    with raises(ValueError) as refused:
        pool.join()
    pool.apply_async(square_when_released, (reports.reporter, 2))
    reports.next()
    pool.close()
    join = background(pool.join)
    waited = never(lambda: join.finished)
    reports.release()
    join.result()
    exit_codes = [worker.exitcode for worker in workers]
    evidence(refused=str(refused.error), waited=waited, exit_codes=exit_codes)
    assert waited
    assert exit_codes == [0]


def terminate(pool):
    pool.terminate()


def leave_with_block(pool):
    with pool:
        pass


@claim("6.14")
def test_terminate_throws_unfinished_tasks_away(new_pool, reports, background, evidence):
    """terminate(), like the end of a with block, throws unfinished tasks away.

    The worker is killed.  get() without a timeout would wait for ever for such a task.
    """
    for end in (terminate, leave_with_block):
        pool, workers = new_pool(1)
        running = pool.apply_async(square_when_released, (reports.reporter, 2))
        waiting = pool.apply_async(square, (3,))
        reports.next()
        ended = outcome(background(end, pool).result)
        reports.release()  # too late, unless the pool is still at work
        outcome(background(pool.join).result)
        exit_codes = [worker.exitcode for worker in workers]
        ready = [running.ready(), waiting.ready()]
        got = outcome(background(waiting.get, 0.01).result)
        evidence(by=end.__name__, exit_codes=exit_codes, ready=ready, get=type(got).__name__)
        assert ended is None
        assert ready == [False, False]
        assert exit_codes == [-signal.SIGTERM]
        assert isinstance(got, multiprocessing.TimeoutError)


@claim("6.15")
def test_get_waits_for_the_value_or_the_exception(pool, reports, background, evidence):
    """get() waits for the value, or raises the task's exception, as often as it is called.

    If its timeout passes first it raises multiprocessing.TimeoutError, which is not the builtin
    TimeoutError.  The exception's cause shows the traceback in the worker.
    """
    slow = pool.apply_async(square_when_released, (reports.reporter, 7))
    reports.next()
    early = outcome(background(slow.get, 0.01).result)
    waiting = background(slow.get, PATIENCE)
    reports.release()
    values = [waiting.result(), slow.get(PATIENCE)]
    failing = pool.apply_async(fail, (7,))
    errors = [outcome(failing.get, PATIENCE), outcome(failing.get, PATIENCE)]
    evidence(too_early=type(early).__name__, values=values, errors=errors)
    assert type(early) is multiprocessing.TimeoutError is not TimeoutError
    assert not isinstance(early, TimeoutError)
    assert values == [49, 49]
    assert [(type(error), *error.args) for error in errors] == [(TaskError, 7)] * 2
    assert [type(error.__cause__).__name__ for error in errors] == ["RemoteTraceback"] * 2
    assert "in fail" in str(errors[0].__cause__)


@claim("6.16")
def test_after_join_every_result_is_there_at_once(new_pool, background, evidence):
    """After close() and join() every get() returns its value at once: nothing is left to wait for.

    Even get(timeout=0) has it; the notes' timeout=5 can only be longer than needed.
    """
    pool, _ = new_pool(1)
    results = [pool.apply_async(square, (number,)) for number in range(10)]
    background(pool.close).result()
    background(pool.join).result()
    values = [outcome(result.get, timeout=0) for result in results]
    evidence(values=values)
    assert values == SQUARES
    assert [result.get(timeout=5) for result in results] == SQUARES


@claim("6.17")
def test_a_pool_runs_many_tasks_in_few_processes(ctx, pool, workers, reports, evidence):
    """A pool of five runs forty tasks in its five processes; a Process serves one task only.

    So a pool suits many tasks: the cost of starting is paid once.  Where a worker may die,
    prefer concurrent.futures.ProcessPoolExecutor, which says so; a Pool waits for ever.
    """
    results = [pool.apply_async(os.getpid) for _ in range(40)]
    of_pool = {result.get(PATIENCE) for result in results}
    children = started(ctx.Process(target=report_pid, args=(reports.reporter,)) for _ in range(3))
    of_process = set(reports.collect(3))
    evidence(processes_for_forty_tasks=len(of_pool), for_three_by_process=len(of_process))
    assert joined(*children) == [0, 0, 0]
    assert of_pool <= workers
    assert len(of_pool) <= 5
    assert len(of_process) == 3


@claim("6.18")
def test_the_program_runs_under_every_start_method(programs, start_method, evidence):
    """The section's program runs under spawn, as on Windows, and under fork and forkserver."""
    program = run(programs, start_method)
    results = [line for line in program.lines if line.startswith("result ")]
    evidence(exit_code=program.exit_code, lines=len(program.lines), standard_error=program.err)
    assert (program.exit_code, program.err) == (0, "")
    assert results == [f"result {number}" for number in SQUARES]
    assert len(program.lines) == 10 + 10 + 10
