from multiprocessing import resource_tracker


class Tracker(resource_tracker.ResourceTracker):
    ensured = False

    def ensure_running(self):  # <-
        self.ensured = True
        super().ensure_running()


tracker = Tracker()
tracker.register("/no-such-name", "shared_memory")
tracker.unregister("/no-such-name", "shared_memory")
print("ok" if tracker.ensured else "")
