from multiprocessing import Barrier, Process, Value


def work(all_at_work):
    all_at_work.wait()
    return 1


def count(total, all_at_work):
    total.value += work(all_at_work)


if __name__ == "__main__":
    total, all_at_work = Value("i", 0), Barrier(4)
    processes = [Process(target=count, args=(total, all_at_work)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("total:", total.value)
