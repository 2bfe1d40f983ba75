"""The bot's end of bot.sock: hello before any code of the bot runs, then heartbeats and answers by a thread, and readings by another.

The threads are Python's lowest kind: the program's own list of threads does not show them, nobody waits for them at the end,
and what gevent and eventlet replace was taken before. They block all signals, so that each still reaches the bot's main thread.
"""
import atexit
import os
import sys
from _signal import SIG_BLOCK, pthread_sigmask
from _socket import AF_UNIX, MSG_DONTWAIT, SHUT_RDWR, SOCK_STREAM, socket
from _thread import allocate_lock, start_new_thread
from os import fstat
from time import monotonic

from . import answers, loop
from .wire import quote, read
from .witness import read_witness

_protocol_version = 2
_heartbeat_every = 5.0
_answers_every = 1.0
# A connection to a socket of this host is made at once, unless nobody takes any more.
_connect_within = 1.0
_most_frame_bytes = 65536


class _Connection(socket):
    """Knows its own inode: a program that closes all its descriptors may get the same number for something else."""

    inode = None

    def remember(self):
        self.inode = _inode(self)

    def is_ours(self):
        try:
            return self.inode == _inode(self)
        except OSError:
            return False

    def leave(self):
        if self.is_ours():
            self.close()
        else:
            self.detach()


def _inode(connection):
    state = fstat(connection.fileno())
    return state.st_dev, state.st_ino


class _Channel:
    path = ""
    run_id = ""
    connection = None
    wake = None


def start(path, run_id):
    """Says hello and starts the threads."""
    _Channel.path = path
    _Channel.run_id = run_id
    _Channel.wake = wake = allocate_lock()
    wake.acquire()
    answers.wake_by(_wake)
    _connect()
    start_new_thread(_beat, ())
    atexit.register(_end)


def forget():
    """In a forked child: the connection is its parent's."""
    connection, _Channel.connection = _Channel.connection, None
    atexit.unregister(_end)
    if connection is not None:
        connection.leave()


def _wake():
    try:
        _Channel.wake.release()
    except RuntimeError:
        # Awake already.
        pass


def _connect():
    connection = _Connection(AF_UNIX, SOCK_STREAM)
    try:
        connection.settimeout(_connect_within)
        connection.connect(_Channel.path)
        connection.settimeout(None)
        connection.sendall(_hello())
        connection.remember()
    except OSError:
        connection.close()
        return
    _Channel.connection = connection
    start_new_thread(_listen, (connection,))


def _hello():
    version = "%d.%d.%d" % sys.version_info[:3]
    frame = '{"v":%d,"type":"hello","program":"python","version":"%s","runId":%s,"pid":%d,"preload":{"observe":true,"tunnel":false,"selfCheck":"ok"}}\n'
    return (frame % (_protocol_version, version, quote(_Channel.run_id), os.getpid())).encode("ascii")


def _send(frame):
    connection = _Channel.connection
    if connection is None:
        return False
    data = frame.encode("ascii")
    try:
        if not connection.is_ours():
            _drop(connection)
            return False
        # A launcher that is stopped must not stop the bot's threads.
        if connection.send(data, MSG_DONTWAIT) == len(data):
            return True
        connection.shutdown(SHUT_RDWR)
    except BlockingIOError:
        return False
    except OSError:
        _drop(connection)
    return False


def _drop(connection):
    # Whoever listens on it closes it.
    if _Channel.connection is connection:
        _Channel.connection = None


def _beat():
    pthread_sigmask(SIG_BLOCK, range(1, 32))
    beat_at = monotonic()
    answers_at = 0.0
    while True:
        wake_at = min(beat_at, answers_at) if answers.has_failure() else beat_at
        wait = wake_at - monotonic()
        if wait > 0:
            _Channel.wake.acquire(True, wait)
        now = monotonic()
        is_time = now >= beat_at
        if is_time:
            _send_heartbeat((now - beat_at) * 1000)
            beat_at = now + _heartbeat_every
        if (is_time or answers.has_failure()) and now >= answers_at and _Channel.connection is not None:
            _send_answers()
            answers_at = now + _answers_every


def _send_heartbeat(lag):
    if _Channel.connection is None:
        _connect()
    loop_lag = loop.lag_ms()
    part = "" if loop_lag is None else ',"loopLagMs":%d' % loop_lag
    _send('{"type":"heartbeat","lagMs":%d%s}\n' % (lag, part))


def _send_answers():
    frame = answers.take_frame()
    if frame is not None:
        _send(frame)


def _end():
    # A bot that is banned often ends on it. Afterwards Python would complain about a connection that nobody closed.
    try:
        _send_answers()
        if _Channel.connection is not None:
            _Channel.connection.detach()
    except Exception:
        pass


def _listen(connection):
    pthread_sigmask(SIG_BLOCK, range(1, 32))
    rest = b""
    try:
        while connection.is_ours():
            data = connection.recv(4096)
            lines = (rest + data).split(b"\n")
            rest = lines.pop()
            if not data or len(rest) > _most_frame_bytes:
                break
            for line in lines:
                _answer(line)
    except OSError:
        pass
    finally:
        _drop(connection)
        connection.leave()


def _answer(line):
    frame = read(line.decode("utf-8", "replace"))
    if frame is None or frame.get("type") != "read":
        return
    number, witness, timeout_ms = frame.get("id"), frame.get("witness"), frame.get("timeoutMs")
    if not isinstance(number, int) or not isinstance(witness, str) or not isinstance(timeout_ms, (int, float)):
        return
    status, text = read_witness(witness, timeout_ms / 1000)
    answer = '{"error":%s}' % quote(text) if status is None else '{"status":%d,"body":%s}' % (status, quote(text))
    _send('{"type":"exit-check","id":%d,"witness":%s,"answer":%s}\n' % (number, quote(witness), answer))
