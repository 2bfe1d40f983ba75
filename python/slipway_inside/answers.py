"""The answers of servers that wait to be told. Equal ones are counted, so that a busy bot needs no more memory than a quiet one."""
from time import time

from .wire import quote

TOLD_HEADERS = (
    "retry-after",
    "date",
    "server",
    "cf-ray",
    "cf-mitigated",
    "content-type",
    "x-bapi-limit-reset-timestamp",
    "x-mbx-used-weight-1m",
    "ratelimit-reset",
    "x-ratelimit-reset",
)
MOST_ANSWERS = 50
_most_header_characters = 256


class _Waiting:
    items = {}
    has_failure = False
    is_on = True
    on_failure = staticmethod(lambda: None)


def see(host, status, is_signed, header):
    """Takes one answer; `header` is called with a lower case name, only for a failure. Called in the bot's own threads."""
    if status >= 400:
        told = status
    elif status == 101:
        told = 101
    # Of the others below 400 only the hundred counts.
    elif status >= 200:
        told = status - status % 100
    else:
        return
    if not _Waiting.is_on or not host:
        return
    items = _Waiting.items
    key = (host, told, is_signed)
    item = items.get(key)
    if item is None:
        if len(items) >= MOST_ANSWERS:
            return
        item = items[key] = [0, 0, {}]
    # Two threads at once may lose a count; that is cheaper than a lock in each request.
    item[0] += 1
    item[1] = time()
    if told < 400:
        return
    headers = {}
    for name in TOLD_HEADERS:
        value = header(name)
        if value is not None:
            headers[name] = value
    item[2] = headers
    if not _Waiting.has_failure:
        _Waiting.has_failure = True
        _Waiting.on_failure()


def wake_by(on_failure):
    """Names what is called with the first failure that waits."""
    _Waiting.on_failure = staticmethod(on_failure)


def stop():
    """Takes nothing more."""
    _Waiting.is_on = False


def has_failure():
    """Whether a failure waits."""
    return _Waiting.has_failure


def take_frame():
    """The frame that tells what waits, which is then forgotten; None when nothing does."""
    items = _Waiting.items
    _Waiting.items = {}
    _Waiting.has_failure = False
    if not items:
        return None
    # A thread of the bot may still hold the dictionary for a moment.
    told = [_item(key, item) for key, item in list(items.items())]
    return '{"type":"answers","items":[%s]}\n' % ",".join(told)


def _item(key, item):
    host, status, is_signed = key
    count, at, headers = item
    pairs = ",".join("%s:%s" % (quote(name), quote(_text(value))) for name, value in headers.items())
    return '{"host":%s,"status":%d,"at":%d,"signed":%s,"n":%d,"headers":{%s}}' % (
        quote(_without_port(_text(host).lower())),
        status,
        at * 1000,
        "true" if is_signed else "false",
        max(count, 1),
        pairs,
    )


def _text(value):
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return text.strip()[:_most_header_characters]


def _without_port(host):
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host
