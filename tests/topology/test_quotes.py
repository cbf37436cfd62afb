"""The quotes of the samples are what their schema says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from zinspector.shipped import shipped
from zinspector.topology import files
from zinspector.topology.document import SocketNode
from zinspector.topology.templates import compile_frames


@pytest.fixture(scope="module")
def quote_class(tmp_path_factory: pytest.TempPathFactory) -> Any:
    schemas = shipped("resources/schemas")
    out = tmp_path_factory.mktemp("proto") / "quotes.pb"
    protoc = [sys.executable, "-m", "grpc_tools.protoc", f"-I{schemas}", f"--descriptor_set_out={out}"]
    subprocess.run([*protoc, str(schemas / "quotes.proto")], check=True, timeout=60)
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("market.Quote"))


@pytest.mark.parametrize("name", ["market-data", "demo"])
def test_a_quote_is_a_quote(name: str, quote_class: Any) -> None:
    path = shipped(f"resources/samples/{name}.zin.json")
    document = files.load(path).document
    assert document.decode == ("topic:quotes.* frame:1=protobuf(../schemas/quotes.proto, market.Quote)",)
    assert (path.parent / Path("../schemas/quotes.proto")).is_file()
    node = document.node("exchange")
    assert isinstance(node, SocketNode)
    make = compile_frames(node.behaviour.frames, path.parent)
    for n in (1, 2, 1000):
        topic, payload = make(n)
        quote = quote_class.FromString(payload)
        assert topic.decode() == f"quotes.{quote.symbol}"
        assert 100 <= quote.bid <= 101 <= quote.ask <= 102
        assert quote.seq == n
        assert quote.time_ns > 10**18
        assert quote.venue in (1, 2, 3)
        assert quote.SerializeToString() == payload
