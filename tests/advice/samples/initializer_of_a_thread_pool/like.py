from concurrent.futures import ThreadPoolExecutor


class Pool(ThreadPoolExecutor):
    def begun_by(self):
        return self._initializer  # <-


print("ok" if Pool(1, initializer=int).begun_by() is int else "no")
