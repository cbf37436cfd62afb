"""MCAP: channels that other programs read, foreign files as rows, and files that are cut, damaged or lie."""

from __future__ import annotations

import io
import json
import random
import struct
from collections import defaultdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import zstandard
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer

from tests.helpers.arbitrary import read
from tests.helpers.captured import Feed
from tests.helpers.protos import descriptor_set
from zinspector.capture.files import load_store, notes_of
from zinspector.capture.formats import mcap_in
from zinspector.capture.formats.budget import Budget
from zinspector.capture.formats.channels import PayloadSchema
from zinspector.capture.formats.exporting import export
from zinspector.capture.progress import CancelledError
from zinspector.capture.store import Store
from zinspector.errors import FileError

MIB = 1 << 20
QUOTES = 'syntax = "proto3"; package market; message Quote { string symbol = 1; double bid = 2; }'


def weather(count: int = 20) -> Store:
    """Rows of all kinds; readings are JSON of two topics."""
    store = Store()
    feed = Feed(store, max_frame=64)
    feed.event("display", "CONNECTED")
    for n in range(count):
        feed.messages([[b"weather.london", b'{"t": %d, "wind": {"speed": %d.5}}' % (n, n)]])
        feed.messages([[b"weather.oslo", b'{"t": null, "names": ["a"]}']])
    feed.messages([[b"", b'{"what": "now"}']], "asker", ("REQ", "REP"), None, "out")
    feed.messages([[b"plain", b"\xff\xfe"], [b"nan", b'{"t": NaN}'], [b"long", b'{"t": "%s"}' % bytes(100)]])
    return store


def written(store: Store, folder: Path, **wishes: Any) -> Path:
    path = folder / "c.mcap"
    assert export(store.batches(), path, **wishes).lost == ()
    return path


def by_topic(path: Path) -> dict[str, list[Any]]:
    """What the library of MCAP reads: (schema, channel, message) of each topic."""
    found = defaultdict(list)
    with path.open("rb") as file:
        for schema, channel, message in make_reader(file, validate_crcs=True).iter_messages():
            found[channel.topic].append((schema, channel, message))
    return found


def test_json_has_a_channel_for_each_node_and_topic(tmp_path: Path) -> None:
    store = weather()
    found = by_topic(written(store, tmp_path))
    assert set(found) == {"zinspector/rows", "display/weather.london", "display/weather.oslo", "asker/REQ"}
    london = found["display/weather.london"]
    assert [json.loads(message.data)["t"] for _, _, message in london] == list(range(20))
    times = [row.time_ns for row in store.rows(1, 100) if row.topic == "weather.london"]
    assert [message.log_time for _, _, message in london] == times
    assert {(schema.encoding, channel.message_encoding) for schema, channel, _ in london} == {("jsonschema", "json")}


def test_its_schema_fits_and_names_the_fields(tmp_path: Path) -> None:
    for messages in by_topic(written(weather(), tmp_path)).values():
        if messages[0][0].encoding == "jsonschema":
            schema = json.loads(messages[0][0].data)
            jsonschema.Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
            for _, _, message in messages:
                jsonschema.validate(json.loads(message.data), schema)
    schema = json.loads(by_topic(tmp_path / "c.mcap")["display/weather.london"][0][0].data)
    assert schema["properties"]["wind"]["properties"]["speed"] == {"type": "number"}


def test_every_row_is_protobuf_that_says_what_it_is(tmp_path: Path) -> None:
    store = weather()
    rows = by_topic(written(store, tmp_path))["zinspector/rows"]
    schema, channel, _ = rows[0]
    assert (schema.name, schema.encoding, channel.message_encoding) == ("zinspector.Row", "protobuf", "protobuf")
    kind = class_of(schema.data, schema.name)
    parsed = [kind.FromString(message.data) for _, _, message in rows]
    assert [row.n for row in parsed] == list(range(1, store.retained + 1))
    assert parsed[1].topic == "weather.london"
    assert list(parsed[1].frames) == list(store.row(2).frames)


def test_protobuf_that_a_rule_names_has_its_schema(tmp_path: Path) -> None:
    (tmp_path / "quotes.proto").write_text(QUOTES)
    described = PayloadSchema("market.Quote", descriptor_set(tmp_path / "quotes.proto"))
    kind = class_of(described.descriptors, described.name)
    store = Store()
    quote = kind(symbol="ACME", bid=101.5).SerializeToString()
    Feed(store).messages([[b"quotes.ACME", quote], [b"quotes.ACME", b"\xff"], [b"quotes.B", b'{"a": 1}']])
    path = written(store, tmp_path, describe=lambda row, _: described if row.topic == "quotes.ACME" else None)
    found = by_topic(path)
    schema, channel, message = found["display/quotes.ACME"][0]
    assert len(found["display/quotes.ACME"]) == 1
    assert (schema.encoding, schema.name, channel.message_encoding) == ("protobuf", "market.Quote", "protobuf")
    assert class_of(schema.data, schema.name).FromString(message.data).bid == 101.5
    assert len(found["display/quotes.B"]) == 1
    assert read(path) == store.rows(1, 10)


def test_topics_without_end_stay_readable(tmp_path: Path) -> None:
    store = Store()
    Feed(store).messages([[b"t%d" % n, b"{}"] for n in range(4100)])
    path = tmp_path / "many.mcap"
    assert export(store.batches(), path).lost[0].startswith("100 payloads are only in the channel of rows")
    assert len(by_topic(path)) == 4001
    assert load_store(path).retained == 4100


# Cut, damaged, lying


def test_every_cut_opens_up_to_its_last_whole_chunk_and_says_so(tmp_path: Path) -> None:
    store = Store()
    Feed(store).messages([[b"t", random.Random(n).randbytes(3000)] for n in range(1200)])  # some chunks of a megabyte
    path = written(store, tmp_path)
    data, whole = path.read_bytes(), store.rows(1, 1200)
    kept = []
    for end in range(8, len(data) - 8, len(data) // 50):
        path.write_bytes(data[:end])
        store = load_store(path)
        assert "it was read up to byte" in store.remarks[0]
        assert store.rows(1, 1200) == whole[: store.retained]
        kept.append(store.retained)
    assert kept == sorted(kept)
    assert len(set(kept)) > 3
    assert kept[-1] > 900


def test_each_cut_of_a_small_file(tmp_path: Path) -> None:
    path = written(weather(2), tmp_path)
    data, told = path.read_bytes(), set()
    for end in range(8, len(data), 3):
        path.write_bytes(data[:end])
        store = load_store(path)
        told.add((store.retained, len(store.remarks)))
    assert told == {(0, 1), (9, 1), (9, 0)}  # at last only the closing magic is missing


def test_flipped_bits_lose_a_chunk_at_most_and_change_nothing(tmp_path: Path) -> None:
    store = weather()
    path = written(store, tmp_path)
    data, chance = path.read_bytes(), random.Random(9)
    right = {row.frames for row in store.rows(1, 100)}
    for _ in range(300):
        damaged = bytearray(data)
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            found = read(path)
        except FileError as error:
            assert "not a capture" in error.text or "newer" in error.text  # noqa: PT017  # most flips open
            continue
        ours = [row for row in found if row.name != "CHANNEL" and row.node != "c"]
        assert {row.frames for row in ours} <= right


def test_a_damaged_chunk_costs_only_itself(tmp_path: Path) -> None:
    store = Store()
    Feed(store).messages([[b"t", random.Random(n).randbytes(3000)] for n in range(1200)])
    path = written(store, tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    again = load_store(path)
    assert "a chunk can't be read: its checksum is wrong" in again.remarks[0]
    assert 700 < again.retained < 1000


def test_a_chunk_that_expands_to_more_than_it_says_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "bomb.mcap"
    path.write_bytes(mcap_of(chunk(zstandard.compress(bytes(512 * MIB)), 1000)))
    assert path.stat().st_size < MIB
    assert "doesn't expand to what it says" in load_store(path).remarks[0]


def test_a_chunk_that_expands_to_more_than_there_is_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.mcap"
    path.write_bytes(mcap_of(chunk(zstandard.compress(bytes(64 * MIB)), 64 * MIB)))
    with pytest.raises(FileError, match="64 MiB of memory, and 50 MiB can be had"):
        mcap_in.load(path, budget=Budget(path, 50 * MIB))


def test_messages_without_end_are_stopped(tmp_path: Path) -> None:
    said = record(5, struct.pack("<HIQQ", 1, 0, 0, 0) + b"x")
    inner = record(4, struct.pack("<HH", 1, 0) + text("t") + text("json") + text("")) + said * 400_000
    path = tmp_path / "many.mcap"
    path.write_bytes(mcap_of(chunk(zstandard.compress(inner), len(inner))))
    assert path.stat().st_size < MIB
    with pytest.raises(FileError, match="of memory"):
        mcap_in.load(path, budget=Budget(path, 20 * MIB))


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("<BQ", 6, 2**63),
        struct.pack("<BQ", 5, 2**64 - 1),
        struct.pack("<BQ", 0, 0),
        b"\x06",
        b"",
    ],
)
def test_records_that_can_not_be(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.mcap"
    path.write_bytes(b"\x89MCAP0\r\n" + content)
    assert len(load_store(path).remarks) == 1


@pytest.mark.parametrize(
    ("opcode", "content"),
    [(4, b""), (4, b"\1\0\1\0\xff\xff\xff\x7f"), (3, b"\1"), (5, b"x"), (12, b"\xff" * 4), (6, b"")],
)
def test_records_that_hold_nothing_sound(tmp_path: Path, opcode: int, content: bytes) -> None:
    path = tmp_path / "odd.mcap"
    path.write_bytes(mcap_of(record(opcode, content)))
    assert "can't be read" in load_store(path).remarks[0]


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "newer.mcap"
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start("zinspector")
        writer.add_metadata("zinspector", {"format": "zinspector-capture", "version": "99"})
        writer.finish()
    with pytest.raises(FileError, match="newer zinspector"):
        load_store(path)


def test_opening_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(CancelledError):
        load_store(written(weather(), tmp_path), lambda _: False)


# Foreign files


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("compression", list(CompressionType))
def test_foreign_files_are_rows(tmp_path: Path, compression: CompressionType, chunked: bool) -> None:
    path = tmp_path / "robot.mcap"
    with path.open("wb") as file:
        writer = Writer(file, compression=compression, use_chunking=chunked)
        writer.start("ros2")
        schema = writer.register_schema("sensor_msgs/msg/Imu", "ros2msg", b"float64 x")
        imu = writer.register_channel("/imu", "cdr", schema)
        state = writer.register_channel("/state", "json", 0)
        writer.add_attachment(0, 0, "notes", "text/plain", b"hello")
        for n in range(50):
            writer.add_message(imu, 1000 + n, b"\0\1" + bytes([n]), n)
            writer.add_message(state, 1000 + n, b'{"n": %d}' % n, n)
        writer.add_message(state, 5000, b"{" + bytes(2 * MIB), 5000)
        writer.finish()
    found = read(path)
    events = [row for row in found if row.kind == "event"]
    assert [row.frames[0] for row in events] == [
        b"channel /imu: cdr, sensor_msgs/msg/Imu (ros2msg)",
        b"channel /state: json",
    ]
    messages = [row for row in found if row.kind == "message"]
    assert len(messages) == 101
    assert (messages[0].node, messages[0].topic, messages[0].time_ns) == ("robot", "/imu", 1000)
    assert messages[3].frames == (b"/state", b'{"n": 1}')
    assert messages[-1].true_sizes == (6, 2 * MIB + 1)
    assert messages[-1].truncated(1)
    assert notes_of(path) == {}


@pytest.mark.parametrize("chunked", [True, False])
def test_many_messages_of_foreign_files_are_the_same_rows(tmp_path: Path, chunked: bool) -> None:
    path, said = tmp_path / "robot.mcap", []
    with path.open("wb") as file:
        writer = Writer(file, chunk_size=20_000, use_chunking=chunked)
        writer.start()
        channels = {name: writer.register_channel(name, "json", 0) for name in ("a", "a name of some length")}
        for n in range(60_000):
            name = "a" if n % 3 else "a name of some length"
            said.append((1000 + n, (name.encode(), b"x" * (n % 40))))
            writer.add_message(channels[name], 1000 + n, said[-1][1][1], n)
        late = writer.register_channel("late", "", 0)
        writer.add_message(late, 99_000, b"!", 0)
        writer.finish()
    rows = read(path)
    assert [(row.time_ns, row.frames) for row in rows if row.kind == "message"] == [*said, (99_000, (b"late", b"!"))]
    assert [row.kind for row in rows[-2:]] == ["event", "message"]
    assert {row.size - sum(map(len, row.frames)) for row in rows} == {0}
    assert {(row.node, row.direction, row.from_type, row.to_type) for row in rows[1:2]} == {
        ("robot", "in", "PUB", "SUB")
    }


def test_a_foreign_file_goes_out_and_in_again(tmp_path: Path) -> None:
    path = tmp_path / "robot.mcap"
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start()
        writer.add_message(writer.register_channel("t", "json", 0), 2**64 - 1, b"{}", 0)
        writer.finish()
    store = load_store(path)
    again = tmp_path / "again.mcap"
    export(store.batches(), again)
    assert read(again) == store.rows(1, 10)
    assert store.row(2).time_ns == 2**63 - 1


def class_of(descriptors: bytes, name: str) -> Any:
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def record(opcode: int, content: bytes) -> bytes:
    return struct.pack("<BQ", opcode, len(content)) + content


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode()


def chunk(data: bytes, size: int) -> bytes:
    """A chunk of zstd that says that it expands to `size`."""
    return record(6, struct.pack("<QQQI", 0, 0, size, 0) + text("zstd") + struct.pack("<Q", len(data)) + data)


def mcap_of(*records: bytes) -> bytes:
    """A finished file."""
    out = io.BytesIO()
    writer = Writer(out, use_chunking=False)
    writer.start()
    start = out.tell()
    writer.finish()
    whole = out.getvalue()
    return whole[:start] + b"".join(records) + whole[start:]
