"""What is decoded of whole batches is what is decoded of each message."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import ROWS, batches_of
from zinspector.capture.message import Message, messages
from zinspector.cli.decoding import Decoding
from zinspector.decode.rules import Rule


@pytest.fixture(scope="module", params=[[], ["frame:1=json"]], ids=["unruled", "ruled"])
def decoding(request: pytest.FixtureRequest) -> Decoding:
    return Decoding([Rule.parse(text) for text in request.param])


@settings(max_examples=100, deadline=None)
@given(found=ROWS, at=st.integers(0, 12))
def test_any_rows(decoding: Decoding, found: list[Message], at: int) -> None:
    for batch in batches_of(found, at):
        assert [*decoding.of_rows(batch)] == [json.dumps(decoding.decoded(row)) for row in messages(batch)]
