"""A wire to PostgreSQL that knows its messages, and can be cut before, within or behind a chosen one of
them, in either direction. The server does not hear of that for a while."""
import asyncio
import collections
import dataclasses
import pathlib
import re
import shutil
import tempfile
import threading
import typing

__all__ = ["DIRECTIONS", "Meeting", "PLACES", "PostgresProxy", "STAGES"]

# What a message belongs to: the opening of a connection; a statement outside of transactions, such as a
# beat; and within one its beginning, what it loads, what it saves, its commit. A sync belongs to what
# stands before it.
STAGES = ("open", "alone", "begin", "load", "save", "commit")
DIRECTIONS = ("ask", "answer")
PLACES = ("before", "within", "after")

PIECE_BYTES = 65536
BOUND_S = 30
LOCKS = "FOR NO KEY UPDATE"
WRITES = re.compile(r"\bINSERT INTO\b|\bDELETE FROM\b|(?<!KEY )\bUPDATE\b(?! OF\b)")


@dataclasses.dataclass
class Meeting:
    """What happens at a message. Without `act` the wire is cut there; `act` is called instead, in the
    proxy's thread, before the message goes on."""
    direction: str
    stage: str
    place: str = "before"
    type: bytes = None       # of the message; None: any
    has_locks: bool = False  # only when its transaction has locked rows
    skip: int = 0            # that fit as well and pass
    hold_s: float = 0.0      # how long the server hears nothing of a cut
    act: typing.Callable = None
    happened: threading.Event = dataclasses.field(default_factory=threading.Event)

    def fits(self, direction, stage, type_, talk):
        return ((direction, stage) == (self.direction, self.stage) and self.type in (None, type_)
                and (talk.has_locks or not self.has_locks))


class _Talk:
    """Which stage each message of one connection belongs to."""

    def __init__(self):
        self.texts = {}      # of prepared statements
        self.current = ""    # the statement that was bound last
        self.stage = "open"  # of what was asked last
        self.is_begun = False
        self.has_locks = False
        self.expected = collections.deque()  # (stage, text) that the server still answers; text None: a sync

    def ask(self, type_, message):
        if type_ == b"P":
            name, text = message[5:].split(b"\0")[:2]
            self.texts[name] = text.decode()
        elif type_ == b"B":
            _, name = message[5:].split(b"\0", 2)[:2]
            self.current = self.texts[name]
            self.stage = self._stage_of(self.current)
        elif type_ == b"E":
            self.expected.append((self.stage, self.current))
            self.is_begun = self.current == "BEGIN" or (
                self.is_begun and self.current not in ("COMMIT", "ROLLBACK"))
        elif type_ in (b"", b"Q", b"S"):
            self.expected.append((self.stage, None))
        return self.stage

    def _stage_of(self, text):
        if text in ("BEGIN", "COMMIT"):
            return text.lower()
        if not self.is_begun or text == "ROLLBACK":
            return "alone"
        return "save" if WRITES.search(text) else "load"

    def answer(self, type_):
        if not self.expected:
            return self.stage
        stage, text = self.expected[0]
        if type_ == b"E":  # nothing before the next sync has an answer
            while self.expected and self.expected[0][1] is not None:
                self.expected.popleft()
        elif type_ == b"D" and LOCKS in (text or ""):
            self.has_locks = True
        elif (text is None) == (type_ == b"Z") and type_ in (b"C", b"I", b"Z"):
            self.has_locks = self.has_locks and text != "BEGIN"
            self.expected.popleft()
        return stage


class _Wire:
    def __init__(self, client, server):
        self.writers = {"ask": server, "answer": client}  # where a direction leads
        self.talk = _Talk()
        self.has_begun = False  # the first message of a client has no type
        self.is_cut = False

    def close(self):
        for writer in self.writers.values():
            writer.close()


class PostgresProxy:
    """Between nodes and a cluster, in a thread of its own. One meeting at a time."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tmesh-px-"))
        self.meeting = None
        self.counts = collections.Counter()  # (direction, stage, place) of cuts
        self.ended_by_server = 0  # of those that were cut: it had heard nothing of that
        self.wires = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        ready = threading.Event()
        self.loop.call_soon(ready.set)
        self.thread.start()
        assert ready.wait(BOUND_S)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_unix_server(
            self._accept, self.folder / ".s.PGSQL.5432"))
        self.loop.run_forever()
        server.close()
        talks = asyncio.all_tasks(self.loop)
        for talk in talks:
            talk.cancel()
        self.loop.run_until_complete(asyncio.gather(*talks, return_exceptions=True))
        self.loop.close()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(BOUND_S)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, url):
        """The same database through this wire."""
        return url.replace(str(self.cluster.folder), str(self.folder))

    def meet(self, meeting):
        self.meeting = meeting
        return meeting

    def cut(self, *what, seconds=BOUND_S, **options):
        """Waits until it has happened."""
        meeting = self.meet(Meeting(*what, **options))
        assert meeting.happened.wait(seconds), f"nobody came by in {seconds} s: {meeting}"

    def end_all(self):
        """Both sides of every connection hear it."""
        for wire in list(self.wires):
            self.loop.call_soon_threadsafe(wire.close)

    # ---- In its thread ---------------------------------------------------------------------------

    async def _accept(self, reader, writer):
        try:
            there, back = await asyncio.open_unix_connection(
                str(self.cluster.folder / ".s.PGSQL.5432"))
        except OSError:  # the database is away
            writer.close()
            return
        wire = _Wire(writer, back)
        self.wires.add(wire)
        await asyncio.gather(self._carry(wire, "ask", reader), self._carry(wire, "answer", there))
        self.wires.discard(wire)

    async def _carry(self, wire, direction, reader):
        waiting = bytearray()
        try:
            while True:  # ends with the connection
                piece = await reader.read(PIECE_BYTES)
                if not piece:
                    break
                if wire.is_cut:
                    continue  # there is nobody any more to hear it
                waiting += piece
                self._pass_on(wire, direction, waiting)
                await wire.writers[direction].drain()
        except OSError:
            pass
        if not wire.is_cut:
            wire.close()
        elif direction == "answer":
            self.ended_by_server += not wire.writers["ask"].is_closing()
            wire.writers["ask"].close()

    def _pass_on(self, wire, direction, waiting):
        while not wire.is_cut:
            is_first = direction == "ask" and not wire.has_begun
            before = 0 if is_first else 1
            size = before + int.from_bytes(waiting[before:before + 4], "big")
            if len(waiting) < before + 4 or len(waiting) < size:
                return
            message = bytes(waiting[:size])
            del waiting[:size]
            wire.has_begun = True
            type_ = message[:before]
            if direction == "ask":
                stage = wire.talk.ask(type_, message)
            else:
                stage = wire.talk.answer(type_)
            is_cut = self._is_met(wire, direction, stage, type_, message)
            if not is_cut and not wire.writers[direction].is_closing():
                wire.writers[direction].write(message)

    def _is_met(self, wire, direction, stage, type_, message):
        """The wire has been cut at this message."""
        meeting = self.meeting
        if not meeting or not meeting.fits(direction, stage, type_, wire.talk):
            return False
        meeting.skip -= 1
        if meeting.skip >= 0:
            return False
        self.meeting = None
        if meeting.act:
            meeting.act()
        else:
            self._cut(wire, meeting, message)
        meeting.happened.set()
        return not meeting.act

    def _cut(self, wire, meeting, message):
        passed = {"before": 0, "within": len(message) // 2, "after": len(message)}[meeting.place]
        wire.is_cut = True
        wire.writers[meeting.direction].write(message[:passed])
        wire.writers["answer"].close()
        self.loop.call_later(meeting.hold_s, wire.writers["ask"].close)
        self.counts[meeting.direction, meeting.stage, meeting.place] += 1
