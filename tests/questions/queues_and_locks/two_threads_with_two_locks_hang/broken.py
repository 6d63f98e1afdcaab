import threading
import time

alice, bob = threading.Lock(), threading.Lock()


def transfer(giver, taker):
    with giver:
        time.sleep(0.5)
        with taker:
            print("transferred")


one = threading.Thread(target=transfer, args=(alice, bob))
two = threading.Thread(target=transfer, args=(bob, alice))
one.start()
two.start()
one.join()
two.join()
print("done")
