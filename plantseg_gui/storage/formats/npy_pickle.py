"""A pickled dictionary in a .npy file, read without letting the pickle run anything.

`numpy.load(allow_pickle=True)` calls whatever the file names. Here the file's instructions are
listed first and all but the plain ones are refused; then Python's own unpickler runs with a table
of three harmless stand-ins instead of an import. Arrays are made from the bytes in the file, never
from a size that it claims.
"""

import ast
import io
import pickle
import pickletools
import struct
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.formats.files import broken
from plantseg_gui.storage.pixels import AnyArray

_MAX_INSTRUCTIONS = 1_000_000
_MAX_DIMENSIONS = 5
_MAX_MEMO = 2_000_000
_NAMES = """
    MARK STOP POP POP_MARK DUP NONE NEWTRUE NEWFALSE INT LONG BININT BININT1 BININT2 LONG1 FLOAT
    BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8
    BINBYTES SHORT_BINBYTES BINBYTES8 EMPTY_LIST LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1
    TUPLE2 TUPLE3 EMPTY_DICT DICT SETITEM SETITEMS PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET
    LONG_BINGET GLOBAL STACK_GLOBAL REDUCE BUILD PROTO FRAME
"""
_PLAIN = frozenset(_NAMES.split())
_MEMO = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_FAULTS = (
    pickle.UnpicklingError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    RecursionError,
    MemoryError,
    SyntaxError,
    AssertionError,
    struct.error,
)


class _Refused(pickle.UnpicklingError):
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
        _check(data[start:])
        value = _Unpickler(io.BytesIO(data[start:])).load()
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


def _check(data: bytes) -> None:
    """List the instructions without carrying them out. Raises _Refused or ValueError."""
    for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
        if count > _MAX_INSTRUCTIONS:
            raise ValueError("it has too many parts")
        if opcode.name not in _PLAIN:
            raise _Refused(opcode.name)
        if opcode.name in _MEMO and not 0 <= int(argument or 0) <= _MAX_MEMO:
            raise ValueError("it is damaged")


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


# The type stubs know the name only.
_Base: Any = pickle._Unpickler


class _Unpickler(_Base):
    """Python's own unpickler, in Python: its memo is a dictionary, so a number cannot make it huge.

    Four instructions are replaced: those that import, call, fill an object, and use keys.
    """

    dispatch: ClassVar[dict[int, Any]] = dict(_Base.dispatch)

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in for a name. Raises _Refused."""
        try:
            return _ALLOWED[module, name]
        except (KeyError, TypeError) as error:
            raise _Refused(f"{module}.{name}"[:80]) from error

    def load_reduce(self) -> None:
        arguments = self.stack.pop()
        function = self.stack[-1]
        if not any(function is allowed for allowed in _CALLABLE):
            raise _Refused("a call")
        self.stack[-1] = function(*arguments)

    dispatch[pickle.REDUCE[0]] = load_reduce

    def load_build(self) -> None:
        state = self.stack.pop()
        if not isinstance(self.stack[-1], _Type | _Array):
            raise _Refused("an object")
        self.stack[-1].build(state)

    dispatch[pickle.BUILD[0]] = load_build

    def load_setitem(self) -> None:
        value = self.stack.pop()
        key = self.stack.pop()
        _put(self.stack[-1], [key, value])

    dispatch[pickle.SETITEM[0]] = load_setitem

    def load_setitems(self) -> None:
        items = self.pop_mark()
        _put(self.stack[-1], items)

    dispatch[pickle.SETITEMS[0]] = load_setitems

    def load_dict(self) -> None:
        items = self.pop_mark()
        self.append(_put({}, items))

    dispatch[pickle.DICT[0]] = load_dict


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
