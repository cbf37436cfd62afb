"""ZMTP bytes to Arrow rows on one core, against a bare pyzmq receive loop for the same bytes, in one run.

The baseline: a process writes the stream to a PULL socket over loopback tcp, and `recv_multipart()` takes the messages.
Ours: chunks of 64 and of 256 KiB through `Connection.scan` and `WireWriter` to record batches of 8 chunks. Best of
three rounds each, in turns. Prints one JSON line: millions of messages per second, ratios, and `linear`: the time for
twice the bytes by that for once, of streams that give the fast path nothing to hold on to (2.0 is linear).
"""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator

import zmq

from tests.helpers import zmtp
from zinspector.capture.wire import WireSource, WireWriter

MESSAGES = 300_000
ROUNDS = 3
CHUNKS = (64 << 10, 256 << 10)
FLUSH_EVERY = 8
SOURCE = WireSource("t1", None, 1, "connect", "PUSH", "PULL")
WRITER = """
import socket, sys
opening, ready, count = bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3]), int(sys.argv[4])
data = sys.stdin.buffer.read()
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
peer.sendall(opening)
got = b""
while len(got) < 64:
    got += peer.recv(4096)
peer.sendall(ready)
while b"Socket-Type" not in got:
    got += peer.recv(4096)
peer.sendall(data)
peer.recv(1)
"""


def streams() -> Iterator[tuple[str, bytes, int]]:
    """Names, bytes and numbers of messages."""
    rng = random.Random(1)
    some = [rng.randbytes(1000) for _ in range(1000)]
    half = MESSAGES // 2
    yield "uniform 16 B", b"".join(zmtp.frame(rng.randbytes(16)) for _ in range(MESSAGES)), MESSAGES
    yield "topic + 100 B", b"".join(zmtp.message(b"weather.london", some[n % 1000][:100]) for n in range(half)), half
    sizes = [rng.randrange(64) for _ in range(MESSAGES)]
    yield "mixed sizes", b"".join(zmtp.frame(some[n % 1000][:size]) for n, size in enumerate(sizes)), MESSAGES
    sizes = [rng.randrange(400) for _ in range(half)]
    parts = (zmtp.message(b"topic%d" % (n * 7 % 1000), some[n % 1000][:size]) for n, size in enumerate(sizes))
    yield "mixed multipart", b"".join(parts), half
    data = b"".join(zmtp.curve_message(some[n % 1000][:64], n + 1) for n in range(half))
    yield "CURVE 64 B", data, half


def ours(name: str, data: bytes, chunk: int, messages: int) -> float:
    """Seconds from bytes to batches."""
    connection = zmtp.curved() if name.startswith("CURVE") else zmtp.opened(b"PUSH", b"PULL")
    writer = WireWriter()
    chunks = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    rows = 0
    begin = time.perf_counter()
    for turn, piece in enumerate(chunks):
        writer.add(SOURCE, connection.scan("connect", piece), turn)
        if turn % FLUSH_EVERY == FLUSH_EVERY - 1 or turn == len(chunks) - 1:
            batch = writer.flush()
            rows += batch.num_rows if batch is not None else 0
    spent = time.perf_counter() - begin
    assert rows == messages, (name, rows)
    return spent


def readable(data: bytes) -> float:
    """Seconds of the readable path, without rows, scaled up from a tenth of the bytes."""
    connection = zmtp.opened(b"PUSH", b"PULL")
    begin = time.perf_counter()
    for at in range(0, len(data) // 10, CHUNKS[0]):
        connection.feed("connect", data[at : min(len(data) // 10, at + CHUNKS[0])])
    return 10 * (time.perf_counter() - begin)


def bare(data: bytes, messages: int) -> float:
    """Seconds of a pyzmq loop that receives the same messages."""
    with zmq.Context() as context, context.socket(zmq.PULL) as pull:
        pull.linger = 0
        port = pull.bind_to_random_port("tcp://127.0.0.1")
        options = [str(port), zmtp.greeting().hex(), zmtp.ready(b"PUSH").hex(), "0"]
        with subprocess.Popen([sys.executable, "-c", WRITER, *options], stdin=subprocess.PIPE) as writer:
            assert writer.stdin is not None
            writer.stdin.write(data)
            writer.stdin.close()
            receive = pull.recv_multipart
            receive()
            begin = time.perf_counter()
            for _ in range(messages - 1):
                receive()
            spent = time.perf_counter() - begin
            writer.kill()
    return spent


def linear() -> float:
    """The worst ratio of twice the bytes to once."""
    worst = 0.0
    hard = [
        zmtp.message(b"abc") + zmtp.command(b"PING", b"\0\0"),
        zmtp.frame(b"x", 0xF8),
        zmtp.message(*[b"a"] * 200),
        b"\1\0",
        b"\0\0\0\0\0\0\0\1",
    ]
    for pattern in hard:
        for lost in (False, True):
            times = []
            for size in (200_000, 400_000):
                best = 1e9
                for _ in range(3):
                    connection = zmtp.opened()
                    if lost:
                        connection.gap("connect", None)
                    data = pattern * (size // len(pattern))
                    begin = time.thread_time()
                    for at in range(0, size, CHUNKS[0]):
                        connection.scan("connect", data[at : at + CHUNKS[0]])
                    best = min(best, time.thread_time() - begin)
                times.append(best)
            worst = max(worst, times[1] / times[0])
    return worst


def main() -> None:
    """Measure all streams and print one line."""
    result: dict[str, object] = {"bench": "zmtp"}
    for name, data, messages in streams():
        bests: dict[str | int, float] = dict.fromkeys(("bare", *CHUNKS, "readable"), 1e9)
        for _ in range(ROUNDS):
            if not name.startswith("CURVE"):
                bests["bare"] = min(bests["bare"], bare(data, messages))
                bests["readable"] = min(bests["readable"], readable(data))
            for chunk in CHUNKS:
                bests[chunk] = min(bests[chunk], ours(name, data, chunk, messages))
        rates = {what: round(messages / spent / 1e6, 2) for what, spent in bests.items()}
        told: dict[str, float] = {"64_KiB": rates[CHUNKS[0]], "256_KiB": rates[CHUNKS[1]]}
        if not name.startswith("CURVE"):
            told |= {"bare_pyzmq": rates["bare"], "ratio": round(bests["bare"] / bests[CHUNKS[0]], 1)}
            told["readable"] = rates["readable"]
        result[name] = told
    result["linear"] = round(linear(), 2)
    print(json.dumps(result))


if __name__ == "__main__":
    gc.freeze()
    main()
