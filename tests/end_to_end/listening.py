"""What tests of published events share: a daemon that publishes, and subscribers that are there."""

import time

import zmq

from harness import EndToEndTest, eventually, one_step

BOUND_MS = 30000


class ListeningTest(EndToEndTest):
    def start_publishing(self, **options):
        """self.daemon and self.client; events come from self.events."""
        self.daemon = self.start_daemon(publish="", **options)
        self.daemon.stop()
        self.events = f"ipc://{self.daemon.folder}/events.sock"
        self.daemon.options["publish"] = self.events
        self.daemon.start()
        self.client = self.start_client(self.daemon)

    def subscribe(self, topic, unread_max=1000):
        """A subscriber whose subscription has arrived. What it has not read beyond `unread_max`
        messages stays with the server."""
        socket = zmq.Context.instance().socket(zmq.SUB)
        self.addCleanup(socket.close, 0)
        socket.rcvhwm = unread_max
        socket.connect(self.events)
        socket.subscribe(topic)
        self.client.put_template(one_step("probe", "probe"))
        # A slow joiner misses what came before: it is there once it hears of a task made for it.
        probe = zmq.Context.instance().socket(zmq.SUB)
        probe.connect(self.events)
        probe.subscribe("task.probe.")
        try:
            eventually(lambda: self.heard(probe), "the publisher takes subscriptions", every=0)
        finally:
            probe.close(0)
        return socket

    def heard(self, probe):
        self.client.submit("probe", "probe", {"n": time.monotonic_ns()})
        return probe.poll(100)

    def receive_frames(self, socket, count):
        got = []
        for _ in range(count):
            self.assertTrue(socket.poll(BOUND_MS), "an event is missing after %d" % len(got))
            got.append(socket.recv_multipart())
        self.assertFalse(socket.poll(50), "nothing more")
        return got

    def published(self):
        """How many messages the publisher was told."""
        actors = {actor["name"]: actor for actor in self.daemon.stats()["actors"]}
        return sum(message["count"] for message in actors["publisher"]["messages"])
