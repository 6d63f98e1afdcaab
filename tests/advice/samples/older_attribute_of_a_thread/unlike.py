import threading


class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        self.state_lock = threading.Lock()
        self._tstate_lock = None

    def run(self):
        with self.state_lock:
            print("ok")


worker = Worker()
worker.start()
worker.join()
