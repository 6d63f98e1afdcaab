import logging

logging._acquireLock()  # <-
logging._releaseLock()  # <-
print("ok")
