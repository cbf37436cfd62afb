"""Lines of JSON are those that Python's json makes of a row, byte by byte: whatever is in it, and however it is cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import ROWS, batch_of, batches_of
from tests.helpers.messages import message
from tests.helpers.places import shared
from zinspector.capture import jsonl_out
from zinspector.capture.files import load_store
from zinspector.capture.formats.source import sliced
from zinspector.capture.message import Message, messages
from zinspector.capture.schema import ENCRYPTED

CAPTURES = ["apps/jupyter.pcap", "apps/pyomq.pcap", "apps/sec_ironhouse.pcap", "zguide/rtreq.pcap"]


def reference(rows: list[Message], decoded: list[jsonl_out.Decoded] | None = None) -> bytes:
    made = [row.as_json(each) for row, each in zip(rows, decoded or [[]] * len(rows), strict=True)]
    return b"".join(json.dumps(each).encode() + b"\n" for each in made)


@settings(max_examples=100, deadline=None)
@given(found=ROWS, at=st.integers(0, 12))
def test_any_rows(found: list[Message], at: int) -> None:
    for batch in batches_of(found, at):
        assert bytes(jsonl_out.encoded(batch)) == reference(list(messages(batch)))


@pytest.mark.parametrize("name", CAPTURES)
def test_real_captures_in_slices(name: str) -> None:
    store = load_store(shared(f"captures/{name}"))
    lines = b"".join(bytes(jsonl_out.encoded(part)) for part in sliced(store.batches(), 7, 1000))
    assert lines == reference(store.rows(1, store.retained))


def test_decoded_values_of_some_rows() -> None:
    rows = [message(b"a"), message(b"b"), message(b"c")]
    decoded: list[jsonl_out.Decoded] = [[], [{"frame": 0, "decoder": "x", "value": {"ä": 1e300}}], []]
    assert bytes(jsonl_out.encoded(batch_of(rows), lambda _: map(json.dumps, decoded))) == reference(rows, decoded)


def test_what_is_encrypted_has_no_text() -> None:
    rows = [message(b"text", name=ENCRYPTED), message(b"text", name=ENCRYPTED, kind="command"), message(b"text")]
    assert bytes(jsonl_out.encoded(batch_of(rows))) == reference(rows)
