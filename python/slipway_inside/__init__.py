"""Our code in a Python bot: shows that it lives, how late its asyncio loop is, which address a witness sees, and what servers answer.

Nothing here is imported by the program. Only modules that are built into Python are imported, none of which a file of the
bot can stand in for, and none of which gevent or eventlet minds; what they replace later was taken before.
"""
import os

from . import answers, channel, clients, imports, loop

_folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_mark = "LAUNCH_OBSERVED"


def start():
    """Says hello and begins to watch, in the bot's own process only."""
    control = os.environ.get("LAUNCH_CONTROL")
    run_id = os.environ.get("LAUNCH_RUN_ID")
    # A hook of the bot's is not the bot.
    if not control or not run_id or "LAUNCH_HOOK" in os.environ or not _is_first(run_id):
        return
    # Children inherit it; the bot's own os.environ was read before and does not show it.
    os.putenv(_mark, str(os.getpid()))
    imports.watch({**clients.wrappers, **loop.wrappers})
    channel.start(control, run_id)
    os.register_at_fork(after_in_child=_forget)


def _forget():
    answers.stop()
    channel.forget()


def _is_first(run_id):
    mark = os.environ.get(_mark)
    # A program that was started by exec, as by `poetry run`, is still the same process.
    if mark is not None:
        return mark == str(os.getpid())
    try:
        return not _has_watched_ancestor(run_id.encode())
    except OSError:
        return True


def _has_watched_ancestor(run_id):
    # A child that was given an environment of its own has no mark.
    pid = os.getppid()
    while pid > 1:
        with open("/proc/%d/environ" % pid, "rb") as file:
            environment = file.read().split(b"\0")
        if b"LAUNCH_RUN_ID=" + run_id not in environment:
            return False
        program = os.path.basename(os.readlink("/proc/%d/exe" % pid))
        ours = b"PYTHONPATH=" + os.fsencode(_folder)
        if program.startswith(("python", "pypy")) and any(text.startswith(ours) for text in environment):
            return True
        with open("/proc/%d/stat" % pid, "rb") as file:
            pid = int(file.read().rpartition(b")")[2].split()[1])
    return False
