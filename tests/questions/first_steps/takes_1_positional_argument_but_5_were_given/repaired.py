from threading import Thread


def greet(text):
    print(text)


thread = Thread(target=greet, args=("hello",))
thread.start()
thread.join()
