import warnings

warnings.simplefilter("ignore")
import imp  # noqa: E402  # <-
from imp import new_module  # noqa: E402  # <-

print("ok" if imp.new_module is new_module else "no")
