"""The five houses of pyzmq's security examples: a PUSH that serves and a PULL that is its client, in one program.

houses.py HOUSE [wrong]: prints the server's address, reads the address to connect to, prints what the client's
monitor said about its handshake and what it received. `wrong`: with a wrong password, or a key that nobody knows.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import zmq
from zmq.auth import CURVE_ALLOW_ANY, create_certificates, load_certificate
from zmq.auth.thread import ThreadAuthenticator
from zmq.utils.monitor import recv_monitor_message

USER, PASSWORD = b"admin", b"s3cr3t-Passw0rd"
HANDSHAKES = {
    zmq.EVENT_HANDSHAKE_SUCCEEDED: "succeeded",
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: "failed: not allowed",
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "failed: protocol",
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: "failed",
}


def main(house: str, wrong: bool, folder: Path) -> None:
    """Build the house, let the client in, pass one message."""
    context = zmq.Context()
    server, client = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    authenticator = None if house == "grasslands" else ThreadAuthenticator(context)
    if authenticator is not None:
        authenticator.start()
        authenticator.allow("127.0.0.1")
    if house == "strawhouse":
        server.zap_domain = b"global"
    elif house == "woodhouse" and authenticator is not None:
        authenticator.configure_plain(domain="*", passwords={USER.decode(): PASSWORD.decode()})
        server.plain_server = True
        client.plain_username = USER
        client.plain_password = PASSWORD[::-1] if wrong else PASSWORD
    elif house in ("stonehouse", "ironhouse") and authenticator is not None:
        location = CURVE_ALLOW_ANY if house == "stonehouse" else str(folder / "allowed")
        public, server.curve_secretkey = certificate(folder, "server")
        server.curve_publickey = client.curve_serverkey = public
        client.curve_publickey, client.curve_secretkey = certificate(folder, "client" if wrong else "allowed")
        authenticator.configure_curve(domain="*", location=location)
        server.curve_server = True
    monitor = client.get_monitor_socket(sum(HANDSHAKES))
    print(f"tcp://127.0.0.1:{server.bind_to_random_port('tcp://127.0.0.1')}", flush=True)
    client.connect(sys.stdin.readline().strip())
    handshake = HANDSHAKES[recv_monitor_message(monitor)["event"]]
    got = []
    if handshake == "succeeded":
        for frames in ([b"Hello"], [b"two", b"frames" * 100]):
            server.send_multipart(frames)
            got.append([frame.decode() for frame in client.recv_multipart()])
    client.disable_monitor()
    for socket in (monitor, server, client):
        socket.close(0)
    if authenticator is not None:
        authenticator.stop()
    context.term()
    print(json.dumps([handshake, got]), flush=True)


def certificate(folder: Path, name: str) -> tuple[bytes, bytes]:
    """A new key pair; in the folder of its name lies its public half."""
    place = folder / name
    place.mkdir()
    _, secret = create_certificates(str(place), name)
    public, private = load_certificate(secret)
    assert private is not None
    return public, private


with tempfile.TemporaryDirectory() as keys:
    main(sys.argv[1], "wrong" in sys.argv[2:], Path(keys))
