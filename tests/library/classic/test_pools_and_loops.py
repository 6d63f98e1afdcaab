"""A pool against a plain loop: what a task costs in a pool, if it is tiny.

The costs themselves are measured in tests/costs/test_pool_dispatch.py.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool.map
"""

import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from tests.harness import Inconclusive, cases, claim, control, refuted
from tests.library.futures.scenery import CHEAP

NUMBERS = range(200)
NEGATIVE = [-number for number in NUMBERS]

#: How often each way is timed, in turns: the fastest of them counts, as nothing disturbed that one.
ROUNDS = 4

#: How many times slower a pool must be, at least, before the machine's noise cannot explain it.
SURELY = 2

#: Up to here two ways take the same time, however noisy the machine is.
NO_DIFFERENCE = 1.4


def seconds(function):
    """Return how long the function takes to compute what is right."""
    begin = time.perf_counter()
    result = function()
    took = time.perf_counter() - begin
    control(result == [*NUMBERS], "it computes the same")
    return took


def times_slower(one, other):
    """Return how many times slower the one is than the other, each at its fastest."""
    pairs = [(seconds(one), seconds(other)) for _ in range(ROUNDS)]
    return min(slow for slow, _ in pairs) / min(fast for _, fast in pairs)


def loop():
    return [abs(number) for number in NEGATIVE]


@claim("CLASSIC31")
@cases(kind=(ThreadPoolExecutor, ProcessPoolExecutor))
@refuted(because="CPython and PyPy: to hand out a task takes longer than a tiny task itself")
def test_a_pool_is_faster_than_a_loop_for_tiny_tasks(kind, executors, evidence):
    """executor.map() of two workers is faster than a plain loop over the same tiny tasks.

    But each task has an overhead of some 10 (threads) to 100 microseconds (processes): a future, a
    queue, two switches, and for processes pickling and a pipe.  A pool pays where a task takes
    milliseconds: hand out fewer and larger tasks, with chunksize= (CLASSIC32).
    """
    context = {"mp_context": CHEAP} if kind is ProcessPoolExecutor else {}
    executor = executors(kind, 2, **context)
    control([*executor.map(abs, [-1, -2])] == [1, 2], "the workers are there")
    slower = times_slower(lambda: [*executor.map(abs, NEGATIVE)], loop)
    if 1 / SURELY < slower < SURELY:
        raise Inconclusive(f"the pool took {slower:.1f} times as long as the loop")
    evidence(the_loop_is_faster=f"{slower:.0f} times")
    assert slower < 1


@claim("CLASSIC32")
def test_chunks_make_a_process_pool_faster_for_tiny_tasks(executors, evidence):
    """A process pool does tiny tasks more than twice as fast with chunksize=100 as one by one.

    ProcessPoolExecutor.map() sends one task at a time unless it is told otherwise; Pool.map() makes
    four chunks for each worker.  The logic behind chunksize: a chunk is what a worker gets at once.
    Large chunks cost less to send; with small ones no worker is idle while another has much left.
    Threads ignore chunksize.
    """
    executor = executors(ProcessPoolExecutor, 2, mp_context=CHEAP)
    control([*executor.map(abs, [-1, -2])] == [1, 2], "the workers are there")
    slower = times_slower(
        lambda: [*executor.map(abs, NEGATIVE)],
        lambda: [*executor.map(abs, NEGATIVE, chunksize=100)],
    )
    if NO_DIFFERENCE < slower < SURELY:
        raise Inconclusive(f"one by one took {slower:.1f} times as long as chunks")
    evidence(one_by_one_is_slower=f"{slower:.1f} times")
    assert slower > SURELY
