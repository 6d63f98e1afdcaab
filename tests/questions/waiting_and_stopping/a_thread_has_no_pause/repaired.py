import threading

may_run = threading.Event()
steps = []


def work():
    for step in range(3):
        may_run.wait()
        steps.append(step)


thread = threading.Thread(target=work)
thread.start()
thread.join(0.1)
print("paused after", steps)
may_run.set()
thread.join()
print("resumed:", steps)
