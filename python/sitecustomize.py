# Python runs this at its start because the folder stands first on PYTHONPATH. It starts our code in a bot, and then the
# `sitecustomize` that Python would have found without it. Any Python may meet this file, 2.7 and a child of the bot too: it
# must stay valid in all of them, and anything that goes wrong here is nothing to the program.
import os
import sys


def _start():
    if sys.version_info < (3, 7):
        return
    try:
        from slipway_inside import start

        start()
    except Exception:
        pass


def _leave():
    # Neither this file nor its folder is there for the program. Where there is no other `sitecustomize`, the ImportError is the
    # one that `site` expects. Until then the local name keeps Python 2 from emptying this module while it runs.
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != folder]
    ours = sys.modules.pop("sitecustomize", None)
    import sitecustomize

    return ours, sitecustomize


_start()
_leave()
