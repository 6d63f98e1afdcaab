import os
import selectors


class Watch:
    def __init__(self):
        self.selector = selectors.DefaultSelector()

    def key(self, descriptor):
        return self.selector.get_map().get(descriptor)


watch = Watch()
reader, writer = os.pipe()
key = watch.selector.register(reader, selectors.EVENT_READ)
print("ok" if watch.key(reader) is key else "no")
