"""Calls back when the program imports one of some modules; nothing is imported by us."""
import sys
from _thread import get_ident


def watch(wrappers):
    """Calls each of `wrappers` (by module name) with its module right after that was loaded, before the program gets it."""
    for name, wrap in wrappers.items():
        module = sys.modules.get(name)
        if module is not None:
            _apply(wrap, module)
    sys.meta_path.insert(0, _Finder(wrappers))


def _apply(wrap, module):
    try:
        wrap(module)
    except Exception:
        # Another version of that library, which is left as it is.
        pass


class _Finder:
    def __init__(self, wrappers):
        self._wrappers = wrappers
        self._busy = set()

    def find_spec(self, name, path=None, target=None):
        wrap = self._wrappers.get(name)
        key = (name, get_ident())
        # Finders of other programs ask all finders again.
        if wrap is None or key in self._busy:
            return None
        self._busy.add(key)
        try:
            spec = self._find_elsewhere(name, path, target)
        finally:
            self._busy.discard(key)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, wrap)
        return spec

    def _find_elsewhere(self, name, path, target):
        for finder in list(sys.meta_path):
            find_spec = getattr(finder, "find_spec", None)
            spec = None if finder is self or find_spec is None else find_spec(name, path, target)
            if spec is not None:
                return spec
        return None


class _Loader:
    def __init__(self, loader, wrap):
        self._loader = loader
        self._wrap = wrap

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        # From here on the module looks as if it had been loaded without us.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _apply(self._wrap, module)

    def __getattr__(self, name):
        return getattr(self._loader, name)
