"""Many messages as packets at once: those of connections that are open, with nothing to be said beside them.

Each is one packet of one message, as `pcapng` and `tcp` write them one by one; here the headers of all are tables of
numbers, and their checksums sums over columns. What isn't plain is left to them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers
from zinspector.capture.formats import blocks
from zinspector.capture.formats.handshakes import Key, by_client, key
from zinspector.capture.formats.source import kept_bytes
from zinspector.capture.formats.speech import SHORT
from zinspector.capture.formats.tcp import ACK, MOST_PAYLOAD, PSH, TCP, TCP_HEADER, WINDOW, Way
from zinspector.capture.masks import Mask, where
from zinspector.zmtp.frames import LONG, MORE

FLAGS: Final = 5 << 12 | ACK | PSH
IPV4_HEADER, IPV6_HEADER, IPV4_ADDRESSES = 20, 40, 8  # bytes
LONG_HEAD: Final = 9
NONE: Final = 1 << 40  # no code and no number of a connection
DIRECTION: Final = 3


class Speaker(NamedTuple):
    """Who says something: a side of a connection."""

    key: Key
    client: bool


def plain(batch: pa.RecordBatch) -> Mask:
    """Which rows are whole messages without anything odd, short enough for one packet."""
    counts = pc.list_value_length(batch.column("frames")).to_numpy(zero_copy_only=False)
    said = pc.list_value_length(batch.column("anomalies")).fill_null(0).to_numpy(zero_copy_only=False)
    whole = ~batch.column("true_sizes").is_valid().to_numpy(zero_copy_only=False)
    size = kept_bytes(batch) + LONG_HEAD * counts
    mask: Mask = where(batch, "kind", "message".__eq__) & (counts > 0) & (said == 0) & whole & (size <= MOST_PAYLOAD)
    return mask


def speakers(batch: pa.RecordBatch) -> tuple[Numbers, list[Speaker]]:
    """Who says each row, as a number; and who has which number."""
    told = [batch.column(name) for name in ("node", "link", "connection", "direction", "from_type", "to_type")]
    codes = [column.indices if isinstance(column, pa.DictionaryArray) else column for column in told]
    numbers = np.zeros(batch.num_rows, np.int64)
    for column in codes:
        code = column.cast(pa.int64()).fill_null(NONE).to_numpy()
        if (code != code[0]).any():  # most have one value only
            _, small = np.unique(code, return_inverse=True)
            _, numbers = np.unique(numbers * (int(small.max()) + 1) + small, return_inverse=True)
    _, firsts = np.unique(numbers, return_index=True)
    words = [[column[row].as_py() for column in told] for row in firsts.tolist()]
    return numbers, [Speaker(key(*each), by_client(each[DIRECTION])) for each in words]


def said(batch: pa.RecordBatch) -> pa.Array:
    """What each row is on the wire: its frames as ZMTP 3.x, as `speech.message` makes them."""
    frames, places = columns.frames_of(batch)
    sizes = columns.lengths(frames)
    last = np.zeros(len(frames), np.bool_)
    last[places[1:] - 1] = True
    long = sizes > SHORT
    table = np.zeros((len(frames), LONG_HEAD), np.uint8)
    table[:, 0] = np.where(last, 0, MORE) | np.where(long, LONG, 0)
    table[:, 1] = sizes
    table[long, 1:] = sizes[long].astype(">u8")[:, None].view(np.uint8)
    return columns.grouped(columns.joined(columns.heads(table, np.where(long, LONG_HEAD, 2)), frames), places)


def packets(
    times: npt.NDArray[np.int64],
    payloads: pa.Array,
    ways: list[Way],
    interfaces: list[int],
    speaking: Numbers,
    sequences: npt.NDArray[np.int64],
    after: dict[int, bytes],
) -> pa.Buffer:
    """Blocks of packets, one for each row. `ways` and `interfaces` are by speaker; `sequences` has two columns: the
    number of the first byte, and of the byte that is waited for. `after` are blocks that follow a row.
    """
    sizes = columns.lengths(payloads)
    missing = -sizes % 4
    filled = columns.joined(payloads, columns.chosen((b"", b"\0", b"\0\0", b"\0\0\0"), missing))
    words = np.frombuffer(columns.data_of(filled), ">u2")
    ends = columns.ends_of(filled)
    sums = np.add.reduceat(words, (ends[:-1] - ends[0]) // 2, dtype=np.int64)
    tcp = _tcp(ways, speaking, sequences, sizes, sums)
    ip = _ip(ways, speaking, sizes)
    held = columns.lengths(ip) + TCP_HEADER + sizes
    whole = held + missing + blocks.PACKET_HEAD + 4
    head = np.zeros((len(sizes), 7), "<u4")
    head[:, 0], head[:, 1] = blocks.PACKET, whole
    head[:, 2] = np.array(interfaces)[speaking]
    times = np.maximum(times, 0)
    head[:, 3], head[:, 4] = times >> 32, times & 0xFFFFFFFF
    head[:, 5] = head[:, 6] = held
    tail = whole.astype("<u4")
    rows = np.array(sorted(after), np.int64)
    tails = columns.replaced(columns.fixed(tail), rows, [tail[row].tobytes() + after[row] for row in rows.tolist()])
    return columns.data_of(columns.joined(columns.fixed(head), ip, columns.fixed(tcp), filled, tails))


def _tcp(
    ways: list[Way], speaking: Numbers, sequences: Numbers, sizes: Numbers, sums: Numbers
) -> npt.NDArray[np.uint16]:
    table = np.zeros((len(sizes), 10), np.int64)
    table[:, :2] = np.array([way.ports for way in ways])[speaking]
    for column, numbers in ((2, sequences[:, 0]), (4, sequences[:, 1])):
        table[:, column], table[:, column + 1] = numbers >> 16 & 0xFFFF, numbers & 0xFFFF
    table[:, 6], table[:, 7] = FLAGS, WINDOW
    pseudo = np.array([way.pseudo for way in ways])[speaking]
    table[:, 8] = _complement(pseudo + TCP_HEADER + sizes + table.sum(axis=1) + sums)
    return table.astype(">u2")


def _ip(ways: list[Way], speaking: Numbers, sizes: Numbers) -> pa.Array:
    """The headers of IP, of version 4 or 6."""
    old = np.array([len(way.addresses) == IPV4_ADDRESSES for way in ways])
    heads = np.zeros((len(ways), IPV6_HEADER // 2), np.int64)
    for number, way in enumerate(ways):
        fields = [0x4500, 0, 0, 0x4000, 0x4000 | TCP, 0] if old[number] else [0x6000, 0, 0, TCP << 8 | 64]
        heads[number, : len(fields) + len(way.addresses) // 2] = [*fields, *np.frombuffer(way.addresses, ">u2")]
    table, whole, old = heads[speaking], TCP_HEADER + sizes, old[speaking]
    table[:, 1] = np.where(old, IPV4_HEADER + whole, 0)
    table[:, 2] = np.where(old, 0, whole)
    table[:, 5] = np.where(old, _complement(table[:, : IPV4_HEADER // 2].sum(axis=1)), table[:, 5])
    return columns.heads(table.astype(">u2").view(np.uint8), np.where(old, IPV4_HEADER, IPV6_HEADER))


def _complement(total: Numbers) -> Numbers:
    rest = total % 0xFFFF
    rest[rest == 0] = 0xFFFF
    return 0xFFFF - rest
