"""The ``speedup`` fixture: what two threads gain over doing the same in sequence, or do not.

Each round measures the same work in two processes (the control), in two threads, and in
sequence, once right before and once right after the threads, so that whatever slows the machine
down slows all of them.  The threads' part is timed and stored by pytest-benchmark.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Process
from threading import Thread
from typing import Any

import pytest

from tests.harness import interpreter
from tests.harness.channel import Reporter, Reports
from tests.harness.claims import claim_of
from tests.harness.processes import joined, started
from tests.harness.waiting import Inconclusive
from tests.plugins.ratios import LOOKS, Estimate, Samples

#: Seconds of work for one worker in one round.  Free-threaded 3.13 needs longer bursts to get
#: going: two threads reach 1.4 with 40 ms and 1.9 with 300 ms on two cores.
BURST = 0.03 if interpreter.gil_enabled() else 0.15

#: The share of a core that the sequential part must get for a round to count: below it,
#: something else was running, and thread and process do not suffer from that alike.
UNDISTURBED = 0.9

#: How even the CPU seconds of two processes must be for a round to count.  On a virtual machine a
#: core works at half its speed while another machine has its twin: two workers take as long as one.
#: Windows counts CPU seconds in ticks of 1/64 s, half a burst, which would show any two as uneven.
EVEN = 0.75 if interpreter.POSIX else 0.0

#: How often the processes work before a round is disturbed because they were never even.
TRIES = 10

#: A speed-up by two workers that is no noise (a GIL keeps it at 0.94 to 1.06, measured).
SPED_UP = 1.25

#: How many cores two processes must keep busy before the machine counts as having two to give.
#: Cores, not speed-up: a virtual machine's speed may halve for a moment, its CPU seconds less so.
#: Beside one busy process they get 1.33, and there threads, which take up to a quarter more CPU
#: seconds for the same work, would not reach SPED_UP even without a GIL: hence SPED_UP / 0.8.
TWO_CORES = 1.6

#: The share of the processes' speed-up that threads surely miss if something keeps them from
#: working side by side: a GIL leaves them half of it, and a quarter more CPU seconds 0.8 of it.
BEHIND = 0.75

#: The title of the table that pytest-benchmark shows of the ratio claims.
QUESTION = "How long do two threads take over the work of each ratio claim?"

Work = Callable[[int], object]


@dataclass(frozen=True)
class Spent:
    """What a part of a round took: wall seconds, and CPU seconds of all who worked.

    ``even`` is whether each worker took about as many of them as the other, for the same work.
    """

    wall: float
    cpu: float
    even: bool = True

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.wall + other.wall, self.cpu + other.cpu)

    @property
    def cores(self) -> float:
        """How many cores were at work, on average."""
        return self.cpu / self.wall


@dataclass(frozen=True)
class Gain:
    """What two threads gained and, in the same rounds, two processes; and the decision.

    ``cores`` is how many cores the processes kept busy: the control.
    """

    threads: Estimate
    processes: Estimate
    cores: Estimate
    more_than_one_core: bool


def serve(work: Work, steps: int, reporter: Reporter, core: int | None) -> None:
    """Do the work each time the test says so, and report the CPU seconds; runs in a child.

    With a core of its own the child need not wait until the scheduler has parted it from the
    other: both wake up on the core of whoever wakes them.
    """
    if core is not None:
        os.sched_setaffinity(0, {core})
    seconds = 0.0
    while True:
        reporter.hold(seconds)
        begin = time.process_time()
        work(steps)
        seconds = time.process_time() - begin


def calibrate(work: Work) -> int:
    """Return how many steps of the work take about one burst here."""
    steps = 1000
    while True:
        begin = time.perf_counter()
        work(steps)
        took = time.perf_counter() - begin
        if took >= BURST / 2:
            return max(1, int(steps * BURST / took))
        steps *= 2


class Speedup:
    """Measures two workers against one; see the module's text for how."""

    def __init__(self, benchmark: Any, claim: str) -> None:
        self._benchmark = benchmark
        self._benchmark.group = QUESTION
        self._again = f"run: pytest -n0 --claim {claim}"

    def in_time(self, work: Work) -> Gain:
        """Decide whether two threads do twice the work in surely less time than one after another.

        The figures are speed-ups: the time in sequence over the time with two workers.  Raises
        Inconclusive, with the figures, where the machine cannot decide.
        """
        return self._decide("speed-up", work, lambda alone, both: alone.wall / both.wall)

    def in_cores(self, work: Work) -> Gain:
        """Decide whether two threads keep surely more than one core busy.

        The figures are CPU seconds per second of wall time.  Raises as ``in_time`` does.
        """
        return self._decide("cores used", work, lambda _, both: both.cores)

    def _decide(self, what: str, work: Work, figure: Callable[[Spent, Spent], float]) -> Gain:
        if interpreter.usable_cores() < 2:
            raise Inconclusive(f"only one core is usable; with two, {self._again}")
        samples = Samples(SPED_UP, TWO_CORES, BEHIND)
        steps = calibrate(work)
        with two_processes(work, steps) as processes_work:
            parts: list[Spent] = []

            def before() -> None:
                if samples.finished():  # too many were disturbed: it is inconclusive
                    self._judge(what, samples)
                parts[:] = [evenly(processes_work), spent(lambda: work(steps))]

            def subject() -> None:
                parts.append(spent(lambda: joined(*started(thread(work, steps) for _ in range(2)))))

            def after() -> None:
                processes, first, threads = parts
                alone = first + spent(lambda: work(steps))
                disturbed = alone.cores < UNDISTURBED or not processes.even
                samples.add(
                    figure(alone, threads),
                    figure(alone, processes),
                    processes.cores,
                    disturbed=disturbed,
                )

            processes_work()  # a round to warm up, compilers included
            self._benchmark.pedantic(subject, setup=before, teardown=after, rounds=LOOKS[0])
            if self._benchmark.disabled:  # as under -n: that was one round, without its teardown
                after()
            while not samples.finished():
                before()
                subject()
                after()
        return self._judge(what, samples)

    def _judge(self, what: str, samples: Samples) -> Gain:
        side = samples.side()
        threads, processes = Estimate.of(samples.subject), Estimate.of(samples.peer)
        cores = Estimate.of(samples.control)
        self._benchmark.extra_info.update(
            figure=what,
            threads=repr(threads),
            processes=repr(processes),
            cores_used_by_processes=repr(cores),
            rounds=samples.rounds,
            disturbed_rounds=samples.disturbed,
        )
        if side == 0:
            raise Inconclusive(
                f"{what} by two threads {threads}, by two processes {processes}, which used "
                f"{cores} cores, in {samples.rounds} rounds, {samples.disturbed} of them disturbed "
                f"by other work; on a machine with two free cores, {self._again}"
            )
        return Gain(threads, processes, cores, more_than_one_core=side > 0)


def thread(work: Work, steps: int) -> Thread:
    """Return a thread that will do the work."""
    return Thread(target=work, args=(steps,))


def spent(action: Callable[[], object]) -> Spent:
    """Run the action and return what it took of this process's time."""
    begin, cpu = time.perf_counter(), time.process_time()
    action()
    return Spent(time.perf_counter() - begin, time.process_time() - cpu)


def evenly(processes_work: Callable[[], Spent]) -> Spent:
    """Let the processes work until each was as fast as the other, or has tried often enough."""
    for _ in range(TRIES):
        took = processes_work()
        if took.even:
            break
    return took


@contextmanager
def two_processes(work: Work, steps: int) -> Iterator[Callable[[], Spent]]:
    """Keep two processes ready to work; yield a function that lets both work and times them."""
    reports = Reports()
    cores = sorted(os.sched_getaffinity(0))[:2] if hasattr(os, "sched_getaffinity") else [None] * 2
    workers = [Process(target=serve, args=(work, steps, reports.reporter, c)) for c in cores]

    def work_once() -> Spent:
        begin = time.perf_counter()
        reports.release()
        cpu = reports.collect(len(workers))
        return Spent(time.perf_counter() - begin, sum(cpu), even=min(cpu) >= EVEN * max(cpu))

    try:
        started(workers)
        reports.collect(len(workers))  # both are ready, and hold
        yield work_once
    finally:
        for worker in workers:
            worker.kill()
        joined(*workers)
        reports.close()


@pytest.fixture
def speedup(request: pytest.FixtureRequest, benchmark: Any) -> Speedup:
    """Measures what two threads gain: ``speedup.in_time(work)``, ``speedup.in_cores(work)``."""
    claim = claim_of(request.function)
    return Speedup(benchmark, claim.id if claim else "?")
