import threading


class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        self.my_context = "ok"

    def run(self):
        print(self.my_context)


worker = Worker()
worker.start()
worker.join()
