"""Plain values as compact JSON, and back: the same value always gives the same bytes.

A read model that keeps state or history as text needs this, because live and rebuilt rows are compared
byte for byte.
"""

import msgspec

to_json = msgspec.json.Encoder().encode
"""Lists, tuples, dicts, texts, numbers, booleans and None as UTF-8 JSON without spaces."""

write_json = msgspec.json.Encoder().encode_into
"""The same, written into a bytearray from an offset on; it then ends behind the value."""

to_canonical = msgspec.json.Encoder(order="sorted").encode
"""The same with every object's members in order: equal values give equal bytes, however they were sent."""

from_json = msgspec.json.Decoder().decode
"""The plain value of a JSON text."""

NOT_JSON = (msgspec.MsgspecError, ValueError)
"""What `from_json` raises for bytes that are none, or that name a number nobody could hold."""
