import threading

may_run = threading.Event()
paused = threading.Event()
steps = []


def work():
    for step in range(3):
        may_run.wait()
        steps.append(step)
        if step == 0:
            may_run.clear()  # now somebody presses "pause"
            paused.set()


may_run.set()
thread = threading.Thread(target=work)
thread.start()
paused.wait()
thread.join(0.1)
print("paused after", steps)
may_run.set()
thread.join()
print("resumed:", steps)
