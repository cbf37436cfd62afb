"""`zinspector sniff`, really capturing where this host lets us, and its advice where it does not."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import socket
import stat
import threading
from pathlib import Path

import pytest
import zmq

from tests.helpers.command_line import started, zinspector
from tests.helpers.waiting import wait_here_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="captures with dumpcap")


def needs_capture() -> None:
    if shutil.which("dumpcap") is None and shutil.which("tcpdump") is None:
        pytest.skip("neither dumpcap nor tcpdump is installed")
    if os.geteuid() != 0:
        pytest.skip("may not capture")


def test_what_is_wrong_is_told_as_it_passes() -> None:
    needs_capture()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with started("sniff", "-i", "lo", str(port)) as sniffing:
            assert sniffing.stderr is not None
            assert " captures, " in sniffing.stderr.readline()
            told: list[str] = []
            reader = threading.Thread(target=lambda: told.extend(sniffing.stderr or ()))
            reader.start()

            def seen() -> bool:
                """It takes some time until packets are looked at: knock until it is seen."""
                with socket.create_connection(("127.0.0.1", port)) as client, listener.accept()[0]:
                    client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
                return any(line.startswith("Z210 warning node lo: HTTP on port ") for line in told)

            wait_here_until(seen)
            sniffing.send_signal(signal.SIGINT)
            assert sniffing.wait(60) == 130
            reader.join()
            assert sum(line.startswith("Z210") for line in told) == 1


def test_what_passes_is_printed_and_recorded(tmp_path: Path) -> None:
    needs_capture()
    record, rows, numbers = tmp_path / "seen.arrow", [], itertools.count()
    with zmq.Context() as context, context.socket(zmq.XPUB) as publisher:
        port = publisher.bind_to_random_port("tcp://127.0.0.1")
        with started("sniff", "-i", "lo", port, "-T", "jsonl", "--record", record) as sniffing:
            assert sniffing.stdout is not None
            assert sniffing.stderr is not None
            assert re.fullmatch("zinspector: lo: (dumpcap|tcpdump) captures, .+\n", sniffing.stderr.readline())
            reader = threading.Thread(target=lambda: rows.extend(map(json.loads, sniffing.stdout or ())))
            reader.start()

            def seen() -> bool:
                """It takes some time until packets are looked at: subscribe until it is seen."""
                topic = b"weather.%d" % next(numbers)
                with context.socket(zmq.SUB) as subscriber:
                    subscriber.subscribe(topic)
                    subscriber.connect(f"tcp://127.0.0.1:{port}")
                    while publisher.recv() != b"\1" + topic:
                        pass  # those before left
                    publisher.send_multipart([topic, b"sunny"])
                    subscriber.recv_multipart()
                return any(row["kind"] == "message" for row in rows)

            wait_here_until(seen)
            sniffing.send_signal(signal.SIGINT)
            assert sniffing.wait(60) == 130
            reader.join()
            assert re.fullmatch(r"zinspector: lo: .+ packets, 0 dropped.+\n", sniffing.stderr.read())
    row = next(row for row in rows if row["kind"] == "message")
    assert (row["topic"][:8], row["from_type"], row["to_type"]) == ("weather.", "XPUB", "SUB")
    assert (row["node"], row["direction"]) == ("lo", "bind->connect")
    assert row["topic"] in zinspector("read", record).stdout


def test_an_interface_that_is_not_there() -> None:
    needs_capture()
    done = zinspector("sniff", "-i", "nowhere0")
    assert done.returncode == 2
    assert "nowhere0: there is no such interface (there are: " in done.stderr


def test_ports_are_ports() -> None:
    assert zinspector("sniff", "-i", "lo", "0").returncode == 2
    assert zinspector("sniff", "-i", "lo", "http").returncode == 2
    assert zinspector("sniff", "5556").returncode == 2


@pytest.mark.parametrize(
    ("complaint", "advice"),
    [
        ("dumpcap: You do not have permission to capture on device 'lo'.", "sudo setcap cap_net_raw,cap_net_admin+eip"),
        ("(socket: Operation not permitted)", "sudo setcap cap_net_raw,cap_net_admin+eip"),
        ("No such device exists", "there are: "),
        ("something else went wrong", "something else went wrong"),
    ],
)
def test_the_remedy_is_exact(tmp_path: Path, complaint: str, advice: str) -> None:
    program = tmp_path / "dumpcap"
    program.write_text(f'#!/bin/sh\necho "{complaint}" >&2\nexit 2\n')
    program.chmod(0o755)
    done = zinspector("sniff", "-i", "lo", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode == 2
    assert advice in done.stderr
    assert "lo: " in done.stderr


def test_a_capture_program_that_only_a_group_may_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from zinspector.runtime import sniff_programs

    program = tmp_path / "dumpcap"
    program.write_text("")
    program.chmod(stat.S_IRUSR)
    monkeypatch.setattr(sniff_programs, "PLACES", (str(tmp_path),))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(sniff_programs.SniffError) as caught:
        sniff_programs.program()
    assert caught.value.where == str(program)
    assert "usermod -aG wireshark" in caught.value.remedy


def test_no_capture_program_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from zinspector.runtime import sniff_programs

    monkeypatch.setattr(sniff_programs, "PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(sniff_programs.SniffError, match="apt install wireshark-common"):
        sniff_programs.program()
