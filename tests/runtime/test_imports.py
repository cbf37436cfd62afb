"""Import nodes of a running drawing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pyarrow as pa

from tests.helpers.conversations import handshaken, message
from tests.helpers.drawn import drawing, generate, link, sock
from tests.helpers.packets import pcap
from tests.helpers.waiting import wait_until
from zinspector.capture.store import Store
from zinspector.runtime.session import Session
from zinspector.topology.document import ImportNode


def test_a_capture_is_read_beside_what_runs(tmp_path: Path) -> None:
    (tmp_path / "seen.pcap").write_bytes(pcap(handshaken().answers(message(b"weather", b"sunny")).packets))
    document = drawing(
        ImportNode(id="file", file="seen.pcap"),
        sock("a", "PUSH", generate("hello", rate=100)),
        sock("b", "PULL"),
        link("a", "b"),
    )

    async def run() -> None:
        store = Store()
        session = Session(store, base=tmp_path)
        await session.apply(document)
        await wait_until(lambda: session.states()["file"].health == "ok" and session.counters().nodes["b"].received)
        assert session.states()["file"].text == "6 rows read"
        assert session.findings() == []
        await session.close()
        found = [row for row in store.rows(1, store.captured) if row.node == "file"]
        assert [row.name or row.topic for row in found][-1] == "weather"
        assert len(found) == 6

    asyncio.run(run())


def test_a_capture_that_is_not_there_is_a_finding_until_it_is_drawn_otherwise(tmp_path: Path) -> None:
    (tmp_path / "seen.pcap").write_bytes(pcap(handshaken().packets))

    async def run() -> None:
        session = Session(Store(), base=tmp_path)
        await session.apply(drawing(ImportNode(id="file", file="other.pcap")))
        await wait_until(session.findings)
        (finding,) = session.findings()
        assert (finding.node, finding.severity) == ("file", "error")
        assert "No such file" in finding.text
        assert session.states()["file"].health == "error"
        await session.apply(drawing(ImportNode(id="file", file="seen.pcap")))
        await wait_until(lambda: session.states()["file"].health == "ok")
        assert session.findings() == []
        await session.close()

    asyncio.run(run())


def test_what_is_still_read_goes_where_the_session_keeps_it_now(tmp_path: Path) -> None:
    (tmp_path / "seen.pcap").write_bytes(pcap(handshaken().answers(message(b"a", bytes(900)) * 20000).packets))

    class Forgotten(Store):
        """Another capture comes after its first rows."""

        def append(self, batch: pa.RecordBatch) -> None:
            super().append(batch)
            session.store = Store()

    forgotten = Forgotten()
    session = Session(forgotten, base=tmp_path)

    async def run() -> None:
        await session.apply(drawing(ImportNode(id="file", file="seen.pcap")))
        await wait_until(lambda: session.states()["file"].health == "ok")
        await session.close()

    asyncio.run(run())
    assert forgotten.captured > 0
    assert session.store.captured > 0
    assert forgotten.captured + session.store.captured == 20005


def test_stopping_stops_reading(tmp_path: Path) -> None:
    (tmp_path / "seen.pcap").write_bytes(pcap(handshaken().answers(message(b"a", bytes(900)) * 20000).packets))

    async def run() -> None:
        session = Session(Store(), base=tmp_path)
        await session.apply(drawing(ImportNode(id="file", file="seen.pcap")))
        await session.close()

    asyncio.run(run())
