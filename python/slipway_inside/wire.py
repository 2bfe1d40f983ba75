"""JSON by the parts of Python's own that are written in C: the module `json` would bring `re` and a dozen others along."""
from _json import encode_basestring_ascii as quote, make_scanner

__all__ = ["quote", "read"]


class _Reading:
    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo = {}


_scan = make_scanner(_Reading)


def read(line):
    """The frame on a line of text; None for what is none."""
    try:
        frame = _scan(line, 0)[0]
    # The scanner says by StopIteration that there is nothing to read.
    except (StopIteration, ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None
