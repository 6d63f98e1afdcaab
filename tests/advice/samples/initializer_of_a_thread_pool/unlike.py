from concurrent.futures import ThreadPoolExecutor


class Pool(ThreadPoolExecutor):
    def __init__(self, workers, initializer):
        super().__init__(workers, initializer=initializer)
        self.begun_by = initializer


print("ok" if Pool(1, initializer=int).begun_by is int else "no")
