"""A readers-writer lock, as textbooks have it, made of a Condition."""

import threading
from contextlib import contextmanager

from tests.harness import PATIENCE, control


class ReadersAndWriters:
    """Lets any number of readers in together, or one writer alone.

    With ``writers_first`` a reader who comes while a writer waits has to wait as well.
    """

    def __init__(self, *, writers_first=False):
        self._condition, self._writers_first = threading.Condition(), writers_first
        self.readers = self.writers = self.waiting_writers = 0

    def _free_for_a_reader(self):
        return not self.writers and not (self._writers_first and self.waiting_writers)

    def start_reading(self, *, wait=True):
        """Let a reader in; without waiting, return whether it came in."""
        with self._condition:
            if not wait and not self._free_for_a_reader():
                return False
            control(self._condition.wait_for(self._free_for_a_reader, PATIENCE), "nobody left")
            self.readers += 1
            return True

    def stop_reading(self):
        """Let a reader out."""
        with self._condition:
            self.readers -= 1
            self._condition.notify_all()

    @contextmanager
    def reading(self):
        """Be a reader for the time of a block."""
        self.start_reading()
        try:
            yield
        finally:
            self.stop_reading()

    @contextmanager
    def writing(self):
        """Be the only one, a writer, for the time of a block."""
        with self._condition:
            self.waiting_writers += 1
            nobody = self._condition.wait_for(lambda: not self.readers + self.writers, PATIENCE)
            self.waiting_writers -= 1
            control(nobody, "somebody never left")
            self.writers += 1
        try:
            yield
        finally:
            with self._condition:
                self.writers -= 1
                self._condition.notify_all()
