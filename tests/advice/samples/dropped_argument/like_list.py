import multiprocessing


def work(queue):
    print("ok" if queue.empty() else "full")


class Workers:
    def __init__(self):
        self.children = []

    def begin(self):
        queues = [multiprocessing.Queue() for _ in range(1)]
        for number in range(1):
            child = multiprocessing.Process(target=work, args=(queues[number],))  # <-
            child.daemon = False
            child.start()
            self.children.append(child)


if __name__ == "__main__":
    workers = Workers()
    workers.begin()
    for child in workers.children:
        child.join()
