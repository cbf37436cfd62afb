"""What the frozen app runs: zinspector, or the one Python module that plugins start as a process, protoc.

In a frozen app `sys.executable` is the app itself, so `sys.executable -m grpc_tools.protoc ...` comes back to here.
"""

from __future__ import annotations

import sys

if sys.argv[1:3] == ["-m", "grpc_tools.protoc"]:
    from grpc_tools import protoc

    del sys.argv[1:3]
    protoc.entrypoint()
else:
    from zinspector.__main__ import main

    sys.exit(main())
