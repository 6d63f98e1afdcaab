import socketserver

try:
    import asyncore
except ImportError:
    asyncore = None

print("ok" if asyncore or socketserver else "no")
