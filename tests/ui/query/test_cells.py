"""The values of a result as text."""

from __future__ import annotations

import pyarrow as pa

from zinspector.ui.query.cells import as_csv, as_tsv, cell_text

TRUTH = pa.table({"yes": [True, None, False], "list": [[True], None, [False]], "one": [1, 0, -1]})


def test_truth_is_said_as_json_does() -> None:
    assert [cell_text(value) for value in (True, False, None, 1)] == ["true", "false", "", "1"]
    assert as_tsv(["yes", "list", "one"], TRUTH).splitlines()[1:] == [
        "true\t[true]\t1", "\t\t0", "false\t[false]\t-1",
    ]  # fmt: skip
    assert as_csv(TRUTH, lambda _: True) == b"yes,list,one\ntrue,[true],1\n,,0\nfalse,[false],-1\n"
