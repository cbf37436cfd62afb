"""`zinspector read`: any capture, in three forms."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from tests.helpers.captured import Feed
from tests.helpers.command_line import WEATHER, command, topology, zinspector
from tests.helpers.conversations import handshaken, message
from tests.helpers.packets import Talk, gzipped, pcap, pcapng
from zinspector.capture.files import load_store, save
from zinspector.capture.remarks import remarks
from zinspector.capture.store import Store


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    talk = handshaken().sends(message(b"\1"))
    talk.answers(message(b"weather.london", b'{"city": "London", "n": 1}'))
    talk.answers(message(b"=cmd()", b"\x1b[31mred\n\xe2\x80\xaerev\x00"))
    path = tmp_path / "seen.pcap"
    path.write_bytes(pcap(talk.packets))
    return path


def test_text_is_one_safe_line_a_row(capture: Path) -> None:
    done = zinspector("read", capture)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert len(lines) == 8
    assert "greets: ZMTP 3.1, NULL" in lines[1]
    assert "subscribes to everything" in lines[5]
    assert lines[6].split()[2:6] == ["seen#1", "bind->connect", "PUB>SUB", "message"]
    assert '"weather.london" | {"city": "London", "n": 1}' in lines[6]
    assert lines[7].endswith('"=cmd()" | "\\x1b[31mred\\n\\u202erev\\x00"')
    assert done.stdout.isascii()
    starts = {line.index("->") for line in lines}
    assert len({line.index("  B  ") if "  B  " in line else 0 for line in lines}) == 1
    assert len(starts) <= 2


def test_jsonl_is_what_is_there_and_can_be_read_again(capture: Path, tmp_path: Path) -> None:
    done = zinspector("read", capture, "-T", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["n"] for row in rows] == list(range(1, 9))
    assert rows[6]["decoded"] == [{"frame": 1, "decoder": "json", "value": {"city": "London", "n": 1}}]
    assert (rows[6]["node"], rows[6]["connection"], rows[6]["topic"]) == ("seen", 1, "weather.london")
    (tmp_path / "again.jsonl").write_text(done.stdout)
    assert zinspector("read", tmp_path / "again.jsonl", "-T", "jsonl").stdout == done.stdout


def test_csv_runs_nothing_in_a_spreadsheet(capture: Path) -> None:
    table = list(csv.DictReader(io.StringIO(zinspector("read", capture, "-T", "csv").stdout)))
    assert len(table) == 8
    assert table[7]["topic"] == "'=cmd()"
    assert not any(cell.startswith(("=", "+", "@", "\t")) for row in table for cell in row.values())
    assert table[6]["frame_sizes"] == "14 26"
    assert json.loads(table[6]["decoded"])[0]["value"]["city"] == "London"


def test_counting_and_stopping(capture: Path) -> None:
    assert zinspector("read", capture, "--count").stdout == "8\n"
    assert zinspector("read", capture, "-c", "3").stdout.count("\n") == 3
    assert zinspector("read", capture, "-c", "3", "--count").stdout == "3\n"
    assert zinspector("read", capture, "-c", "0").returncode == 2


@pytest.mark.parametrize("name", ["c.pcapng", "c.pcap.gz", "no_extension_at_all"])
def test_the_content_decides_not_the_name(tmp_path: Path, name: str) -> None:
    packets = handshaken().answers(message(b"a", b"b")).packets
    (tmp_path / name).write_bytes(gzipped(pcap(packets)) if name.endswith("gz") else pcapng(packets))
    done = zinspector("read", tmp_path / name, "-T", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[-1]["topic"] == "a"
    assert rows[-1]["node"] == name.partition(".")[0]


def test_a_recording_of_sockets(tmp_path: Path) -> None:
    some = 'count(topic startswith "weather.") >= 1 within 60s'
    zinspector("run", WEATHER, "--expect", some, "--record", tmp_path / "c.arrow")
    done = zinspector("read", tmp_path / "c.arrow", "--topology", WEATHER)
    assert "weather." in done.stdout
    assert done.stderr == ""


def test_standard_input_is_a_file_like_any(capture: Path) -> None:
    with capture.open("rb") as stdin:
        done = subprocess.run(command("read", "-", "--count"), stdin=stdin, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("8\n", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"n": 1}', "zinspector: standard input:1: no message: "),
        ("", "zinspector: standard input: empty "),
        ("no capture", "zinspector: standard input: not a capture "),
    ],
)
def test_what_is_wrong_with_standard_input_is_told_of_it_and_not_of_a_copy(text: str, told: str) -> None:
    done = subprocess.run(command("read", "-"), check=False, input=text, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(told)


def test_names_and_decoders_of_a_topology(capture: Path, tmp_path: Path) -> None:
    drawn = topology(
        tmp_path,
        {"id": "seen", "kind": "import", "label": "production", "file": "seen.pcap"},
        decode=["topic:weather.* frame:1=json"],
    )
    assert " production#1 " in zinspector("read", capture, "--topology", drawn).stdout
    done = zinspector("read", capture, "-T", "jsonl", "--decode", "topic:nothing=json", "--topology", drawn)
    assert done.returncode == 0
    assert zinspector("read", capture, "--decode", "topic:x=nodecoder").returncode == 2


def test_names_and_decoders_that_a_capture_carries(capture: Path, tmp_path: Path) -> None:
    drawn = topology(
        tmp_path,
        {"id": "seen", "kind": "import", "label": "production", "file": "seen.pcap"},
        decode=["frame:0=text", "frame:1=protobuf(gone.proto, a.B)"],
    )
    carrying = tmp_path / "seen.arrow"
    save(load_store(capture).batches(), carrying, {"drawing": drawn.read_text()})
    done = zinspector("read", carrying)
    assert " production#1 " in done.stdout
    assert " text " in done.stdout
    assert "a decode rule that it carries is left out: " in done.stderr
    assert "gone.proto" in done.stderr


def test_http_on_a_port_is_said_and_is_no_error(tmp_path: Path) -> None:
    talk = Talk().open().sends(b"GET / HTTP/1.1\r\n\r\n").answers(b"HTTP/1.1 200 OK\r\n\r\n").close()
    (tmp_path / "web.pcap").write_bytes(pcap(talk.packets))
    done = zinspector("read", tmp_path / "web.pcap")
    assert done.returncode == 0
    assert "HTTP on port 5556: 1 connection" in done.stdout
    assert "no ZeroMQ traffic, but HTTP on port 5556" in done.stderr


def test_an_empty_capture_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.pcap").write_bytes(pcap([]))
    done = zinspector("read", tmp_path / "empty.pcap")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no ZeroMQ traffic" in done.stderr


@pytest.mark.parametrize("content", [b"", b"not a capture\n", b"\x89PNG\r\n", b"{not json}\n", gzipped(b"text")])
def test_a_file_that_is_no_capture_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "thing.pcap"
    path.write_bytes(content)
    done = zinspector("read", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert str(path) in done.stderr


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = zinspector("read", tmp_path / "none.pcap")
    assert done.returncode == 2
    assert "No such file" in done.stderr


def test_damage_is_told(tmp_path: Path) -> None:
    data = pcap(handshaken().answers(message(b"a", b"b")).packets)
    (tmp_path / "cut.pcap").write_bytes(data[:-5])
    done = zinspector("read", tmp_path / "cut.pcap")
    assert done.returncode == 0
    assert "ends within a packet" in done.stderr
    assert "DAMAGED" in done.stdout


def test_a_field_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"time_ns": 1}\n')
    done = zinspector("read", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{path}:1: no message: the field 'frames' is missing (" in done.stderr


def test_equal_remarks_are_one() -> None:
    store = Store()
    store.remarks += ["the end is missing", "the end is missing"]
    assert remarks(store) == ["the end is missing"]


@pytest.fixture
def rotation(tmp_path: Path) -> list[Path]:
    """A recording in three files, of five messages each."""
    feed = Feed(Store())
    paths = []
    for number in range(1, 4):
        first, *_ = feed.messages([[b"t", b'{"n": %d}' % n] for n in range(5)])
        paths.append(tmp_path / f"t-{number:04d}.arrow")
        save(feed.store.since(first), paths[-1])
    return paths


def test_the_files_of_a_rotation_are_one_capture(rotation: list[Path]) -> None:
    done = zinspector("read", *rotation, "-T", "jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["n"] for line in done.stdout.splitlines()] == list(range(1, 16))
    done = zinspector("read", "-Y", "json.n == 4", "--count", *rotation)
    assert done.stdout == "3\n"


def test_files_that_do_not_follow_each_other_are_told(rotation: list[Path]) -> None:
    done = zinspector("read", *reversed(rotation))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{rotation[1]}: does not follow t-0003.arrow" in done.stderr
    done = zinspector("read", rotation[0], rotation[2], "--count")
    assert (done.returncode, done.stdout) == (0, "10\n")
    assert "t-0001.arrow to t-0003.arrow: rows 6 to 10 are missing between" in done.stderr
