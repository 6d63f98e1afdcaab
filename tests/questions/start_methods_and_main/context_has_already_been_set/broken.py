import multiprocessing

results = multiprocessing.Queue()


def work(results):
    results.put("done")


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    process = multiprocessing.Process(target=work, args=(results,))
    process.start()
    print(results.get())
    process.join()
