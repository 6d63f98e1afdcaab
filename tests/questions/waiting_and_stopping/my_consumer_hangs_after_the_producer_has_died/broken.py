from multiprocessing import Process, Queue


def produce(pages):
    pages.put("one")
    raise ConnectionError("the site is down")


if __name__ == "__main__":
    pages = Queue()
    producer = Process(target=produce, args=(pages,))
    producer.start()
    while True:
        print("saved:", pages.get())
