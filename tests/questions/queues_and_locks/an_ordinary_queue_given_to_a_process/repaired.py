from multiprocessing import Process, Queue


def write(letters):
    letters.put("a")


if __name__ == "__main__":
    letters = Queue()
    process = Process(target=write, args=(letters,))
    process.start()
    print(letters.get())
    process.join()
