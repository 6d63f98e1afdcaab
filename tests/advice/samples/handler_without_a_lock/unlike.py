import logging


class Printing(logging.StreamHandler):
    def createLock(self):
        super().createLock()
        self.locked = 0

    def emit(self, record):
        print(record.getMessage())


logger = logging.getLogger("sample")
logger.addHandler(Printing())
logger.error("ok")
