"""Counterfeits for the claims of notes/test_3_the_counter_example.py."""

from .. import counterfeit


@counterfeit("3.11")
def perf_counter_steps_back():
    """time.perf_counter() is now and then a second back."""
    import functools
    import itertools
    import time

    now, calls = time.perf_counter, itertools.count(1)

    @functools.wraps(now)  # pytest-benchmark looks its timer up by name
    def perf_counter():
        return now() - (next(calls) % 1000 == 0)

    time.perf_counter = perf_counter


@counterfeit("3.11")
def perf_counter_is_the_wall_clock():
    """time.perf_counter() is time.time(), which may be set back."""
    import time

    describe = time.get_clock_info
    time.perf_counter = time.time
    time.get_clock_info = lambda name: describe("time" if name == "perf_counter" else name)


@counterfeit("3.01", "3.02")
def join_does_not_wait():
    """Thread.join() returns at once, while the thread still runs."""
    import threading

    threading.Thread.join = lambda self, timeout=None: None


@counterfeit("3.01", "3.02")
def join_gives_up():
    """Thread.join() returns after a hundredth of a second, whatever the thread does."""
    import threading

    join = threading.Thread.join
    threading.Thread.join = lambda self, timeout=None: join(self, 0.01)


@counterfeit("3.07", "4.07")
def start_waits_for_the_end():
    """Thread.start() joins the thread, so that threads run one after the other."""
    import threading

    start = threading.Thread.start

    def start_and_join(self):
        start(self)
        self.join(10)

    threading.Thread.start = start_and_join


@counterfeit("3.03")
def a_thread_starts_when_it_is_made():
    """Thread(...) starts the thread already, and start() does nothing."""
    import threading

    make, start = threading.Thread.__init__, threading.Thread.start

    def make_and_start(self, *arguments, **keywords):
        make(self, *arguments, **keywords)
        if type(self) is threading.Thread:
            start(self)

    threading.Thread.__init__ = make_and_start
    threading.Thread.start = lambda self: None if type(self) is threading.Thread else start(self)


@counterfeit("3.03", "3.07", "4.07")
def start_runs_the_target_in_the_caller():
    """Thread.start() calls run() in the calling thread."""
    import threading

    threading.Thread.start = lambda self: self.run()
    threading.Thread.join = lambda self, timeout=None: None
    threading.Thread.is_alive = lambda self: False


@counterfeit("3.04")
def one_of_two_threads_loses_a_step():
    """The second of two threads to end has counted one step less than it was to count."""
    import threading

    run = threading.Thread.run

    def run_and_lose(self):
        target = self._target
        run(self)
        for cell in getattr(target, "__closure__", None) or ():
            if type(cell.cell_contents) is list and cell.cell_contents[1:] == [1000]:
                cell.cell_contents[1] -= 1

    threading.Thread.run = run_and_lose


@counterfeit("3.05")
def join_returns_the_result():
    """Thread.join() returns what the target returned."""
    import threading

    def run(self):
        self._result = self._target(*self._args, **self._kwargs) if self._target else None

    join = threading.Thread.join

    def join_and_fetch(self, timeout=None):
        join(self, timeout)
        return self.__dict__.pop("_result", None)

    threading.Thread.run, threading.Thread.join = run, join_and_fetch


@counterfeit("3.05")
def a_thread_keeps_its_result():
    """A thread holds on to what its target returned, in an attribute."""
    import threading

    def run(self):
        self.result = self._target(*self._args, **self._kwargs) if self._target else None

    threading.Thread.run = run


@counterfeit("3.03", "3.05", "3.10")
def the_target_runs_twice():
    """A thread calls its target a second time."""
    import threading

    def run(self):
        if self._target:
            self._target(*self._args, **self._kwargs)
            self._target(*self._args, **self._kwargs)

    threading.Thread.run = run


@counterfeit("3.02", "3.07", "4.07")
def the_target_does_not_run():
    """A thread starts and ends, but never calls its target."""
    import threading

    threading.Thread.run = lambda self: None


@counterfeit("3.10")
def a_thread_runs_the_program_anew():
    """A thread runs the main program from the top first, as a spawned process does."""
    import runpy
    import sys
    import threading

    run = threading.Thread.run
    busy = []

    def run_program_first(self):
        if not busy and sys.argv[0].endswith("program.py"):
            busy.append(True)
            runpy.run_path(sys.argv[0], run_name="__mp_main__")
            busy.clear()
        run(self)

    threading.Thread.run = run_program_first


@counterfeit("3.06", "3.10")
def a_thread_announces_its_end():
    """A thread prints its name when it has ended."""
    import threading

    run = threading.Thread.run

    def run_and_print(self):
        run(self)
        print(self.name)

    threading.Thread.run = run_and_print
