"""Whether a request carries a key or a signature is told by the names of its headers and parameters; values are never looked at."""

_whole = frozenset(["authorization", "key", "sign", "access-token", "accesskeyid", "sig"])
_parts = (
    "apikey",
    "api-key",
    "api_key",
    "api-sign",
    "access-key",
    "access-sign",
    "access_token",
    "privatekey",
    "signature",
    "-sign",
)
_known = {}
# Programs use a few dozen names; one that makes up new ones must not fill the memory.
_most_known = 1000


def signs(name):
    """Whether a header or parameter of this name (text or bytes) is one that venues read a key or a signature from."""
    known = _known.get(name)
    if known is not None:
        return known
    lower = (name.decode("latin-1") if isinstance(name, bytes) else name).strip().lower()
    known = lower in _whole or any(part in lower for part in _parts)
    if len(_known) < _most_known:
        _known[name] = known
    return known


def any_signs(names):
    """Whether one of these names signs the request."""
    for name in names:
        if signs(name):
            return True
    return False


def query_signs(path):
    """Whether a parameter behind the `?` of a path (text or bytes) signs the request."""
    mark, cut, equals = (b"?", b"&", b"=") if isinstance(path, bytes) else ("?", "&", "=")
    query = path.partition(mark)[2]
    return bool(query) and any_signs(pair.partition(equals)[0] for pair in query.split(cut))
