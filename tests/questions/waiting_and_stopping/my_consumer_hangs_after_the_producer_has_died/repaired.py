import queue
from multiprocessing import Process, Queue


def produce(pages):
    pages.put("one")
    raise ConnectionError("the site is down")


if __name__ == "__main__":
    pages = Queue()
    producer = Process(target=produce, args=(pages,))
    producer.start()
    while True:
        alive = producer.is_alive()  # first this, then get(): the last page may come meanwhile
        try:
            print("saved:", pages.get(timeout=0.2))
        except queue.Empty:
            if not alive:
                break
    print("exit code of the producer:", producer.exitcode)
