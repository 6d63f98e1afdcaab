"""Claims about asyncio: loops, tasks, its own locks and queues, its child processes."""
