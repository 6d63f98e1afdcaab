import threading

count = 0


def work():
    global count
    for _ in range(100_000):
        count += 1


for expected in range(200_000, 4_200_000, 200_000):
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if count != expected:
        break
print("too small:", count < expected)
