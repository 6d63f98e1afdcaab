import logging


class Printing(logging.StreamHandler):
    def createLock(self):
        self.lock = None  # <-

    def emit(self, record):
        print(record.getMessage())


logger = logging.getLogger("sample")
logger.addHandler(Printing())
logger.error("ok")
