"""The AT Protocol's codecs: keys, CIDs, DAG-CBOR, repositories, tokens, identifiers, lexicons.

Pure: no sockets, no clock, no randomness; time and entropy are arguments. Not a client and not a server.
The fakes, the reader and the harness share this package; the bundled bridge repeats what it needs on
purpose, so that a mistake here and a mistake there cannot cancel out. Rules: https://atproto.com/specs, the
PLC specification (https://web.plc.directory/spec).
"""
