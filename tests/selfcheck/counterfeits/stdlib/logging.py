"""Counterfeits for the claims of library/stdlib/test_logging.py."""

from .. import counterfeit
from ..facts import FORK, VERSION
from ..patching import patch


def configuring_queue_handlers(change):
    """Change how dictConfig() makes a QueueHandler; the function gets its queue."""

    def configure(old):
        def look(self, config):
            if "queue" in config:
                change(config["queue"])
            return old(self, config)

        return look

    patch("logging.config.DictConfigurator", configure_handler=configure)


REFUSES = (3, 12) <= VERSION < (3, 12, 2)


@counterfeit("STDLIB08", where=not REFUSES)
def dict_config_refuses_queues():
    """dictConfig() refuses a ready queue.Queue and multiprocessing.Queue."""

    def refuse(queue):
        if hasattr(queue, "qsize") and hasattr(queue, "full"):
            raise ValueError("Unable to configure handler 'queued'")

    configuring_queue_handlers(refuse)


@counterfeit("STDLIB09", where=not ((3, 12) <= VERSION < (3, 12, 8) or VERSION == (3, 13, 0)))
def dict_config_refuses_simple_queues():
    """dictConfig() refuses a queue.SimpleQueue."""

    def refuse(queue):
        if not hasattr(queue, "full"):
            raise ValueError("Unable to configure handler 'queued'")

    configuring_queue_handlers(refuse)


@counterfeit("STDLIB09", where=(3, 12) <= VERSION < (3, 12, 8) or VERSION == (3, 13, 0))
def dict_config_takes_simple_queues():
    """dictConfig() takes a queue.SimpleQueue, as from 3.12.8 and 3.13.1 on."""

    def configure(old):
        def accept(self, config):
            if not isinstance(config.get("queue", ""), (str, dict)):
                ready = config["queue"]
                config["queue"] = {"()": lambda: ready}
            return old(self, config)

        return accept

    patch("logging.config.DictConfigurator", configure_handler=configure)


class _NoLock:
    def acquire(self):
        return True

    def release(self):
        pass

    def __enter__(self):
        return True

    def __exit__(self, *_):
        pass

    def _at_fork_reinit(self):
        pass


@counterfeit("STDLIB10")
def handlers_have_no_lock():
    """The lock of a handler keeps no thread out."""

    def change(_):
        def no_lock(self):
            self.lock = _NoLock()

        return no_lock

    patch("logging.Handler", createLock=change)


@counterfeit("STDLIB11")
def a_listener_has_no_thread():
    """QueueListener.stop() handles the records itself, and all but the last."""

    def change(_):
        def stop(self):
            while self.queue.qsize() > 1:
                self.handle(self.queue.get())

        return stop

    patch("logging.handlers.QueueListener", start=lambda _: lambda self: None, stop=change)


@counterfeit("STDLIB12")
def a_listener_respects_levels():
    """A QueueListener respects the levels of its handlers by default."""

    def change(init):
        def respect(self, queue, *handlers, respect_handler_level=True):
            init(self, queue, *handlers, respect_handler_level=respect_handler_level)

        return respect

    patch("logging.handlers.QueueListener", __init__=change)


@counterfeit("STDLIB13")
def a_queue_handler_leaves_records_alone():
    """A QueueHandler puts records into the queue as they are."""
    patch("logging.handlers.QueueHandler", prepare=lambda _: lambda self, record: record)


@counterfeit("STDLIB14", where=VERSION < (3, 13))
def a_listener_may_stop_again():
    """QueueListener.stop() does nothing if it does not run."""
    patch(
        "logging.handlers.QueueListener",
        stop=lambda stop: lambda self: stop(self) if self._thread else None,
    )


@counterfeit("STDLIB14", where=VERSION >= (3, 13))
def a_listener_stops_once():
    """QueueListener.stop() of a listener that does not run raises AttributeError."""

    def change(stop):
        def once(self):
            self._thread.join  # noqa: B018 - None has none
            stop(self)

        return once

    patch("logging.handlers.QueueListener", stop=change)


def _starts_of_a_listener(again):
    def change(start):
        return lambda self: again(self) if self._thread else start(self)

    patch("logging.handlers.QueueListener", start=change)


STARTS_ONCE = VERSION >= (3, 13, 4)


@counterfeit("STDLIB15", where=STARTS_ONCE)
def a_second_start_of_a_listener_is_ignored():
    """QueueListener.start() of a listener that runs does nothing."""
    _starts_of_a_listener(lambda self: None)


@counterfeit("STDLIB15", where=not STARTS_ONCE)
def a_second_start_of_a_listener_is_refused():
    """QueueListener.start() of a listener that runs raises RuntimeError."""

    def refuse(_):
        raise RuntimeError("Listener already started")

    _starts_of_a_listener(refuse)


@counterfeit("STDLIB16", where=FORK)
def file_handlers_open_the_file_for_each_record():
    """A FileHandler opens its file anew for each record, so it finds the one with the name."""

    def change(emit):
        def reopen(self, record):
            if self.stream:
                self.stream.close()
            self.stream = self._open()
            emit(self, record)

        return reopen

    patch("logging.FileHandler", emit=change)


@counterfeit("STDLIB52")
def a_record_has_a_task_name_the_other_way():
    """A LogRecord has taskName up to 3.11, and has not from 3.12."""

    def change(init):
        def init_the_other_way(self, *arguments, **keywords):
            init(self, *arguments, **keywords)
            if VERSION < (3, 12):
                self.taskName = None
            else:
                del self.taskName

        return init_the_other_way

    patch("logging.LogRecord", __init__=change)


@counterfeit("STDLIB53")
def a_handler_needs_a_lock_the_other_way():
    """A handler whose lock is None raises TypeError up to 3.12, and handles from 3.13."""

    def change(handle):
        def handle_the_other_way(self, record):
            if self.lock is None:
                if VERSION < (3, 13):
                    raise TypeError("'NoneType' object does not support the protocol")
                return self.emit(record)
            return handle(self, record)

        return handle_the_other_way

    patch("logging.Handler", handle=change)


#: Whether removeHandler() replaces the list of handlers.
REPLACES = VERSION >= (3, 14, 7) or (3, 13, 15) <= VERSION < (3, 14)


@counterfeit("STDLIB55")
def handlers_are_removed_the_other_way():
    """removeHandler() replaces the list of handlers where it changed it, or vice versa."""

    def change(_):
        def remove(self, handler):
            if handler not in self.handlers:
                return
            if REPLACES:
                self.handlers.remove(handler)
            else:
                self.handlers = [one for one in self.handlers if one is not handler]

        return remove

    patch("logging.Logger", removeHandler=change)


#: Whether loggers are disabled while the thread handles a record.
DISABLED = (3, 13, 4) <= VERSION < (3, 13, 6)


@counterfeit("STDLIB58", where=not DISABLED)
def loggers_are_disabled_meanwhile():
    """What a thread logs while it handles a record is dropped."""
    import threading

    handling = threading.local()

    def change(handle):
        def handle_first(self, record):
            if not getattr(handling, "now", False):
                handling.now = True
                try:
                    handle(self, record)
                finally:
                    handling.now = False

        return handle_first

    patch("logging.Logger", handle=change)


@counterfeit("STDLIB58", where=DISABLED)
def loggers_are_never_disabled():
    """What a thread logs while it handles a record is handled."""

    def change(handle):
        def handle_always(self, record):
            self._tls.in_progress = False
            handle(self, record)

        return handle_always

    patch(
        "logging.Logger",
        handle=change,
        _is_disabled=lambda _: lambda self: self.disabled,
    )


@counterfeit("STDLIB71")
def handlers_look_for_another_stream():
    """A StreamHandler whose stream is closed writes to the present sys.stderr."""
    import sys

    def change(emit):
        def emit_to_an_open_stream(self, record):
            if self.stream.closed:
                self.stream = sys.stderr
            emit(self, record)

        return emit_to_an_open_stream

    patch("logging.StreamHandler", emit=change)
