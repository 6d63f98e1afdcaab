from asyncio import sslproto

pipe = getattr(sslproto, "_SSLPipe", None)
print("ok" if pipe is None or callable(pipe) else "")
