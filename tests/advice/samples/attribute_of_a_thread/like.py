import threading


class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        self._context = "ok"  # <-

    def run(self):
        print(self._context)


worker = Worker()
worker.start()
worker.join()
