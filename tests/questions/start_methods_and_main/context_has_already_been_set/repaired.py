import multiprocessing


def work(results):
    results.put("done")


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=work, args=(results,))
    process.start()
    print(results.get())
    process.join()
