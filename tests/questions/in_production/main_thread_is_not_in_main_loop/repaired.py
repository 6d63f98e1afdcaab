import queue
import threading
import time
import tkinter

window = tkinter.Tcl()  # as Tk(), but without a screen
inbox = queue.Queue()


def work():
    inbox.put(100)


thread = threading.Thread(target=work)
thread.start()
while thread.is_alive() or not inbox.empty():
    window.update()
    if not inbox.empty():
        window.setvar("progress", inbox.get())
    time.sleep(0.001)
print("progress:", window.getvar("progress"))
