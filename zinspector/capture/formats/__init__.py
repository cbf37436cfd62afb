"""Captures in files that other programs read, and back again: chosen by extension on writing, by magic on reading.

| extension | who else reads it | what it keeps |
|---|---|---|
| .arrow | polars, pandas, DuckDB in Python | everything |
| .parquet | pandas, polars, DuckDB, Spark | everything |
| .mcap | Foxglove, PlotJuggler | everything, and JSON and Protobuf payloads once more as channels of their own |
| .pcapng | Wireshark, tshark | messages and commands as TCP and ZMTP that was never sent; events as comments |
| .jsonl | jq, any program | the messages, not the drawing, nor what was noted of connections that were open before |
| .csv | spreadsheets | what can be read; not to be opened again |

`exporting` is the door for writing; `capture.files.load_store` is the one for reading. What a format could not keep is
told in sentences, never silently.
"""
