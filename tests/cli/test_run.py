"""run: the report, the lines, the recording, expectations, interrupts, and what goes wrong."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.helpers.command_line import WEATHER, closed, command, environment, pair, started, topology, zinspector
from tests.helpers.places import free_port
from tests.helpers.waiting import PATIENCE_S
from zinspector.capture.files import open_capture

MESSAGE_FIELDS = [
    *("n", "time_ns", "node", "link", "connection", "direction", "kind", "name", "from_type", "to_type", "size"),
    *("frames", "topic", "decoded", "anomalies"),
]
HUNDRED = {"kind": "generate", "rate": 1000, "count": 100, "frames": [{"text": "job {{n}}"}, {"json": {"n": "{{n}}"}}]}
SINK = {"kind": "sink"}
ALL = ("--expect", 'count(node == "to" and kind == "message") >= 100 within 60s')  # ends the run
ONE = ("--expect", ALL[1].replace("100", "1"))
QUOTES = ("--expect", 'count(topic startswith "quotes." and direction == "in") >= 5 within 60s')


def pipeline(folder: Path, **behaviour: Any) -> Path:
    return pair(folder, {"type": "PUSH", "behaviour": {**HUNDRED, **behaviour}}, {"type": "PULL", "behaviour": SINK})


def messages(lines: str) -> list[dict[str, Any]]:
    return [row for row in map(json.loads, lines.splitlines()) if row["kind"] == "message"]


def test_report_record_and_lines_agree(tmp_path: Path) -> None:
    drawn = pipeline(tmp_path)
    done = zinspector(
        *(
            "run",
            drawn,
            *ALL,
            "-T",
            "jsonl",
            "--report",
            tmp_path / "r.json",
            "--record",
            tmp_path / "c.arrow",
        )
    )
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["format"], report["version"]) == ("zinspector-report", 1)
    assert report["duration_s"] > 0.09  # a hundred at a rate of a thousand
    assert report["nodes"]["from"]["sent"] == report["nodes"]["to"]["received"] == 100
    assert report["nodes"]["from"]["bytes_sent"] == report["links"]["l"]["bytes"]
    link = report["links"]["l"]
    assert (link["messages"], link["latency_us"]) == (100, None)
    assert report["dropped"] == 0
    assert report["findings"] == []
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["n"] for row in rows] == list(range(1, report["captured"] + 1))
    assert list(rows[0]) == MESSAGE_FIELDS
    received = [row for row in messages(done.stdout) if row["node"] == "to"]
    assert [row["frames"][0]["text"] for row in received] == [f"job {n}" for n in range(1, 101)]
    assert {(row["direction"], row["link"], row["from_type"], row["to_type"]) for row in received} == {
        ("in", "l", "PUSH", "PULL")
    }
    table = open_capture(tmp_path / "c.arrow")
    assert table.num_rows == report["captured"]
    assert isinstance(table, pa.Table)


def test_what_is_stamped_is_measured(tmp_path: Path) -> None:
    drawn = pipeline(tmp_path, stamp=True)
    done = zinspector("run", drawn, *ALL, "--report", "-", "--expect", "link l p99 < 6e7")
    latency = json.loads(done.stdout)["links"]["l"]["latency_us"]
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["p99.9"] <= latency["max"]
    assert done.returncode == 0


def test_without_output_there_is_a_summary() -> None:
    done = zinspector("run", WEATHER, "--for", "0.5")
    head, *rows = done.stdout.splitlines()
    assert head.endswith("0 dropped")
    assert any("station-display" in row and "msg/s" in row for row in rows)


@pytest.mark.parametrize(
    ("expectations", "code"),
    [(["count >= 10", "errors == 0"], 0), (["node to received == 100 and link l messages == 100"], 0)],
)
def test_expectations_hold(tmp_path: Path, expectations: list[str], code: int) -> None:
    arguments = [word for text in expectations for word in ("--expect", text)]
    assert zinspector("run", pipeline(tmp_path), *ALL, *arguments).returncode == code


def test_an_expectation_fails(tmp_path: Path) -> None:
    done = zinspector("run", pipeline(tmp_path), *ALL, "--expect", "node to received > 100")
    assert done.returncode == 1
    assert done.stderr == "zinspector: expected node to received > 100, but it is 100\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--expect", "node x sent > 1"], "column 6, not 'x' (there are from, to)"),
        (["--record", "/no/such/folder/c.arrow"], "/no/such/folder: no such folder"),
        (["--report", "/"], "/: can't be written"),
        (["--decode", "topic:a"], "WHERE=DECODER(OPTIONS)"),
        (["--decode", "*=nothing"], "there is no decoder of that name"),
        (["--topology", "/no/such"], "/no/such: No such file"),
    ],
)
def test_bad_use_is_told_before_the_run(tmp_path: Path, arguments: list[str], told: str) -> None:
    done = zinspector("run", pipeline(tmp_path), "--for", "30", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_still_writes_the_report(tmp_path: Path, number: signal.Signals) -> None:
    drawn = pipeline(tmp_path, count=None, rate=100)
    with started("run", drawn, "-T", "jsonl", "--report", tmp_path / "r.json") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert json.loads((tmp_path / "r.json").read_text())["captured"] > 0


def test_a_reader_that_goes_away_ends_the_run(tmp_path: Path) -> None:
    drawn = pipeline(tmp_path, count=None, rate=1000)
    with started("run", drawn, "-T", "jsonl", "--for", "60", "--report", tmp_path / "r.json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == ""
    assert (tmp_path / "r.json").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_that_is_full_is_told(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("run", WEATHER, "--for", "5", "-T", "jsonl"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "zinspector: standard output: can't be written: No space left on device"
    assert "Traceback" not in done.stderr


def test_a_reader_that_stands_still_holds_nothing_up(tmp_path: Path) -> None:
    drawn = pipeline(tmp_path, count=None, rate=2000)
    enough = 'count(node == "to" and kind == "message") >= 3000 within 100s'
    with started("run", drawn, "-T", "jsonl", "--expect", enough) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        closed(process)
        assert process.poll() is None  # all of it ran; what is left is to be read
        out = first + process.stdout.read()
        assert (process.wait(PATIENCE_S), process.stderr.read()) == (0, "")
    assert len(messages(out)) >= 6000


def test_rules_of_drawing_and_command_line_decode(tmp_path: Path) -> None:
    drawn = pair(
        tmp_path,
        {"type": "PUSH", "behaviour": {**HUNDRED, "count": 1}},
        {"type": "PULL", "behaviour": SINK},
        decode=["node:to frame:1=json"],
    )
    done = zinspector("run", drawn, *ONE, "-T", "jsonl", "--decode", "node:to frame:0=json")
    assert done.returncode == 0
    sent, received = messages(done.stdout)
    assert sent["decoded"] == [{"frame": 1, "decoder": "json", "value": {"n": 1}}]  # found without a rule
    failed, good = received["decoded"]
    assert (failed["frame"], failed["decoder"], failed["value"]) == (0, "json", None)
    assert "json" in failed["error"]
    assert good == {"frame": 1, "decoder": "json", "value": {"n": 1}}


def test_protobuf_by_rule_of_another_topology(tmp_path: Path) -> None:
    market = WEATHER.with_name("market-data.zin.json")
    drawn = json.loads(market.read_text())
    del drawn["decode"]
    bare = tmp_path / "bare.zin.json"
    bare.write_text(json.dumps(drawn))
    done = zinspector("run", bare, *QUOTES, "-T", "jsonl", "--topology", market)
    values = [
        decoded for row in messages(done.stdout) for decoded in row["decoded"] if decoded["decoder"] == "protobuf"
    ]
    assert values
    assert all("error" not in decoded for decoded in values)


def test_a_recording_carries_its_drawing_without_secrets(tmp_path: Path) -> None:
    file, recording = topology(
        tmp_path, {"id": "client", "type": "REQ", "options": {"PLAIN_USERNAME": "adm1n", "PLAIN_PASSWORD": "s3cr3t"}}
    ), tmp_path / "r.arrow"  # fmt: skip
    assert zinspector("run", file, "--for", "0.1", "--record", recording).returncode == 0
    written = recording.read_bytes()
    assert b"adm1n" in written
    assert b"s3cr3t" not in written


def test_a_recording_elsewhere_is_decoded_as_its_drawing_says(tmp_path: Path) -> None:
    market = WEATHER.with_name("market-data.zin.json")
    zinspector("run", market, *QUOTES, "--record", "market.arrow", cwd=tmp_path)
    done = zinspector("read", "market.arrow", "-T", "jsonl", "-Y", "proto.Quote.bid > 0", "-c", "3", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count('"decoder": "protobuf"') == 3


def test_a_node_that_fails_is_told_and_the_rest_runs(tmp_path: Path) -> None:
    drawn = topology(
        tmp_path,
        {"id": "from", "type": "PUSH", "behaviour": HUNDRED},
        {"id": "to", "type": "PULL", "behaviour": SINK},
        {"id": "bad", "type": "PULL", "bind": ["tcp://no-such-interface9:5555"]},
        links=({"id": "l", "from": "from", "to": "to"},),
    )
    done = zinspector("run", drawn, *ALL, "--report", "-", "--expect", "errors == 0")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["links"]["l"]["messages"] == 100
    assert [found["node"] for found in report["findings"]] == ["bad"]
    finding, expectation = done.stderr.splitlines()
    assert finding.startswith("Z104 error node bad: can't bind")
    assert expectation == "zinspector: expected errors == 0, but it is 1"


def test_what_the_drawing_shows_is_not_told_again_when_it_fails(tmp_path: Path) -> None:
    drawn = topology(
        tmp_path,
        {"id": "path", "type": "PULL", "bind": [f"ipc:///tmp/{'x' * 120}"]},
        {"id": "frame", "type": "PUB", "behaviour": {**HUNDRED, "frames": [{"text": "fine"}, {"hex": "{{n}"}]}},
        {"id": "option", "type": "PULL", "options": {"NONSENSE": 1}},
        {"id": "unnamed", "type": "PULL", "behaviour": {"kind": "script"}},
        {"id": "gone", "type": "PULL", "behaviour": {"kind": "script", "script": "gone.py"}},
    )
    done = zinspector("run", drawn, "--for", "0.5", "--report", "-", "--allow-scripts")
    report = json.loads(done.stdout)
    found = {finding["node"]: finding for finding in report["findings"] if finding["severity"] == "error"}
    assert len(found) == len([one for one in report["findings"] if one["severity"] == "error"])
    codes = {node: finding["code"] for node, finding in found.items()}
    assert codes == {"path": "Z114", "frame": "Z100", "option": "Z100", "unnamed": "Z100", "gone": "Z100"}
    assert found["unnamed"]["text"] == "no script is chosen"
    assert found["gone"]["text"] == "the script gone.py isn't there"
    assert found["frame"]["text"] == "frame 1, column 4: can't read '}'"
    assert done.stderr.count("(a name, a number or a quoted text)") == 1


def test_what_rows_show_to_be_wrong_is_told_and_reported(tmp_path: Path) -> None:
    refused, first, second = (f"tcp://127.0.0.1:{free_port()}" for _ in range(3))
    drawn = topology(
        tmp_path,
        {"id": "r", "kind": "relay", "listen": first, "target": refused},
        {"id": "quiet", "kind": "relay", "listen": second, "target": refused, "silenced": ["Z209"]},
        {"id": "to", "type": "PULL", "connect": [first, second]},
    )
    recording = tmp_path / "run.arrow"
    rows = 'node == "r" and name == "REFUSED"', 'node == "to" and name contains "HANDSHAKE_FAILED"'
    both = [word for each in rows for word in ("--expect", f"count({each}) >= 1 within 60s")]
    done = zinspector("run", drawn, *both, "--report", "-", "--record", recording)
    assert done.returncode == 0
    found = json.loads(done.stdout)["findings"]
    assert {(finding["code"], finding["node"]) for finding in found} == {("Z208", "to"), ("Z209", "r")}
    assert {finding["remedy"] for finding in found if finding["node"] == "r"} == {
        "start the program that listens there"
    }
    assert sum(line.startswith("Z209 warning node r: ") for line in done.stderr.splitlines()) == 1
    of_recording = json.loads(zinspector("check", recording, "-T", "json").stdout)
    texts = {finding["text"] for finding in of_recording if finding["node"] != "quiet"}
    assert texts == {finding["text"] for finding in found}


def test_a_script_needs_consent(tmp_path: Path) -> None:
    (tmp_path / "answer.py").write_text("async def on_message(frames, send):\n    await send([b'answer'])\n")
    drawn = pair(
        tmp_path,
        {"type": "REQ", "behaviour": {"kind": "generate", "rate": 100, "frames": [{"text": "?"}]}},
        {"type": "REP", "behaviour": {"kind": "script", "script": "answer.py"}},
    )
    refused = zinspector("run", drawn, *ONE, "--expect", "errors == 0")
    assert refused.returncode == 1
    told = "Z000 error node to: the script answer.py did not run: it needs your consent"
    assert f"{told} (read it, then add --allow-scripts)\n" in refused.stderr
    answered = 'count(node == "from" and direction == "in" and kind == "message") > 10 within 60s'
    allowed = zinspector("run", drawn, "--allow-scripts", "--expect", answered)
    assert (allowed.returncode, allowed.stderr) == (0, "")
