import multiprocessing


def work(lock, queue):
    with lock:
        queue.put("ok")


def begin(queue):
    lock = multiprocessing.Lock()
    child = multiprocessing.Process(target=work, args=(lock, queue))
    child.start()
    return child, lock


def wait(queue):
    lock = multiprocessing.Lock()
    child = multiprocessing.Process(target=work, args=(lock, queue))
    child.start()
    child.join()


def main():
    queue = multiprocessing.Queue()
    child, lock = begin(queue)
    child.join()
    wait(queue)
    if queue.get() == queue.get():
        print("ok")


if __name__ == "__main__":
    main()
