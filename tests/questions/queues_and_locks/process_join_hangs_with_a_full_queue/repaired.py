from multiprocessing import Process, Queue


def work(results):
    results.put("x" * 1_000_000)
    print("the work is done")


if __name__ == "__main__":
    results = Queue()
    process = Process(target=work, args=(results,))
    process.start()
    result = results.get()
    process.join()
    print(len(result))
