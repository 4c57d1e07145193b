"""The first three parts are answered when all of them are there; how many are there at a time is counted."""

import threading

from peers import fault as s3


class Fault(s3.Fault):
    def __init__(self):
        self.lock = threading.Lock()
        self.together = threading.Barrier(3)
        self.now = 0
        self.most_at_once = 0

    def before(self, request, store):
        if request.operation != "UploadPart":
            return None
        with self.lock:
            self.now += 1
            self.most_at_once = max(self.most_at_once, self.now)
        if request.count <= 3:
            self.together.wait(timeout=20)
        with self.lock:
            self.now -= 1
        return None
