import resource
from multiprocessing import Queue

resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
queue = Queue()
for number in range(30):
    queue.put(number)
print(sum(queue.get() for _ in range(30)))
