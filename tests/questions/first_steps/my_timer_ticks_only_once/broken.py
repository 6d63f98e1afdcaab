import threading

ticks = 0


def tick():
    global ticks
    ticks += 1
    print("tick", ticks)


timer = threading.Timer(0.1, tick)
timer.start()
