"""Counterfeits for the claims of library/atomicity/test_containers.py."""

from .. import counterfeit

#: Everything that threads do to one thing.
RACES = """
    AT01 AT02 AT03 AT04 AT05 AT06 AT07 AT08 AT09 AT10 AT11 AT12 AT13 AT15 AT16 AT17 AT21 AT22 AT24
    AT25 AT26 AT27 AT28 AT29 AT31 AT32 AT33 AT34 AT35 AT38 AT39 AT40 AT47 AT49 X31 Z17
""".split()


@counterfeit(*RACES)
def threads_end_without_running():
    """A Thread starts and ends, and never calls its target."""
    import threading

    threading.Thread.run = lambda self: None


@counterfeit("AT01", "AT02", "AT09", "AT21", "AT22", "AT24", "AT27", "AT29", "AT31")
def every_thread_gets_the_arguments_of_the_first():
    """A Thread whose argument is a number gets 0 instead."""
    import threading

    run = threading.Thread.run

    def first(self):
        if self._args and type(self._args[0]) is int:
            self._args = (0,)
        run(self)

    threading.Thread.run = first


@counterfeit("AT01", "AT08", "AT13", "AT22", "AT29")
def threads_do_their_work_twice():
    """A Thread calls its target twice."""
    import threading

    run = threading.Thread.run

    def twice(self):
        target, args, kwargs = self._target, self._args, self._kwargs
        run(self)
        self._target, self._args, self._kwargs = target, args, kwargs
        run(self)

    threading.Thread.run = twice


@counterfeit("AT30", "AT36")
def events_are_never_waited_for():
    """Event.wait() returns False at once."""
    import threading

    threading.Event.wait = lambda self, timeout=None: False
