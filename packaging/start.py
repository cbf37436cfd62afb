"""What the frozen app runs: zinspector, or one of the Python modules that are started as processes of their own.

In a frozen app `sys.executable` is the app itself, so `sys.executable -m grpc_tools.protoc ...`, as plugins say it, and
`-m zinspector.runtime.worker ...`, as the window says it, come back to here.
"""

from __future__ import annotations

import sys

if sys.argv[1:3] == ["-m", "grpc_tools.protoc"]:
    from grpc_tools import protoc

    del sys.argv[1:3]
    protoc.entrypoint()
elif sys.argv[1:3] == ["-m", "zinspector.runtime.worker"]:
    from zinspector.runtime import worker

    sys.exit(worker.main(sys.argv[3:]))
else:
    from zinspector.__main__ import main

    sys.exit(main())
