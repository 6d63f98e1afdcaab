import contextlib
import logging


class Printing(logging.StreamHandler):
    def createLock(self):
        self.lock = contextlib.nullcontext()
        self.lock.acquire = self.lock.release = lambda: None

    def emit(self, record):
        print(record.getMessage())


logger = logging.getLogger("sample")
logger.addHandler(Printing())
logger.error("ok")
