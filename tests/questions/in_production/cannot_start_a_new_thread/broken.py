import resource
import threading

resource.setrlimit(resource.RLIMIT_AS, (2 * 1024**3, 2 * 1024**3))
threading.stack_size(256 * 1024**2)
all_are_there = threading.Event()


def serve():
    all_are_there.wait()


threads = [threading.Thread(target=serve, daemon=True) for _ in range(100)]
for thread in threads:
    thread.start()
all_are_there.set()
print(len(threads), "requests were served")
