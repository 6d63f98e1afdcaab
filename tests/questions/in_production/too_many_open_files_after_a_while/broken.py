import resource
from multiprocessing import Queue

resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
queues = []
for number in range(30):
    queue = Queue()
    queue.put(number)
    queues.append(queue)
print(sum(queue.get() for queue in queues))
