"""Claims about locks, semaphores, Conditions, Events and Barriers, whoever makes them."""
