"""Passwords and secret keys stay where they are needed."""

from __future__ import annotations

from zinspector.runtime.options import OPTIONS
from zinspector.topology.confidential import SECRETS, without_secrets
from zinspector.topology.document import Document, ProxyNode, ProxySide, RelayNode, SocketNode
from zinspector.topology.files import dumps, loads


def test_options_that_hold_secrets_are_left_out_and_nothing_else() -> None:
    secret = {"PLAIN_PASSWORD": "s3cr3t", "CURVE_SECRETKEY": "s3cr3t", "SOCKS_PASSWORD": "s3cr3t"}
    kept = {"PLAIN_USERNAME": "admin", "CURVE_PUBLICKEY": "public", "SNDHWM": 5}
    drawing = Document(
        nodes=(
            SocketNode(id="a", type="REQ", options=kept | secret, connect=("tcp://127.0.0.1:5555",)),
            ProxyNode(
                id="b",
                frontend=ProxySide(type="XSUB", options=kept | secret),
                backend=ProxySide(type="XPUB", options=secret),
            ),
            RelayNode(id="c", listen="tcp://127.0.0.1:*", target="tcp://127.0.0.1:5555"),
        )
    )
    text = dumps(without_secrets(drawing))
    assert "s3cr3t" not in text
    socket, proxy, relay = loads(text, "test").document.nodes
    assert isinstance(socket, SocketNode)
    assert isinstance(proxy, ProxyNode)
    assert (socket.options, proxy.frontend.options, proxy.backend.options) == (kept, kept, {})
    assert socket.connect == ("tcp://127.0.0.1:5555",)
    assert relay == drawing.nodes[2]


def test_what_holds_no_secret_stays_the_same() -> None:
    drawing = Document(nodes=(SocketNode(id="a", type="PUB", options={"SNDHWM": 5}),))
    assert without_secrets(drawing) is drawing


def test_every_secret_option_of_libzmq_is_one() -> None:
    words = ("PASSWORD", "SECRET")
    assert {name for name in OPTIONS if any(word in name for word in words)} == SECRETS
