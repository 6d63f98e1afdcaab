import threading


def cook(dish):
    cooked.append(dish)


cooked = []
threads = []
for dish in ("rice", "soup", "tea"):
    threads.append(threading.Thread(target=lambda: cook(dish)))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(cooked))
