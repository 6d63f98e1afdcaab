from multiprocessing import Process


def work():
    print("the child works")


process = Process(target=work)
process.start()
process.join()
print("exit code of the child:", process.exitcode)
