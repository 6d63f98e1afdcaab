import importlib

try:
    import imp
except ImportError:
    imp = None

print("ok" if imp or importlib else "no")
