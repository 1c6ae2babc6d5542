"""The wire: one process that every hop of every network passes through, whoever the two ends are.

    __main__, serving   the control channel, networks, their edges
    forwarding          two sockets: bytes, backpressure, half-close, reset; knows no protocol
    hooks               the named points at which an edge may hold, change or cut what passes
    http_edge, websocket_edge, postgres_edge     what happens at those points, protocol by protocol
    http, websocket, postgres, sql, values       pure observers: bytes in, events out, every byte accounted for
    entries, recording  what was seen, as journal lines

It forwards the bytes it got, never bytes it made, and parses only to know where messages begin and end.
"""
