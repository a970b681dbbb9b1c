"""A pickled dictionary in a .npy file, read without Python's unpickler.

`numpy.load(allow_pickle…)` calls whatever the file names. Here the standard library's disassembler
lists the file's instructions, and a small machine of our own carries out those that make plain
data; any other instruction, name or call is refused. Arrays are made from the bytes in the file,
never from a size that it claims.
"""

import ast
import io
import pickletools
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.formats.files import broken
from plantseg_gui.storage.pixels import AnyArray

_MAX_INSTRUCTIONS = 1_000_000
_MAX_DIMENSIONS = 5
# Instructions that carry the value that they push.
_CARRIED_NAMES = """
INT LONG BININT BININT1 BININT2 LONG1 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE
BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8
"""
_CARRIED = frozenset(_CARRIED_NAMES.split())
_FAULTS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    RecursionError,
    MemoryError,
    SyntaxError,
    struct.error,
)


class _Refused(Exception):
    """The pickle asks for more than plain data."""


def load_dict(data: bytes, path: Path) -> dict[str, Any]:
    """The dictionary in a `.npy` file that `numpy.save` wrote.

    Args:
        data: The whole file.
        path: Named in messages.

    Returns:
        Text → numbers, text, lists, tuples, dictionaries and arrays (bool, integers, floats);
        arrays of objects are lists.

    Raises:
        InputError: another content, damaged, or with instructions to run.
    """
    try:
        start = _pickle_start(data)
        value = _Machine().run(data[start:])
        value = value.value() if isinstance(value, _Array) else value
    except _Refused as error:
        raise InputError(
            f"{path} was not opened: it holds program instructions ({error}).",
            "Only use files that a program you trust has written.",
        ) from error
    except _FAULTS as error:
        raise broken(path, f"it is no readable file of Cellpose: {str(error)[:80]}") from error
    # numpy.save wraps the dictionary into an array without axes.
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise broken(path, "it holds no dictionary of Cellpose")
    return {k: _opened(v) for k, v in value.items() if isinstance(k, str)}


def _pickle_start(data: bytes) -> int:
    """Where the pickle begins behind the .npy header. Raises ValueError."""
    handle = io.BytesIO(data)
    version = np.lib.format.read_magic(handle)
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise ValueError("unknown version")
    length = int.from_bytes(handle.read(2 if version == (1, 0) else 4), "little")
    if length > 10_000:
        raise ValueError("its header is too long")
    header = ast.literal_eval(handle.read(length).decode("latin1"))
    if not isinstance(header, dict) or header.get("descr") not in ("|O", "O"):
        raise ValueError("it holds numbers only, no dictionary")
    return handle.tell()


class _Type:
    """Stands for numpy.dtype: bool, integers, floats, complete with byte order, or objects."""

    def __init__(self, name: object = "", *_: object) -> None:
        text = name.decode("ascii") if isinstance(name, bytes) else str(name)
        kind = np.dtype(text[:8])
        if kind.kind not in "biufO" or kind.subdtype is not None:
            raise _Refused(f"dtype {text[:20]}")
        self.dtype = kind

    def build(self, state: object) -> None:
        """Take the byte order from the state."""
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


class _Array:
    """Stands for an array until its bytes arrive."""

    def __init__(self) -> None:
        self.array: AnyArray | list[Any] | None = None

    def build(self, state: object) -> None:
        """Make the array from (version, shape, type, Fortran order, bytes)."""
        if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[2], _Type):
            raise ValueError("an array is damaged")
        _, shape, kind, fortran, raw = state
        plain = isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)
        if not plain or len(shape) > _MAX_DIMENSIONS:
            raise ValueError("an array has an impossible shape")
        if kind.dtype.kind == "O":
            if not isinstance(raw, list):
                raise ValueError("an array is damaged")
            self.array = raw
            return
        if isinstance(raw, str):
            raw = raw.encode("latin1")
        if not isinstance(raw, bytes):
            raise ValueError("an array is damaged")
        flat = np.frombuffer(raw, kind.dtype)
        self.array = flat.reshape(shape, order="F" if fortran else "C")

    def value(self) -> AnyArray | list[Any]:
        """The array. Raises ValueError when its bytes never came."""
        if self.array is None:
            raise ValueError("an array has no content")
        return self.array


def _reconstruct(*_: object) -> _Array:
    """Stands for numpy's function that makes an empty array to be filled."""
    return _Array()


def _scalar(kind: object, raw: object = b"") -> int | float | bool:
    """Stands for numpy's function that makes a single number."""
    if not isinstance(kind, _Type) or kind.dtype.kind == "O" or not isinstance(raw, bytes):
        raise ValueError("a number is damaged")
    number: int | float | bool = np.frombuffer(raw, kind.dtype, count=1)[0].item()
    return number


def _encode(text: object, encoding: object = "latin1") -> bytes:
    """Stands for `codecs.encode`, with which pickles of protocol 2 write bytes."""
    if not isinstance(text, str) or encoding != "latin1":
        raise _Refused("codecs.encode")
    return text.encode("latin1")


def _bytes(*arguments: object) -> bytes:
    """Stands for `bytes`, with which pickles of protocol 2 write empty ones."""
    if arguments:
        raise _Refused("bytes")
    return b""


def _ndarray(*_: object) -> Any:
    """Stands for numpy.ndarray, which is only named, never called."""
    raise _Refused("numpy.ndarray called")


_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _ndarray,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _bytes,
    ("builtins", "bytes"): _bytes,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
}
_CALLABLE = (_Type, _bytes, _encode, _reconstruct, _scalar)


class _Machine:
    """Carries out the plain instructions of a pickle on a stack and a numbered memory."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        """The value that a pickle describes. Raises _Refused or one of `_FAULTS`."""
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if count > _MAX_INSTRUCTIONS:
                raise ValueError("it has too many parts")
            if opcode.name in _CARRIED:
                self._stack.append(argument)
            elif opcode.name == "STOP":
                return self._stack.pop()
            elif opcode.name in _ACTS:
                _ACTS[opcode.name](self, argument)
            else:
                raise _Refused(opcode.name)
        raise ValueError("it is cut off")

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    def _mark(self, _: object) -> None:
        self._marks.append(len(self._stack))

    def _since_mark(self) -> list[Any]:
        start = self._marks.pop()
        items = self._stack[start:]
        del self._stack[start:]
        return items

    def _last(self, count: int) -> tuple[Any, ...]:
        if len(self._stack) < count:
            raise ValueError("it is damaged")
        items = tuple(self._stack[len(self._stack) - count :])
        del self._stack[len(self._stack) - count :]
        return items

    def _pop(self, _: object) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        else:
            self._stack.pop()

    def _put_memo(self, number: object) -> None:
        self._memo[int(str(number))] = self._stack[-1]

    def _memoize(self, _: object) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _get_memo(self, number: object) -> None:
        self._stack.append(self._memo[int(str(number))])

    def _append(self, items: list[Any]) -> None:
        if not isinstance(self._stack[-1], list):
            raise ValueError("it is damaged")
        self._stack[-1].extend(items)

    def _global(self, name: object) -> None:
        module, _, own = str(name).partition(" ")
        self._stack.append(_found(module, own))

    def _stack_global(self, _: object) -> None:
        module, own = self._last(2)
        self._stack.append(_found(module, own))

    def _reduce(self, _: object) -> None:
        function, arguments = self._last(2)
        if not any(function is allowed for allowed in _CALLABLE):
            raise _Refused("a call")
        self._stack.append(function(*arguments))

    def _build(self, _: object) -> None:
        state = self._stack.pop()
        if not isinstance(self._stack[-1], _Type | _Array):
            raise _Refused("an object")
        self._stack[-1].build(state)


_ACTS: dict[str, Callable[[_Machine, Any], object]] = {
    "PROTO": lambda m, _: None,
    "FRAME": lambda m, _: None,
    "MARK": _Machine._mark,
    "POP": _Machine._pop,
    "POP_MARK": lambda m, _: m._since_mark(),
    "DUP": lambda m, _: m._push(m._stack[-1]),
    "NONE": lambda m, _: m._push(None),
    "NEWTRUE": lambda m, _: m._push(True),
    "NEWFALSE": lambda m, _: m._push(False),
    "EMPTY_LIST": lambda m, _: m._push([]),
    "EMPTY_TUPLE": lambda m, _: m._push(()),
    "EMPTY_DICT": lambda m, _: m._push({}),
    "LIST": lambda m, _: m._push(m._since_mark()),
    "TUPLE": lambda m, _: m._push(tuple(m._since_mark())),
    "TUPLE1": lambda m, _: m._push(m._last(1)),
    "TUPLE2": lambda m, _: m._push(m._last(2)),
    "TUPLE3": lambda m, _: m._push(m._last(3)),
    "DICT": lambda m, _: m._push(_put({}, m._since_mark())),
    "APPEND": lambda m, _: m._append(list(m._last(1))),
    "APPENDS": lambda m, _: m._append(m._since_mark()),
    "SETITEM": lambda m, _: _put_last(m, list(m._last(2))),
    "SETITEMS": lambda m, _: _put_last(m, m._since_mark()),
    "PUT": _Machine._put_memo,
    "BINPUT": _Machine._put_memo,
    "LONG_BINPUT": _Machine._put_memo,
    "MEMOIZE": _Machine._memoize,
    "GET": _Machine._get_memo,
    "BINGET": _Machine._get_memo,
    "LONG_BINGET": _Machine._get_memo,
    "GLOBAL": _Machine._global,
    "STACK_GLOBAL": _Machine._stack_global,
    "REDUCE": _Machine._reduce,
    "BUILD": _Machine._build,
}


def _found(module: object, name: object) -> Any:
    """The stand-in for a name. Raises _Refused."""
    if isinstance(module, str) and isinstance(name, str) and (module, name) in _ALLOWED:
        return _ALLOWED[module, name]
    raise _Refused(f"{module}.{name}"[:80])


def _put_last(machine: _Machine, items: list[Any]) -> None:
    _put(machine._stack[-1], items)


def _put(target: Any, items: list[Any]) -> dict[Any, Any]:
    """Fill a dictionary. Only plain keys: hashing a tuple nested a million deep is a crash."""
    if not isinstance(target, dict):
        raise ValueError("it is damaged")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, str | int | float | bytes | None):
            raise _Refused("a key")
        target[key] = value
    return target


def _opened(value: Any) -> Any:
    """An array for its stand-in; other values as they are."""
    return value.value() if isinstance(value, _Array) and value.array is not None else value
