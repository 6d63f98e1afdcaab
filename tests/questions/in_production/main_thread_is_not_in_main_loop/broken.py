import threading
import time
import tkinter

window = tkinter.Tcl()  # as Tk(), but without a screen


def work():
    window.setvar("progress", 100)


thread = threading.Thread(target=work)
thread.start()
while thread.is_alive():
    window.update()
    time.sleep(0.001)
print("the program goes on")
