"""Reads which address a witness sees, over a connection of its own from where the bot is."""
from _socket import (
    SOCK_STREAM,
    getaddrinfo,
    gaierror,
    socket,
    timeout as Timeout,
)
from errno import errorcode
from time import monotonic

# No witness has more to say; a byte beyond shows the launcher that this one had.
_most_bytes = 4096 + 1
_most_head_bytes = 16384


class _Connection(socket):
    """Can be referred to weakly, as TLS does."""


def read_witness(url, timeout):
    """`(status, body)` of the answer, or `(None, error)`; takes at most `timeout` seconds beside the look-up of the name."""
    try:
        return _ask(url, monotonic() + timeout)
    except gaierror:
        return None, "ENOTFOUND"
    except Timeout:
        return None, "ETIMEDOUT"
    except OSError as error:
        reason = getattr(error, "reason", None)
        return None, reason or errorcode.get(error.errno, type(error).__name__)
    except Exception as error:
        return None, type(error).__name__


def _ask(url, deadline):
    scheme, _, rest = url.partition("://")
    place, _, path = rest.partition("/")
    host, port = _split(place, 443 if scheme == "https" else 80)
    connection = _connect(host, port, deadline)
    try:
        _limit(connection, deadline)
        stream = _secure(connection, host) if scheme == "https" else connection
        send, receive = (stream.write, stream.read) if scheme == "https" else (stream.sendall, stream.recv)
        request = "GET /%s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\nConnection: close\r\n\r\n" % (path, place)
        send(request.encode("latin-1"))
        return _receive(connection, receive, deadline)
    finally:
        connection.close()


def _split(place, usual):
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, int(rest[1:] or usual)
    host, _, port = place.partition(":")
    return host, int(port or usual)


def _connect(host, port, deadline):
    failure = None
    # As bytes: text would be encoded by a module that may not be loaded yet.
    for family, kind, protocol, _, address in getaddrinfo(host.encode("latin-1"), port, 0, SOCK_STREAM):
        connection = _Connection(family, kind, protocol)
        try:
            _limit(connection, deadline)
            connection.connect(address)
            return connection
        except OSError as error:
            connection.close()
            failure = error
    raise failure


def _limit(connection, deadline):
    left = deadline - monotonic()
    if left <= 0:
        raise Timeout()
    connection.settimeout(left)


def _secure(connection, host):
    # Not `ssl`: gevent warns a program that patches it after somebody has loaded it.
    import _ssl

    context = _ssl._SSLContext(_ssl.PROTOCOL_TLS_CLIENT)
    context.set_default_verify_paths()
    stream = context._wrap_socket(connection, False, server_hostname=host)
    stream.do_handshake()
    return stream


def _receive(connection, receive, deadline):
    data = b""
    while b"\r\n\r\n" not in data and len(data) < _most_head_bytes:
        _limit(connection, deadline)
        more = receive(4096)
        if not more:
            break
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ")[1])
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    is_chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    length = int(headers.get("content-length", _most_bytes))
    while len(body) < min(length, _most_bytes) or is_chunked and not body.endswith(b"0\r\n\r\n"):
        if len(body) > 2 * _most_bytes:
            break
        _limit(connection, deadline)
        more = receive(4096)
        if not more:
            break
        body += more
    whole = _joined(body) if is_chunked else body
    return status, whole[:_most_bytes].decode("utf-8", "replace")


def _joined(body):
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.partition(b";")[0] or b"0", 16)
        if length == 0:
            break
        whole += body[:length]
        body = body[length + 2 :]
    return whole
