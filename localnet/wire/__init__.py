"""The wire: one process that every hop of every network passes through, whoever the two ends are.

    __main__, serving      the control channel, networks, their edges
    edge, link, flow       one port; two sockets with backpressure, half-close and reset; one direction with its holds. They know no protocol
    hooks                  the named points at which an edge may hold, change or cut what passes
    http_edge, websocket_edge, postgres_edge   what happens at those points, protocol by protocol; control: what is refused
    http, heads, bodies, websocket, postgres, postgres_messages, statement, sql, values
                           pure observers: bytes in, events out, every byte accounted for
    entries, firehose, tickets, recording      what was seen, as journal lines

It forwards the bytes it got, never bytes it made, and parses only to know where messages begin and end. What it cannot hide:

- a callee that refuses connections shows as a reset, since the caller's connection is already accepted;
- heads, WebSocket frames and SQL messages up to 64 KiB (heads: 128) pass when they are whole, not byte by byte;
- after bytes that are not HTTP a connection passes unread, and is cut where they may be meant to reach a control route.
"""
