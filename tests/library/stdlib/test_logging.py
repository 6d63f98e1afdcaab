"""logging beside threads: handlers' locks, queues of records, files that several processes write.

Source: https://docs.python.org/3/library/logging.handlers.html
"""

import logging
import logging.config
import logging.handlers
import multiprocessing
import queue
import threading

from tests.harness import (
    GRACE,
    PATIENCE,
    before,
    cases,
    claim,
    concerns,
    control,
    in_a_fork,
    joined,
    needs_fork,
    never,
    outcome,
    predicts,
    refuted,
    since,
)


class Keeping(logging.Handler):
    """Keeps its records, and the idents of the threads that bring them."""

    def __init__(self, level=logging.NOTSET):
        super().__init__(level)
        self.records, self.idents = [], []

    def emit(self, record):
        """Keep the record."""
        self.records.append(record)
        self.idents.append(threading.get_ident())


def logger_to(handler):
    """Return a logger that only this handler serves, and that nobody else knows."""
    logger = logging.Logger("own")
    logger.addHandler(handler)
    return logger


def configured_with(some):
    """Return the queue of a QueueHandler that dictConfig() has configured with this one."""
    handler = {"class": "logging.handlers.QueueHandler", "queue": some}
    name = "tests.of.queues"
    loggers = {name: {"handlers": ["queued"], "propagate": False}}
    config = {"version": 1, "handlers": {"queued": handler}, "loggers": loggers}
    try:
        logging.config.dictConfig({**config, "disable_existing_loggers": False})
        return logging.getLogger(name).handlers[0].queue
    finally:
        logging.getLogger(name).handlers.clear()


def got_from_configuring_with(some):
    """Return True if dictConfig() takes this queue, or the text of the error and its cause."""
    got = outcome(configured_with, some)
    if isinstance(got, ValueError):
        return f"ValueError: {got}, from {type(got.__cause__).__name__}: {got.__cause__}"
    return got is some


@claim("STDLIB08")
@predicts("H18")
@cases(kind={"queue.Queue": queue.Queue, "multiprocessing.Queue": multiprocessing.Queue})
@refuted(
    where=since("3.12.0") and before("3.12.2", "3.13.0"),
    because="3.12.0 and 3.12.1 want handlers for a listener too (gh-111615)",
)
def test_dict_config_takes_a_ready_queue(kind, evidence):
    """logging.config.dictConfig() configures a QueueHandler with a queue that is made already.

    3.12.0 and 3.12.1 refuse it: "ValueError: Unable to configure handler 'queued'", from
    "ValueError: No handlers specified for a QueueHandler".  3.12.4 starts two processes of managers
    to check it, which fail in children and at the end of a program (gh-119819); 3.12.5 does not.
    Instead: add the QueueHandler in Python.
    """
    some = kind()
    got = got_from_configuring_with(some)
    getattr(some, "close", int)()
    assert evidence(got=got) is True


@claim("STDLIB09")
@refuted(
    where=since("3.12.0") and before("3.12.8", "3.13.1"),
    because="up to 3.12.7 and 3.13.0 only queues with all methods of Queue pass (gh-124653)",
)
def test_dict_config_takes_a_simple_queue(evidence):
    """logging.config.dictConfig() configures a QueueHandler with a queue.SimpleQueue.

    It suits handlers: its put() is reentrant, but on PyPy.  3.12.0 to 3.12.7 and 3.13.0 refuse it:
    "ValueError: Unable to configure handler 'queued'".  Instead: a queue.Queue(-1).
    """
    assert evidence(got=got_from_configuring_with(queue.SimpleQueue())) is True


@claim("STDLIB10")
def test_a_slow_handler_makes_all_threads_wait(background, evidence):
    """While a handler writes one thread's record, every other thread that logs to it waits.

    Each handler has a lock, which keeps lines whole and makes logging thread-safe.  So a slow disk,
    socket or terminal stops all threads (contention), and an event loop with them.  Log through a
    QueueHandler: a QueueListener's thread does the waiting.
    """
    entered, may_go = threading.Event(), threading.Event()

    class Slow(Keeping):
        def emit(self, record):
            super().emit(record)
            entered.set()
            may_go.wait(PATIENCE)

    handler = Slow()
    logger = logger_to(handler)
    first = background(logger.error, "first")
    entered.wait(PATIENCE)
    second = background(logger.error, "second")
    waits = never(lambda: second.finished or len(handler.records) > 1, during=GRACE / 2)
    may_go.set()
    first.result()
    second.result()
    messages = [record.getMessage() for record in handler.records]
    assert evidence(waits=waits, messages=messages) == (True, ["first", "second"])


def through_a_queue(log, *handlers, **keywords):
    """Call log with a logger whose records reach the handlers through queue and listener."""
    records = queue.Queue()
    listener = logging.handlers.QueueListener(records, *handlers, **keywords)
    listener.start()
    log(logger_to(logging.handlers.QueueHandler(records)))
    listener.stop()


@claim("STDLIB11")
def test_a_listener_handles_all_records_in_a_thread_of_its_own(evidence):
    """QueueListener.stop() returns when its own thread has handled all records in the queue.

    Without stop() the last records may be lost: the thread is a daemon, and dies with the program.
    Call it in finally, or register it with atexit.
    """
    handler = Keeping()
    through_a_queue(lambda logger: [logger.error("number %d", n) for n in range(50)], handler)
    messages = [record.getMessage() for record in handler.records]
    assert evidence(last=messages[-1:], count=len(messages)) == (["number 49"], 50)
    assert len(set(handler.idents)) == 1
    assert threading.get_ident() not in handler.idents


@claim("STDLIB12")
@cases(respected={"by default": False, "respect_handler_level=True": True})
def test_a_listener_ignores_the_levels_of_its_handlers(respected, evidence):
    """A QueueListener gives its handlers records of every level, whatever setLevel() said.

    So a handler with setLevel(ERROR) suddenly writes DEBUG records.  Pass
    respect_handler_level=True, which is not the default.
    """
    handler = Keeping(logging.ERROR)
    keywords = {"respect_handler_level": True} if respected else {}
    through_a_queue(lambda logger: logger.debug("detail"), handler, **keywords)
    messages = [record.getMessage() for record in handler.records]
    assert evidence(messages=messages) == ([] if respected else ["detail"])


@claim("STDLIB13")
def test_a_queue_handler_turns_exceptions_into_text(evidence):
    """Behind a QueueHandler a record has no exc_info and no args: the traceback is in its message.

    A QueueHandler prepares records to be pickled.  So handlers behind it that look at exc_info
    (Sentry's, a JSON formatter) see no exception.  Override prepare(), if all stay in a process.
    """

    def log(logger):
        try:
            raise KeyError("lost")
        except KeyError:
            logger.exception("failed %s times", 3)

    handler = Keeping()
    through_a_queue(log, handler)
    (record,) = handler.records
    assert evidence(exc_info=record.exc_info, args=record.args) == (None, None)
    message = evidence(message=record.getMessage())
    assert message.startswith("failed 3 times\nTraceback")
    assert "KeyError: 'lost'" in message


@claim("STDLIB14")
@refuted(
    where=before("3.13.0"),
    because="stop() may be called again since 3.13 (gh-114706)",
    by="AttributeError: 'NoneType' object has no attribute 'join'",
)
def test_a_listener_may_be_stopped_twice(evidence):
    """QueueListener.stop() of a listener that does not run does nothing.

    Before 3.13: "AttributeError: 'NoneType' object has no attribute 'join'", often at the end of a
    program that stops it both itself and by atexit.
    """
    listener = logging.handlers.QueueListener(queue.Queue())
    listener.start()
    listener.stop()
    try:
        listener.stop()
    except AttributeError as error:
        evidence(raised=error)
        raise


@claim("STDLIB15")
@refuted(
    where=before("3.13.4", "3.14.0"),
    because="start() of a started listener is refused since 3.13.4 (gh-132106)",
)
def test_a_listener_cannot_be_started_twice(evidence):
    """QueueListener.start() of a listener that runs raises RuntimeError.

    "RuntimeError: Listener already started".  Before 3.13.4 it starts a second thread: records
    change their order, stop() ends one thread of the two, and which one is a race: it may hang.
    """
    threading.current_thread()  # this thread may be unknown to threading up to now
    records, others = queue.Queue(), threading.enumerate()
    listener = logging.handlers.QueueListener(records)
    listener.start()
    got = outcome(listener.start)
    threads = [thread for thread in threading.enumerate() if thread not in others]
    for _ in threads:
        listener.enqueue_sentinel()
    joined(*threads)
    assert evidence(again=repr(got)) == "RuntimeError('Listener already started')"


def files_after_a_rotation():
    """Let a forked child rotate a log, then log here; return the files' texts."""
    handler = logging.handlers.RotatingFileHandler("app.log", backupCount=1)
    logger = logger_to(handler)
    logger.error("before")
    in_a_fork(handler.doRollover)
    logger.error("after")
    handler.close()
    texts = []
    for name in ("app.log", "app.log.1"):
        with open(name) as file:
            texts.append(file.read().split())
    return texts


@claim("STDLIB16")
@needs_fork
def test_a_process_goes_on_with_the_file_that_another_has_rotated(programs, evidence):
    """After one process has rotated a log, another process goes on writing into the old file.

    RotatingFileHandler renames the file; the other process still has it open under its new name.
    So records of a web server's workers turn up in app.log.1, or are lost when that is deleted.
    How should I log while using multiprocessing?  Logging from several processes to one file, and
    safely writing to a file at all, needs one process that writes; the others send their records to
    it (QueueHandler, QueueListener).  Or rotate by logrotate with a WatchedFileHandler.
    """
    new, old = programs.call(files_after_a_rotation)
    assert evidence(new=new, old=old) == ([], ["before", "after"])


#: What every record had up to 3.11.
ATTRIBUTES = set(
    "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno"
    " funcName created msecs relativeCreated thread threadName processName process".split()
)


@claim("STDLIB52")
@predicts("N50")
@refuted(
    where=since("3.12.0"), because="3.12 added taskName, the name of asyncio's task (gh-91513)"
)
def test_a_record_has_nothing_but_the_known_and_the_extra(evidence):
    """A LogRecord has the twenty attributes that all formatters know, and those of extra=.

    Since 3.12 it has taskName as well, the name of the asyncio task: formatters that print what
    they do not know, for JSON, print "taskName": null.  Instead: subtract the names in
    vars(logging.makeLogRecord({})) from those in vars(record).
    """
    record = logging.Logger("own").makeRecord(
        "own", logging.INFO, __file__, 1, "", (), None, extra={"order": 7}
    )
    control({*ATTRIBUTES, "order"} <= set(vars(record)), "these are always there")
    assert evidence(others=sorted(set(vars(record)) - ATTRIBUTES)) == ["order"]


class Unlocked(Keeping):
    """A handler that needs no lock."""

    def createLock(self):  # noqa: N802
        """Make none."""
        self.lock = None


@claim("STDLIB53")
@predicts("N51")
@concerns("handler without a lock")
@refuted(
    where=since("3.13.0"),
    because="3.13 enters the handler's lock by a with statement (gh-109461)",
    by="TypeError: 'NoneType' object does not support the",
)
def test_a_handler_needs_no_lock(evidence):
    """A logging.Handler whose createLock() makes none, lock = None, handles records.

    Handlers do that which are thread-safe without, or must not block.  Since 3.13 each record is a
    "TypeError: 'NoneType' object does not support the context manager protocol" (3.13).  Instead:
    leave createLock() alone; contextlib.nullcontext() will not do, as logging also calls acquire()
    and release(), at the latest at its end.
    """
    handler = Unlocked()
    logger_to(handler).warning("a record")
    assert evidence(records=len(handler.records)) == 1


class Once(Keeping):
    """A handler that removes itself from its logger when it has a record, perhaps by a thread."""

    def __init__(self, logger, call):
        super().__init__()
        self.logger, self.call = logger, call

    def emit(self, record):
        """Keep the record, and leave the logger."""
        super().emit(record)
        self.call(self.logger.removeHandler, self)


@claim("STDLIB55")
@predicts("N102")
@cases(by=("the handler itself", "another thread"))
@refuted(
    where=before("3.13.15", "3.14.7", "3.15.0rc1"),
    because="removeHandler() changed the list that the logger goes through (gh-79366)",
)
def test_a_record_reaches_all_handlers_though_one_is_removed(by, background, evidence):
    """If a handler is removed while it handles a record, the next handler gets the record, too.

    Before 3.13.15, 3.14.7 and 3.15 the logger skips the next handler: the record is missing in its
    file, without a message.  Handlers do this that wait for a first record; so do tests and web
    servers that remove a handler while another thread logs, a race condition.  Instead: replace the
    list, logger.handlers = [one for one in logger.handlers if one is not handler].
    """
    logger, last = logging.Logger("own"), Keeping()

    def in_a_thread(function, *arguments):
        background(function, *arguments).result()

    alone = by == "the handler itself"
    first = Once(logger, outcome if alone else in_a_thread)
    logger.addHandler(first)
    logger.addHandler(last)
    logger.error("a record")
    control((len(first.records), logger.handlers) == (1, [last]), "the first must be removed")
    assert evidence(records_of_the_last=len(last.records)) == 1


#: Whether loggers are disabled while a handler handles a record in the same thread.
DISABLED_MEANWHILE = (since("3.13.4") and before("3.13.6", "3.14.0")) or (
    since("3.14.0b2") and before("3.14.0b4", "3.15.0")
)


@claim("STDLIB58")
@predicts("N106")
@cases(to=("its own logger", "another logger"))
@refuted(
    where=DISABLED_MEANWHILE,
    because="3.13.4 and 3.13.5 disable all loggers of a thread that handles a record (gh-91555)",
)
def test_what_a_handler_logs_is_handled(to, evidence):
    """What a handler logs while it handles a record reaches handlers: nothing is dropped.

    So a handler that logs to its own logger must know when to stop: RecursionError, "maximum
    recursion depth exceeded", or a deadlock.  3.13.4 and 3.13.5, and betas of 3.14, drop in silence
    what a thread logs meanwhile, to whatever logger, also warnings of a library that the handler
    calls (gh-91555).  Instead: upgrade, or log through a QueueHandler.
    """
    kept = Keeping()

    class Telling(Keeping):
        def emit(self, record):
            super().emit(record)
            if len(self.records) == 1:
                other = logger_to(kept)
                (logger if to == "its own logger" else other).warning("of the handler")

    handler = Telling()
    logger = logger_to(handler)
    logger.warning("first")
    messages = [record.getMessage() for record in handler.records + kept.records]
    assert evidence(messages=messages) == ["first", "of the handler"]


CLOSED_STREAM = """
import contextlib, logging, os, threading

with open(os.devnull, "w") as file, contextlib.redirect_stderr(file):
    logging.basicConfig()

thread = threading.Thread(target=logging.warning, args=("of a thread",))
thread.start()
thread.join()
print("the end")
"""


@claim("STDLIB71")
@predicts("N166")
def test_a_handler_keeps_the_stream_of_its_making(programs, evidence):
    """A StreamHandler writes to what sys.stderr was when it was made, even if that is closed.

    "--- Logging error ---" and "ValueError: I/O operation on closed file" are printed; the record
    is lost, and the program goes on.  pytest gives each test another sys.stderr and sys.stdout, and
    closes them: a thread, an atexit handler or a child logs later by the handler that a test, or
    an import during it, has made.  Instead: end threads in the test that has started them, remove
    the handler there, or set logging up before the stream is replaced.
    """
    program = programs.run(CLOSED_STREAM)
    control(program.lines == ["the end"], f"the program goes on: {program}")
    lines = program.err.splitlines()
    errors = [line.rstrip(".") for line in lines if line.startswith("ValueError")]
    assert evidence(first=lines[:1]) == ["--- Logging error ---"]
    assert evidence(error=errors) == ["ValueError: I/O operation on closed file"]
