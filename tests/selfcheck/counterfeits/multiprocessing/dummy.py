"""Counterfeits for the claims of library/multiprocessing/test_dummy.py."""

from .. import counterfeit


@counterfeit("DUMMY01")
def a_dummy_process_has_no_exit_code():
    """dummy.Process.exitcode is None, always."""
    from multiprocessing import dummy

    dummy.DummyProcess.exitcode = property(lambda self: None)


@counterfeit("DUMMY01")
def a_dummy_process_can_be_terminated():
    """dummy.Process has a terminate(), which does nothing."""
    from multiprocessing import dummy

    dummy.DummyProcess.terminate = lambda self: None


@counterfeit("DUMMY02")
def locks_of_dummy_may_be_released_twice():
    """dummy.BoundedSemaphore is no BoundedSemaphore."""
    import threading
    from multiprocessing import dummy

    dummy.BoundedSemaphore = threading.Semaphore


@counterfeit("DUMMY02")
def queues_of_dummy_do_not_wait():
    """dummy's queues forget their tasks: join() returns at once."""
    import queue
    from multiprocessing import dummy

    class Queue(queue.Queue):
        """A queue whose join() does not wait."""

        def join(self):
            """Return at once."""

    dummy.Queue = dummy.JoinableQueue = Queue


@counterfeit("DUMMY03")
def a_pipe_of_dummy_copies():
    """A connection of dummy sends a copy."""
    import copy
    from multiprocessing.dummy import connection

    make = connection.Connection.__init__

    def make_copying(self, *ends):
        make(self, *ends)
        self.send = lambda item: self._out.put(copy.copy(item))

    connection.Connection.__init__ = make_copying


@counterfeit("DUMMY03")
def poll_of_dummy_is_always_true():
    """A connection of dummy seems to have something to read."""
    from multiprocessing.dummy import connection

    connection.Connection.poll = lambda self, timeout=0.0: True


@counterfeit("DUMMY03")
def poll_of_dummy_does_not_wait():
    """poll(timeout) of a connection of dummy returns at once."""
    from multiprocessing.dummy import connection

    connection.Connection.poll = lambda self, timeout=0.0: not self._in.empty()


@counterfeit("DUMMY04")
def the_manager_of_dummy_is_an_object():
    """dummy.Manager() is a namespace with the module's functions."""
    import types
    from multiprocessing import dummy

    dummy.Manager = lambda: types.SimpleNamespace(**vars(dummy))


@counterfeit("DUMMY05")
def the_pool_of_dummy_forgets_its_initializer():
    """dummy.Pool() does not call its initializer."""
    from multiprocessing import dummy, pool

    dummy.Pool = lambda processes=None, initializer=None, initargs=(): pool.ThreadPool(processes)


@counterfeit("DUMMY05")
def the_pool_of_dummy_is_too_small():
    """dummy.Pool(n) has n - 1 threads."""
    from multiprocessing import dummy, pool

    dummy.Pool = lambda processes, *others: pool.ThreadPool(processes - 1, *others)


@counterfeit("DUMMY06")
def the_current_process_of_dummy_is_the_main_thread():
    """dummy.current_process() is the main thread."""
    import threading
    from multiprocessing import dummy

    dummy.current_process = threading.main_thread


@counterfeit("DUMMY07")
def active_children_of_dummy_has_all_that_were_started():
    """dummy.active_children() lists processes that have ended too."""
    from multiprocessing import dummy

    dummy.active_children = lambda: list(dummy.current_process()._children)


@counterfeit("DUMMY08")
def a_dummy_process_that_fails_says_so():
    """dummy.Process.exitcode is 1 after an exception."""
    from multiprocessing import dummy

    run, ask = dummy.DummyProcess.run, dummy.DummyProcess.exitcode.fget

    def run_and_note(self):
        self._failed = True
        run(self)
        self._failed = False

    dummy.DummyProcess.run = run_and_note
    dummy.DummyProcess.exitcode = property(
        lambda self: int(self._failed) if ask(self) == 0 else ask(self)
    )


@counterfeit("DUMMY09")
def a_dummy_process_takes_daemon():
    """dummy.Process takes the parameter daemon."""
    from multiprocessing import dummy

    make = dummy.DummyProcess.__init__

    def make_with_daemon(self, *arguments, daemon=None, **keywords):
        make(self, *arguments, **keywords)
        if daemon is not None:
            self.daemon = daemon

    dummy.DummyProcess.__init__ = make_with_daemon


@counterfeit("DUMMY10")
def every_thread_has_children():
    """dummy.active_children() works in any thread."""
    from multiprocessing import dummy

    ask = dummy.active_children
    dummy.active_children = lambda: ask() if hasattr(dummy.current_process(), "_children") else []


@counterfeit("DUMMY11")
def freeze_support_of_dummy_returns_something():
    """dummy.freeze_support() returns False."""
    from multiprocessing import dummy

    dummy.freeze_support = lambda: False


@counterfeit("DUMMY12")
def any_thread_may_start_a_dummy_process():
    """A dummy process may be started by any thread."""
    import threading
    from multiprocessing import dummy

    def start(self):
        self._start_called = True
        threading.Thread.start(self)

    dummy.DummyProcess.start = start


@counterfeit("DUMMY13")
def dummy_has_all_names():
    """multiprocessing.dummy has every name of multiprocessing."""
    import multiprocessing
    from multiprocessing import dummy

    for name in multiprocessing.__all__:
        if not hasattr(dummy, name):
            setattr(dummy, name, getattr(multiprocessing, name))


@counterfeit("DUMMY14")
def a_listener_of_dummy_has_a_wrong_address():
    """Nobody listens at the address of a listener of dummy."""
    import queue
    from multiprocessing.dummy import connection

    connection.Listener.address = property(lambda self: queue.Queue())
