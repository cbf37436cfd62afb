"""zinspector: draw, run, sniff, inspect and measure ZeroMQ systems.

Packages, and what may import what (checked by `tests/test_architecture.py`):

- `zmtp`      bytes on the wire: the protocol as pure code
- `topology`  what was drawn: document, endpoints, edits, files
- `capture`   what was seen: Arrow columns, store, files
- `measure`   how fast: rates, histograms, reports
- `doctor`    what is wrong: rules over the others
- `decode`    bytes to readable: decoder API, registry, loader
- `runtime`   what runs: the only importer of zmq and asyncio
- `ui`        what is shown: the only importer of PySide6 and pyqtgraph
- `cli`       the command line: one module per verb
"""

__version__ = "0.1.0"
