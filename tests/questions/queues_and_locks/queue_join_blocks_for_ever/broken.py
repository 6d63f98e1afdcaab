import queue
import threading

tasks = queue.Queue()


def work():
    while True:
        task = tasks.get()
        print("done:", task)


threading.Thread(target=work, daemon=True).start()
for task in ("one", "two"):
    tasks.put(task)
tasks.join()
print("all done")
