import resource
import threading
from concurrent.futures import ThreadPoolExecutor

resource.setrlimit(resource.RLIMIT_AS, (2 * 1024**3, 2 * 1024**3))
threading.stack_size(256 * 1024**2)


def serve(number):
    return number


with ThreadPoolExecutor(3) as pool:
    answers = list(pool.map(serve, range(100)))
print(len(answers), "requests were served")
