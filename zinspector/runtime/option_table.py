"""Every socket option that libzmq 4.3.5 knows, one line each: type, unit, default, where it applies, what it does.

Source: zmq.h and zmq_setsockopt(3), zmq_getsockopt(3). Columns, separated by `|`:
name | number | type | unit | default | socket types (empty: all) | marks | sentence.
Types: int, int64, bool, bytes (text, or `hex:` and digits), key (40 characters of Z85, or 64 hex digits).
Marks: `r` read only, `w` can't be read back, `n` takes effect at once (all others: for the next bind or connect),
`i` managed by zinspector, `+NAME` needs a libzmq that says `zmq.has(NAME)`, `win`/`bsd` that system only.
"""

from __future__ import annotations

TABLE = """
AFFINITY|4|int64||0|||Which I/O threads serve new connections, as a bit mask; 0 is all of them.
ROUTING_ID|5|bytes|||REQ REP ROUTER DEALER STREAM||Name of this socket at a ROUTER peer, 1 to 255 bytes.
SUBSCRIBE|6|bytes|||SUB|i w n|Adds a topic prefix; draw it as a subscription of the node.
UNSUBSCRIBE|7|bytes|||SUB|i w n|Takes a topic prefix away; draw it as a subscription of the node.
RATE|8|int|kbit/s|100||+pgm|Highest multicast rate.
RECOVERY_IVL|9|int|ms|10000||+pgm|How long a multicast receiver may be away and still recover.
SNDBUF|11|int|bytes|-1|||Kernel send buffer; -1 leaves the system's.
RCVBUF|12|int|bytes|-1|||Kernel receive buffer; -1 leaves the system's.
RCVMORE|13|bool||0||r|Whether more frames of the message follow.
FD|14|int||||r|The descriptor that signals events.
EVENTS|15|int||||r|Whether the socket can be read or written now.
TYPE|16|int||||r|The socket type.
LINGER|17|int|ms|0||n|How long a closed socket still tries to send; zinspector closes with 0.
RECONNECT_IVL|18|int|ms|100|||Pause before connecting again; -1 never reconnects.
BACKLOG|19|int|connections|100|||Waiting connections that a listening socket accepts.
RECONNECT_IVL_MAX|21|int|ms|0|||Longest pause when pauses double; 0 never doubles.
MAXMSGSIZE|22|int64|bytes|-1|||A larger incoming frame ends its connection; -1 is no limit.
SNDHWM|23|int|messages|1000||n|Messages queued for each peer before sending blocks or drops; 0 is no limit.
RCVHWM|24|int|messages|1000||n|Messages queued from each peer before reading stops; 0 is no limit.
MULTICAST_HOPS|25|int|hops|1||+pgm|Network hops of a multicast packet.
RCVTIMEO|27|int|ms|-1||n|How long a REQ generator waits for a reply before it counts it as lost; -1 is 2.5 s.
SNDTIMEO|28|int|ms|-1||n|How long sending may block; zinspector never blocks, so it has no effect here.
LAST_ENDPOINT|32|bytes||||r|The address of the last bind or connect.
ROUTER_MANDATORY|33|bool||1|ROUTER|w n|Sending to an unknown id fails instead of vanishing; zinspector turns it on.
TCP_KEEPALIVE|34|int||-1|||TCP keep-alive: 1 on, 0 off, -1 the system's.
TCP_KEEPALIVE_CNT|35|int|probes|-1|||Unanswered keep-alive probes that end a connection.
TCP_KEEPALIVE_IDLE|36|int|s|-1|||Silence before the first keep-alive probe.
TCP_KEEPALIVE_INTVL|37|int|s|-1|||Pause between keep-alive probes.
TCP_ACCEPT_FILTER|38|bytes||||w|Address range that may connect, such as 10.0.0.0/8; several may be given one by one.
IMMEDIATE|39|bool||0|||Queue messages only for connections that are complete.
XPUB_VERBOSE|40|bool||0|XPUB|w n|Report every subscription, not only new topics.
ROUTER_RAW|41|bool||0|ROUTER|w|Speak raw TCP (old; use STREAM).
IPV6|42|bool||0|||Allow IPv6 addresses; zinspector turns it on where an address needs it.
MECHANISM|43|int||0||r|The security mechanism in force: 0 NULL, 1 PLAIN, 2 CURVE, 3 GSSAPI.
PLAIN_SERVER|44|bool||0|||Act as PLAIN server.
PLAIN_USERNAME|45|bytes||||| User name of a PLAIN client.
PLAIN_PASSWORD|46|bytes|||||Password of a PLAIN client; it travels in clear.
CURVE_SERVER|47|bool||0||+curve|Act as CURVE server.
CURVE_PUBLICKEY|48|key||||+curve|Own public key.
CURVE_SECRETKEY|49|key||||+curve|Own secret key.
CURVE_SERVERKEY|50|key||||+curve|Public key of the server that a CURVE client trusts.
PROBE_ROUTER|51|bool||0|REQ ROUTER DEALER|w|Send an empty message on connecting, so that a ROUTER learns the id.
REQ_CORRELATE|52|bool||0|REQ|w n|Match replies with requests by an extra frame.
REQ_RELAXED|53|bool||0|REQ|w n|Allow a new request before the reply; the old one is dropped.
CONFLATE|54|bool||0|PUB SUB PUSH PULL DEALER||Keep only the last message; breaks multipart messages.
ZAP_DOMAIN|55|bytes|||||Domain that is told to the ZAP authenticator.
ROUTER_HANDOVER|56|bool||0|ROUTER|w n|A new peer takes over an id that is in use.
TOS|57|int||0|||IP type of service bits.
IPC_FILTER_PID|58|int||||w|Process id that may connect over ipc.
IPC_FILTER_UID|59|int||||w|User id that may connect over ipc.
IPC_FILTER_GID|60|int||||w|Group id that may connect over ipc.
CONNECT_ROUTING_ID|61|bytes|||ROUTER STREAM|w|Id given to the peer of the next connect.
GSSAPI_SERVER|62|bool||0||+gssapi|Act as GSSAPI server.
GSSAPI_PRINCIPAL|63|bytes||||+gssapi|Own Kerberos principal.
GSSAPI_SERVICE_PRINCIPAL|64|bytes||||+gssapi|Principal of the server.
GSSAPI_PLAINTEXT|65|bool||0||+gssapi|Authenticate but do not encrypt.
HANDSHAKE_IVL|66|int|ms|30000|||A handshake must be over by then; 0 is no limit.
SOCKS_PROXY|68|bytes|||||SOCKS5 proxy for tcp connections, host:port.
XPUB_NODROP|69|bool||0|PUB XPUB|w n|At the high-water mark, refuse to send instead of dropping.
XPUB_MANUAL|71|bool||0|XPUB|w|The program itself subscribes on behalf of its peers.
XPUB_WELCOME_MSG|72|bytes|||XPUB|w|Message for every new subscriber.
STREAM_NOTIFY|73|bool||1|STREAM|w|Empty messages tell of connects and disconnects.
INVERT_MATCHING|74|bool||0|PUB SUB XPUB XSUB||Deliver what does not match the subscriptions.
HEARTBEAT_IVL|75|int|ms|0|||Pause between heartbeat PINGs; 0 sends none.
HEARTBEAT_TTL|76|int|ms|0|||How long the peer waits for traffic; steps of 100 ms, over 65500 ms wraps.
HEARTBEAT_TIMEOUT|77|int|ms|-1|||How long to wait for the answer to a PING; -1 is HEARTBEAT_IVL.
XPUB_VERBOSER|78|bool||0|XPUB|w n|Report every subscription and every cancel.
CONNECT_TIMEOUT|79|int|ms|0|||How long connecting may take; 0 leaves the system's.
TCP_MAXRT|80|int|ms|0|||How long unacknowledged data keeps a tcp connection; 0 leaves the system's.
THREAD_SAFE|81|bool||0||r|Whether the socket may be used from several threads.
MULTICAST_MAXTPDU|84|int|bytes|1500||+pgm|Largest multicast packet.
VMCI_BUFFER_SIZE|85|int64|bytes|||+vmci|Buffer of a VMCI connection.
VMCI_BUFFER_MIN_SIZE|86|int64|bytes|||+vmci|Smallest buffer of a VMCI connection.
VMCI_BUFFER_MAX_SIZE|87|int64|bytes|||+vmci|Largest buffer of a VMCI connection.
VMCI_CONNECT_TIMEOUT|88|int|ms|||+vmci|How long a VMCI connection may take.
USE_FD|89|int||-1|||A listening descriptor that was opened elsewhere.
GSSAPI_PRINCIPAL_NAMETYPE|90|int||0||+gssapi|Kind of name in GSSAPI_PRINCIPAL.
GSSAPI_SERVICE_PRINCIPAL_NAMETYPE|91|int||0||+gssapi|Kind of name in GSSAPI_SERVICE_PRINCIPAL.
BINDTODEVICE|92|bytes|||||Network interface to use (needs rights).
ZAP_ENFORCE_DOMAIN|93|bool||0||+draft|A ZAP request without a domain fails.
LOOPBACK_FASTPATH|94|bool||0||+draft win|Faster loopback on Windows.
METADATA|95|bytes||||+draft w|An own property of the handshake, X-name:value.
MULTICAST_LOOP|96|bool||1||+draft|A multicast sender hears itself.
ROUTER_NOTIFY|97|int||0|ROUTER|+draft|Empty messages tell of connects (1) and disconnects (2).
XPUB_MANUAL_LAST_VALUE|98|bool||0|XPUB|+draft w|As XPUB_MANUAL, and the next message goes to the last subscriber only.
SOCKS_USERNAME|99|bytes||||+draft|User name at the SOCKS proxy.
SOCKS_PASSWORD|100|bytes||||+draft|Password at the SOCKS proxy.
IN_BATCH_SIZE|101|int|bytes|8192||+draft|Bytes read from a connection at once.
OUT_BATCH_SIZE|102|int|bytes|8192||+draft|Bytes written to a connection at once.
WSS_KEY_PEM|103|bytes||||+WSS w|Private key of a secure WebSocket server.
WSS_CERT_PEM|104|bytes||||+WSS w|Certificate of a secure WebSocket server.
WSS_TRUST_PEM|105|bytes||||+WSS w|Certificate that a secure WebSocket client trusts.
WSS_HOSTNAME|106|bytes||||+WSS w|Host name that the certificate must bear.
WSS_TRUST_SYSTEM|107|bool||0||+WSS w|Trust the certificates of the system.
ONLY_FIRST_SUBSCRIBE|108|bool||0|XPUB XSUB|+draft w|Only the first frame of a message can be a subscription.
RECONNECT_STOP|109|int||0||+draft|When to stop reconnecting: 1 refused, 2 handshake failed, 4 after disconnect.
HELLO_MSG|110|bytes||||+draft w|Message for every new peer.
DISCONNECT_MSG|111|bytes||||+draft w|Message to oneself when a peer leaves.
PRIORITY|112|int||||+draft|Priority of the kernel's packets.
BUSY_POLL|113|int|us|||+draft w|Busy-wait in the kernel when reading.
HICCUP_MSG|114|bytes||||+draft w|Message to oneself when a connection is briefly lost.
XSUB_VERBOSE_UNSUBSCRIBE|115|bool||0|XSUB|+draft w|Pass every cancel on, not only the last.
TOPICS_COUNT|116|int||0|PUB SUB XPUB XSUB|r|How many topics are subscribed.
NORM_MODE|117|int||0||+norm|Congestion control of NORM.
NORM_UNICAST_NACK|118|bool||0||+norm|Receivers report loss by unicast.
NORM_BUFFER_SIZE|119|int|KiB|2048||+norm|Buffer of a NORM session.
NORM_SEGMENT_SIZE|120|int|bytes|1400||+norm|Payload of a NORM packet.
NORM_BLOCK_SIZE|121|int|segments|16||+norm|Segments of a NORM coding block.
NORM_NUM_PARITY|122|int|segments|4||+norm|Parity segments of a NORM block.
NORM_NUM_AUTOPARITY|123|int|segments|0||+norm|Parity segments that are sent unasked.
NORM_PUSH|124|bool||0||+norm|NORM streams push at once.
"""

CONTEXT_TABLE = """
IO_THREADS|1|int|threads|1|||Threads that move bytes; one for every GB/s is the rule of thumb.
MAX_SOCKETS|2|int|sockets|1023|||Sockets that a context may have.
SOCKET_LIMIT|3|int|sockets|65535||r|The largest MAX_SOCKETS.
THREAD_SCHED_POLICY|4|int|||||Scheduling policy of the I/O threads.
MAX_MSGSZ|5|int|bytes|2147483647|||Largest message that may be sent.
MSG_T_SIZE|6|int|bytes|64||r|Size of libzmq's message structure.
THREAD_AFFINITY_CPU_ADD|7|int|||||A CPU that the I/O threads may use.
THREAD_AFFINITY_CPU_REMOVE|8|int|||||A CPU that the I/O threads may no longer use.
THREAD_NAME_PREFIX|9|int|||||Number in front of the names of the I/O threads.
IPV6|42|bool||0|||Sockets start with IPV6 on.
BLOCKY|70|bool||1|||Closing waits for messages in flight; zinspector never waits.
"""
