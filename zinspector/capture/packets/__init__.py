"""Packet captures to rows: pcap and pcapng files, or the same bytes from a pipe while they are captured.

From the bottom up: `records` tells the formats apart and hands on whole packets as columns; `link`, `network` and
`transport` decode the headers of all packets of a chunk at once; `flow` and `reassembly` put the bytes of each TCP
connection in order; `verdict` decides what speaks ZMTP; `dissect` joins them and writes rows; `importing` reads a
file to its end.
"""
