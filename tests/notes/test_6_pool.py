"""Section 6 of the notes: a pool of processes, and what comes back from it.

The words of the specs (ctx, reports, control, until, ...) are explained in tests/notes/__init__.py.

The program, behind a __main__ guard, makes a Pool of five processes (6.01).  A task prints the
square of its number, sleeps for two seconds, and returns the square.  In a loop the program calls
apply_async() for the numbers 0 to 9, "starting processes asynchronously, in parallel" (6.02, 6.03),
and prints "-------:", the number, and what the call returned: a comment says that this is an
ApplyResult, and that it would be the return value of the function if the call were not asynchronous
(6.04, 6.05).  Then it closes and joins the pool (6.13), and prints "result" and get(timeout=5) of
each (6.16).

The output is ten lines of the loop (6.06), the squares from 0 to 81 (6.07, 6.09, 6.11) and ten
lines of results in order (6.10).  It comes from a Windows machine (6.18).

Questions: what is close() for (6.12, and 6.14 for what it is not), what is get() (6.15), and when
is a pool used (6.17)?

6.08 is left out on purpose.  In the notes the first square, "0", is printed between the first two
lines of the loop.  When a worker gets its first task, and when its output leaves the buffer,
depends on the machine and on where the output goes.  Nobody promises either, so there is nothing
to decide.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool
"""

import multiprocessing
import os
import re
import signal
from functools import partial
from multiprocessing import active_children

from tests.harness import (
    GRACE,
    PATIENCE,
    NotSeen,
    cases,
    claim,
    control,
    joined,
    kinds,
    never,
    outcome,
    refuted,
    started,
)

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
        result = pool.apply_async(task, [i])
        print("-------:", i, result)
        results.append(result)
    pool.close()
    pool.join()
    for result in results:
        print("result", result.get(timeout=5))
"""
SQUARES = [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
RESULT_OBJECT = r"<multiprocessing\.pool\.ApplyResult object at 0x[0-9A-Fa-f]+>"


@claim("6.01")
def test_a_pool_starts_its_processes_at_once(new_pool, evidence):
    """Pool(processes=5) starts five processes immediately, before there is any task."""
    _, workers = new_pool(5)
    assert evidence(alive=[worker.is_alive() for worker in workers]) == [True] * 5
    assert len({worker.pid for worker in workers} - {os.getpid()}) == 5


@claim("6.02", notes="false")
@refuted(because="the processes of a pool run already, and apply_async() hands its task to one")
def test_apply_async_starts_processes(pool, workers, evidence):
    """apply_async() starts processes, asynchronously and in parallel.

    The notes err: Pool(...) has started all processes, and apply_async() starts none.  It puts its
    task into a queue, from which a process that is already running takes it.  What is asynchronous
    is the call: it does not wait for the task.
    """
    before = set(active_children())
    results = [pool.apply_async(os.getpid) for _ in range(40)]
    pids = evidence(pids_of_forty_tasks={result.get(PATIENCE) for result in results})
    control(os.getpid() not in pids, "tasks must run in processes of their own")
    started_for_them = {child.pid for child in set(active_children()) - before}
    assert evidence(started_for_the_tasks=(pids - workers) | started_for_them)


@claim("6.03")
def test_apply_async_never_waits_for_a_task(pool, reports, background, evidence):
    """apply_async() returns immediately, even while every worker is busy.

    Tasks wait in the pool's queue, which has no limit.
    """
    task = partial(square_when_released, reports.reporter)

    def submit(numbers):
        return [pool.apply_async(task, (number,)) for number in numbers]

    results = background(submit, range(5)).result()
    reports.collect(5)  # every worker has begun a task, and holds
    results += background(submit, range(5, 10)).result()
    assert evidence(ready=[result.ready() for result in results]) == [False] * 10
    reports.release()
    reports.collect(5 + 5)  # five have ended, and the other five begin
    reports.release()
    assert [result.get(PATIENCE) for result in results] == SQUARES


@claim("6.04")
def test_apply_async_returns_an_object_for_the_result(pool, evidence):
    """apply_async() returns an ApplyResult, not the return value: call get() for that.

    print() shows "<multiprocessing.pool.ApplyResult object at 0x...>".  AsyncResult is another name
    of the class.  Where an 'AsyncResult', 'ApplyResult' or 'MapResult' object is not iterable, or
    not subscriptable, get() is missing.  Without get() there is no error either: a function that
    fails at once seems never to be called.
    """
    from multiprocessing.pool import ApplyResult, AsyncResult  # not for all the children

    result = pool.apply_async(square, (7,))
    assert type(result) is ApplyResult is AsyncResult
    assert re.fullmatch(RESULT_OBJECT, evidence(printed=repr(result)))
    assert result != 49
    assert evidence(value=result.get(PATIENCE)) == 49


@claim("6.05")
def test_apply_waits_and_returns_the_value_itself(pool, workers, reports, background, evidence):
    """apply() waits until the task is done, and returns the return value of the function.

    So tasks run one after the other, and such a pool is slower than a plain loop.  Use map(), or
    apply_async() and get().  That is the difference between apply() and apply_async(), which does
    not wait.
    """
    call = background(pool.apply, square_when_released, (reports.reporter, 7))
    _, _, pid = reports.next()
    assert not evidence(returned_before_the_end=call.finished)
    reports.release()
    assert evidence(value=call.result()) == 49
    assert pid in workers


@claim("6.06")
def test_the_loop_prints_a_result_object_for_each_task(programs, start_method, evidence):
    """The loop prints its ten lines in order, each with a result object of its own."""
    printed = re.findall(r"^-------: (\d+) (.+)$", run(programs, start_method).out, re.MULTILINE)
    numbers, objects = zip(*evidence(printed=printed), strict=True)
    assert numbers == tuple("0123456789")
    assert len(set(objects)) == 10
    assert all(re.fullmatch(RESULT_OBJECT, text) for text in objects)


@claim("6.07", notes="refined")
def test_every_task_prints_its_square_exactly_once(programs, start_method, evidence):
    """Every task prints its square exactly once; nobody promises in which order.

    Five workers print at the same time.  Ascending order, as in the notes, is likely, but luck.
    """
    printed = [int(line) for line in run(programs, start_method).lines if line.isdigit()]
    assert sorted(evidence(printed=printed)) == SQUARES


@claim("6.09", notes="refined")
def test_what_tasks_do_first_shows_the_order_of_starting(pool, reports, evidence):
    """What tasks print first shows the order in which they start, not the order of completion.

    All five start before the first one ends, and they may end in the opposite order.
    """
    task = partial(square_when_released, reports.reporter)
    results = [pool.apply_async(task, (number,)) for number in range(5)]
    begins = reports.collect(5)
    ends = []
    for begin in reversed(begins):
        reports.release(begin)
        ends.append(reports.next())
    assert [what for what, _, _ in begins + ends] == ["begins"] * 5 + ["ends"] * 5
    began, ended = evidence(began=[n for _, n, _ in begins], ended=[n for _, n, _ in ends])
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
@cases(submit=(by_apply_async, by_map, by_starmap, by_imap))
def test_results_come_in_the_order_of_submission(pool, submit, reports, background, evidence):
    """Results come in the order of submission, even if tasks finish in the opposite order.

    That is true of apply_async() with get(), map(), starmap() and imap().  imap_unordered() gives
    results in the order of completion.
    """
    asked = background(submit, pool, partial(square_when_released, reports.reporter), range(5))
    ended = []
    for begin in sorted(reports.collect(5), reverse=True):  # the task with the number 4 first
        reports.release(begin)
        _, number, _ = reports.next()
        ended.append(number)
    control(ended == [4, 3, 2, 1, 0], f"the tasks must end in the opposite order, not {ended}")
    assert evidence(results=asked.result()) == [0, 1, 4, 9, 16]


@claim("6.11")
def test_five_workers_run_ten_tasks_in_two_waves(pool, reports, evidence):
    """Five workers run ten equal tasks in two waves of five, so in twice the time of one task.

    No task ends before this test releases it, so five of them run at the same time.
    """
    task = partial(square_when_released, reports.reporter)
    results = [pool.apply_async(task, (number,)) for number in range(10)]
    first_wave = reports.collect(5)  # five tasks begin
    reports.release()
    second_wave = [told for told in reports.collect(10) if told[0] == "begins"]  # five end, too
    reports.release()
    reports.collect(5)  # the second five end
    waves = [sorted(number for _, number, _ in wave) for wave in (first_wave, second_wave)]
    workers = [len({pid for _, _, pid in wave}) for wave in (first_wave, second_wave)]
    assert evidence(waves=waves) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert evidence(workers_of_each_wave=workers) == [5, 5]
    assert [result.get(PATIENCE) for result in results] == SQUARES


@claim("6.11")
def test_a_sixth_task_waits_for_one_of_five_workers(pool, reports, evidence):
    """Five workers never run six tasks at the same time: the sixth waits until one has ended."""
    task = partial(square_when_released, reports.reporter)
    results = [pool.apply_async(task, (number,)) for number in range(6)]
    five_begin = reports.collect(5)
    assert type(evidence(sixth_begins=outcome(reports.next, within=GRACE))) is NotSeen
    reports.release(five_begin[0])
    told = [what for what, _, _ in reports.collect(2)]
    assert evidence(after_the_end_of_one=told) == ["ends", "begins"]
    reports.release()
    assert [result.get(PATIENCE) for result in results] == SQUARES[:6]


@claim("6.12", notes="answered")
def test_close_takes_no_more_tasks_but_finishes_the_others(new_pool, reports, background, evidence):
    """close() refuses new tasks; the tasks that were submitted finish, and then the workers exit.

    A later apply_async() raises "ValueError: Pool not running".  The difference between
    Pool.close() and Pool.terminate(): terminate() kills the workers at once, with the tasks that
    they run.
    """
    pool, workers = new_pool(1)
    running = pool.apply_async(square_when_released, (reports.reporter, 2))
    waiting = pool.apply_async(square, (3,))
    reports.next()
    background(pool.close).result()
    refusal = evidence(refusal=outcome(pool.apply_async, square, (4,)))
    assert (type(refusal), str(refusal)) == (ValueError, "Pool not running")
    reports.release()
    assert evidence(values=[running.get(PATIENCE), waiting.get(PATIENCE)]) == [4, 9]
    background(pool.join).result()
    assert evidence(exit_codes=[worker.exitcode for worker in workers]) == [0]


@claim("6.13")
def test_join_waits_until_the_workers_have_ended(new_pool, reports, background, evidence):
    """join() waits until the workers have ended; call close() or terminate() before it.

    Without that it raises "ValueError: Pool is still running".
    """
    pool, workers = new_pool(1)
    refusal = evidence(refusal=outcome(pool.join))
    assert (type(refusal), str(refusal)) == (ValueError, "Pool is still running")
    pool.apply_async(square_when_released, (reports.reporter, 2))
    reports.next()
    pool.close()
    join = background(pool.join)
    assert evidence(waits=never(lambda: join.finished))
    reports.release()
    join.result()
    assert evidence(exit_codes=[worker.exitcode for worker in workers]) == [0]


def terminate(pool):
    pool.terminate()


def leave_with_block(pool):
    with pool:
        pass


@claim("6.14")
@cases(end=(terminate, leave_with_block))
def test_terminate_throws_unfinished_tasks_away(new_pool, end, reports, background, evidence):
    """terminate() throws unfinished tasks away, and so does the end of a with block.

    The workers are killed.  Afterwards get() without a timeout never returns for such a task.  Get
    all results inside the with block, or call close() and join().
    """
    pool, workers = new_pool(1)
    running = pool.apply_async(square_when_released, (reports.reporter, 2))
    waiting = pool.apply_async(square, (3,))
    reports.next()
    background(end, pool).result()
    reports.release()  # too late, unless the pool is still at work
    background(pool.join).result()
    assert evidence(exit_codes=[worker.exitcode for worker in workers]) == [-signal.SIGTERM]
    assert evidence(ready=[running.ready(), waiting.ready()]) == [False, False]
    got = outcome(background(waiting.get, 0.01).result)
    assert isinstance(evidence(get=got), multiprocessing.TimeoutError)


@claim("6.15", notes="answered")
def test_get_waits_for_the_value(pool, reports, background, evidence):
    """get() waits for the return value, or raises the task's exception, as often as you call it.

    After its timeout it raises multiprocessing.TimeoutError, which is not the built-in
    TimeoutError: "except TimeoutError" does not catch it.
    """
    slow = pool.apply_async(square_when_released, (reports.reporter, 7))
    reports.next()
    early = evidence(too_early=outcome(background(slow.get, 0.01).result))
    assert type(early) is multiprocessing.TimeoutError
    assert not isinstance(early, TimeoutError)
    waiting = background(slow.get, PATIENCE)
    reports.release()
    assert evidence(values=[waiting.result(), slow.get(PATIENCE)]) == [49, 49]


@claim("6.15")
def test_get_raises_the_exception_of_the_task(pool, evidence):
    """get() raises the task's exception; its cause shows the traceback of the worker."""
    failing = pool.apply_async(fail, (7,))
    errors = evidence(errors=[outcome(failing.get, PATIENCE) for _ in range(2)])
    assert [(type(error), *error.args) for error in errors] == [(TaskError, 7)] * 2
    assert kinds(error.__cause__ for error in errors) == ["RemoteTraceback"] * 2
    assert "in fail" in str(errors[0].__cause__)


def fail(number):
    raise TaskError(number)


class TaskError(Exception):
    """What a task may raise."""


@claim("6.16")
def test_after_join_every_result_is_there_at_once(new_pool, background, evidence):
    """After close() and join(), every get() returns immediately: all results are there.

    Even get(timeout=0) returns the value.  The timeout=5 of the notes is never used up.
    """
    pool, _ = new_pool(1)
    results = [pool.apply_async(square, (number,)) for number in range(10)]
    background(pool.close).result()
    background(pool.join).result()
    assert evidence(values=[outcome(result.get, timeout=0) for result in results]) == SQUARES


@claim("6.17", notes="answered")
def test_a_pool_runs_many_tasks_in_few_processes(ctx, pool, workers, reports, evidence):
    """A pool of five runs forty tasks in its five processes; a Process runs one task.

    So a pool suits many tasks: it starts processes only once.  Where a worker may die, prefer
    concurrent.futures.ProcessPoolExecutor, which raises BrokenProcessPool; a Pool hangs.
    """
    results = [pool.apply_async(os.getpid) for _ in range(40)]
    assert evidence(pids_of_forty_tasks={result.get(PATIENCE) for result in results}) <= workers
    assert len(workers) == 5
    children = started(ctx.Process(target=report_pid, args=(reports.reporter,)) for _ in range(3))
    assert len(evidence(pids_of_three_processes=set(reports.collect(3)))) == 3
    assert joined(*children) == [0, 0, 0]


def report_pid(reporter):
    reporter(os.getpid())


@claim("6.18")
def test_the_program_runs_under_every_start_method(programs, start_method, evidence):
    """The section's program runs under spawn, as on Windows, and under fork and forkserver."""
    program = run(programs, start_method)
    assert (program.exit_code, program.err) == (0, "")
    assert evidence(lines=len(program.lines)) == 10 + 10 + 10
    results = [line for line in program.lines if line.startswith("result ")]
    assert evidence(results=results) == [f"result {number}" for number in SQUARES]


# What several specs use.


def square_when_released(reporter, number):
    """Tell that the task begins, wait until the test releases it, tell that it ends."""
    reporter.hold(("begins", number, os.getpid()))
    reporter(("ends", number, os.getpid()))
    return number * number


def square(number):
    return number * number


def run(programs, start_method):
    """Run the section's program, once for all specs; return how it ended."""
    program = PROGRAM.format(start_method=start_method)
    return programs.once(program, within=2 * PATIENCE)  # it starts six others
