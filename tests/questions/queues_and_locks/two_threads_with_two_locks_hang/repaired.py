import threading
import time

alice, bob = threading.Lock(), threading.Lock()


def transfer(giver, taker):
    first, second = sorted((giver, taker), key=id)
    with first:
        time.sleep(0.5)
        with second:
            print("transferred")


one = threading.Thread(target=transfer, args=(alice, bob))
two = threading.Thread(target=transfer, args=(bob, alice))
one.start()
two.start()
one.join()
two.join()
print("done")
