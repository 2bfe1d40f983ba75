"""How late the asyncio loop of the main thread is: a callback is put into it from outside, and the time until it runs is taken."""
from _thread import get_ident
from time import monotonic

_main = get_ident()


class _Watched:
    loop = None
    # Of the callback that is on its way: which loop it is in, when it was put there, and when it ran.
    asked = None
    sent_at = 0.0
    turned_at = None


def _events(module):
    # Every loop calls this when it begins to run and when it ends, uvloop too; nothing is added to what a running loop does.
    original = module._set_running_loop
    if hasattr(original, "_is_slipway"):
        return

    def _set_running_loop(loop, *args):
        original(loop, *args)
        if get_ident() == _main:
            _Watched.loop = loop

    _set_running_loop.__doc__ = original.__doc__
    _set_running_loop._is_slipway = True
    module._set_running_loop = _set_running_loop


def lag_ms():
    """How many milliseconds the running loop took, or takes since it was asked last, to turn; None where none runs."""
    loop = _Watched.loop
    if loop is None:
        _Watched.asked = None
        return None
    lag = 0.0
    if _Watched.asked is loop:
        if _Watched.turned_at is None:
            return int((monotonic() - _Watched.sent_at) * 1000)
        lag = _Watched.turned_at - _Watched.sent_at
    _Watched.asked = loop
    _Watched.sent_at = monotonic()
    _Watched.turned_at = None
    try:
        loop.call_soon_threadsafe(_turn)
    except Exception:
        # It was closed meanwhile.
        _Watched.asked = None
        return None
    return int(lag * 1000)


def _turn():
    _Watched.turned_at = monotonic()


wrappers = {"asyncio.events": _events}
