import threading

begun = []


class Seen(threading.Thread):
    def start(self):
        begun.append(self)
        super().start()


thread = Seen(target=int)
thread.start()
thread.join()
print("ok" if begun else "no")
