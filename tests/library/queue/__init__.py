"""Claims about queue, whose queues connect the threads of one process."""
