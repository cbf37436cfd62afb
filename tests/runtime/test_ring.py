"""The ring: everything comes out as it went in, in order; full is full; the other end may be another process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.runtime import ring as module
from zinspector.runtime.ring import Ring


def put(ring: Ring, head: bytes, body: bytes) -> bool:
    def fill(place: memoryview) -> None:
        place[:] = body

    return ring.put(head, len(body), fill)


def take(ring: Ring) -> tuple[bytes, bytes] | None:
    record = ring.take()
    if record is None:
        return None
    head, body = bytes(record.head), bytes(record.body)
    record.head.release()
    record.body.release()
    ring.release()
    return head, body


@pytest.fixture(autouse=True, params=[module.EARLY, 256], ids=["rarely anew", "often anew"])
def early(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EARLY", request.param)


@given(st.lists(st.one_of(st.none(), st.tuples(st.binary(max_size=40), st.binary(max_size=700))), max_size=60))
def test_it_is_a_bounded_queue(steps: list[tuple[bytes, bytes] | None]) -> None:
    ring = Ring(capacity=2048)
    expected: deque[tuple[bytes, bytes]] = deque()
    try:
        for step in steps:
            if step is None:
                assert take(ring) == (expected.popleft() if expected else None)
            elif put(ring, *step):
                expected.append(step)
            else:
                held = sum(32 + len(head) + len(body) for head, body in expected)
                assert held + 2 * (32 + sum(map(len, step))) > 2048  # it was really full, if only for its end
            assert ring.empty == (not expected)
        while expected:
            assert take(ring) == expected.popleft()
    finally:
        ring.close()


def test_an_empty_ring_begins_anew_and_has_all_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EARLY", 512)
    ring = Ring(capacity=4096)
    places = set()
    for number in range(100):
        assert put(ring, b"", bytes([number]) * 84)
        places.add(ring.put_bytes % 4096)
        assert take(ring) == (b"", bytes([number]) * 84)
    assert max(places) <= 700
    while put(ring, b"", bytes(84)):
        pass
    assert ring.put_bytes - ring.taken_bytes == 4096 // 104 * 104
    ring.close()


def test_what_never_fits_is_refused_and_the_rest_goes_on() -> None:
    ring = Ring(capacity=1024)
    assert not put(ring, b"", bytes(2000))
    assert put(ring, b"a", b"b")
    assert take(ring) == (b"a", b"b")
    ring.close()


def test_the_taker_is_woken_only_when_it_sleeps() -> None:
    ring = Ring(capacity=1024)
    assert not ring.wants_waking()
    assert ring.sleep()
    assert ring.wants_waking()
    assert not ring.wants_waking()
    put(ring, b"", b"x")
    assert not ring.sleep()
    ring.close()


def test_another_process_puts_what_we_take_and_nothing_stays() -> None:
    ring = Ring(capacity=1 << 16)
    code = f"""
import sys
from tests.runtime.test_ring import put
from zinspector.runtime import ring as module
from zinspector.runtime.ring import Ring
module.EARLY = {module.EARLY}
ring = Ring(int(sys.argv[1]))
for number in range(5000):
    while not put(ring, b"%d" % number, b"x" * (number % 1000)):
        pass
"""
    process = subprocess.Popen([sys.executable, "-c", code, str(ring.fd)], pass_fds=[ring.fd])
    for number in range(5000):
        while (record := take(ring)) is None:
            assert process.poll() in (None, 0)
        assert record == (b"%d" % number, b"x" * (number % 1000))
    assert process.wait(60) == 0
    assert os.fstat(ring.fd).st_nlink == 0  # it has no name that could stay
    ring.close()
