from multiprocessing import Barrier, Manager, Process


def work(results, meeting):
    meeting.wait()
    meeting.wait()
    results.append("done")


if __name__ == "__main__":
    meeting = Barrier(2)
    with Manager() as manager:
        results = manager.list()
        process = Process(target=work, args=(results, meeting))
        process.start()
        meeting.wait()
    meeting.wait()
    process.join()
    print("exit code of the child:", process.exitcode)
