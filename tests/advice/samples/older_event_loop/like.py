import warnings

warnings.simplefilter("ignore")
import asynchat  # noqa: E402  # <-
from asyncore import dispatcher  # noqa: E402  # <-

print("ok" if issubclass(asynchat.async_chat, dispatcher) else "no")
