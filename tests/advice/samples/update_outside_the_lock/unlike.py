import threading


class Counter:
    def __init__(self):
        self.lock = threading.Lock()
        self.count = 0

    def up(self):
        with self.lock:
            self.count += 1

    def down(self):
        with self.lock:
            self._down()

    def _down(self):
        self.count -= 1


counter = Counter()
counter.up()
counter.down()
print("ok" if counter.count == 0 else "no")
