import threading

ticks = 0
stop = threading.Event()


def tick():
    global ticks
    ticks += 1
    print("tick", ticks)
    if ticks == 3:
        stop.set()


def every(seconds, function):
    while not stop.wait(seconds):
        function()


threading.Thread(target=every, args=(0.1, tick)).start()
