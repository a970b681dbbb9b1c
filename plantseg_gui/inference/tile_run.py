"""Working through the tiles of one photo: threads, cancelling, falling back on faults."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType

import numpy as np
import numpy.typing as npt
import torch

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.faults import Fault, classify
from plantseg_gui.inference.outputs import TileOutput

_POLL_S = 0.05
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.05, 1.0
_Batch = tuple[int, ...]
_Result = tuple[list[TileOutput], int] | Fault


class TileRun:
    """Tiles of one photo on their way through the engine; a context manager and an iterator.

    Tiles are started in the order in which they were added, at once: the caller may do other work
    before it iterates. Results come in the order of completion.

    Args:
        engine: Runs them.
        load: Pixels [t, t, 3] of a tile by its number; called in the run's threads.
        token: Looked at before every tile and while waiting.
        report: Told in a sentence of every fallback.
        all_heads: See `TileEngine.forward`.
        features: Likewise.
    """

    def __init__(
        self,
        engine: TileEngine,
        load: Callable[[int], npt.NDArray[np.uint8]],
        token: CancelToken,
        report: Callable[[str], None],
        *,
        all_heads: bool = True,
        features: bool = False,
    ) -> None:
        self._engine = engine
        self._load = load
        self._token = token
        self._report = report
        self._all_heads, self._features = all_heads, features
        self._known: set[int] = set()
        self._jobs: dict[Future[_Result], tuple[_Batch, int]] = {}
        self._threads_before = torch.get_num_threads()
        self._pool = self._new_pool()

    def __enter__(self) -> "TileRun":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop what has not started and wait for what has (one tile per stream)."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        # The streams' setting would otherwise be inherited by every thread started later.
        torch.set_num_threads(self._threads_before)

    @property
    def planned(self) -> int:
        """Tiles added so far."""
        return len(self._known)

    def add(self, indices: Iterable[int]) -> None:
        """Put tiles at the end of the queue; those added before are left out."""
        new = [i for i in dict.fromkeys(indices) if i not in self._known]
        self._known.update(new)
        self._submit(new)

    def __iter__(self) -> Iterator[tuple[int, TileOutput]]:
        """Yield (tile, output); tiles may be added meanwhile.

        Raises:
            Cancelled: the token was cancelled.
            MemoryLimitError, DeviceError, NumericError: no fallback is left.
        """
        while self._jobs:
            self._token.raise_if_cancelled()
            if self._engine.under_pressure(self._report):
                self._fall_back(Fault.PRESSURE, (), self._engine.level)
            done, _ = wait(self._jobs, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            # In the order of the queue: of several that ended at once the most suspicious is first.
            for job in [j for j in self._jobs if j in done]:
                if job not in self._jobs:  # withdrawn by a fallback
                    continue
                batch, level = self._jobs.pop(job)
                result = job.result()
                if isinstance(result, Fault):
                    self._fall_back(result, batch, level)
                    continue
                outputs, repeated = result
                if repeated:
                    self._report("A tile's output was not finite: it was repeated in float32.")
                for index, output in zip(batch, outputs, strict=True):
                    self._token.raise_if_cancelled()
                    yield index, output

    def _submit(self, indices: list[int]) -> None:
        size, level = self._engine.rung.batch, self._engine.level
        for start in range(0, len(indices), size):
            batch = tuple(indices[start : start + size])
            self._jobs[self._pool.submit(self._work, batch)] = (batch, level)

    def _work(self, batch: _Batch) -> _Result:
        if self._token.cancelled:
            raise Cancelled
        try:
            tiles = np.stack([self._load(index) for index in batch])
            return self._engine.forward(tiles, all_heads=self._all_heads, features=self._features)
        except (MemoryError, RuntimeError) as error:
            fault = classify(error)
            if fault is None:
                raise
        return fault

    def _fall_back(self, fault: Fault, batch: _Batch, level: int) -> None:
        again = list(batch)
        if level == self._engine.level:
            # Running jobs hold memory too: let them end before the next try.
            self._pool.shutdown(wait=True, cancel_futures=True)
            # Cancelled jobs and those that failed beside this one are tried again on the next rung.
            for job, (other, _) in list(self._jobs.items()):
                if job.cancelled():
                    del self._jobs[job]
                    again.extend(other)
            self._report(self._engine.step_down(fault))
            if fault is not Fault.PRESSURE:
                # Whoever took the memory, or the driver, may need a moment; longer each time.
                self._token.wait(min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2**level))
            self._pool = self._new_pool()
        self._submit(again)

    def _new_pool(self) -> ThreadPoolExecutor:
        rung = self._engine.rung
        return ThreadPoolExecutor(
            rung.streams,
            thread_name_prefix="tiles",
            initializer=torch.set_num_threads,
            initargs=(rung.stream_threads,),
        )
