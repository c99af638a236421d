"""Training data, in memory or larger than it: which samples there are, and in which order they come.

Arrays in memory are shuffled as a whole. A memory map of more than `BUFFER` bytes is never read as a whole: an
epoch goes through it in pieces of consecutive rows, in random order; `PIECES` of them, `BUFFER` bytes together,
are held at a time, and shuffled. Samples that are far apart in the file can meet in a batch, all that follow one
another do not; a file that is sorted by label is best shuffled once beforehand. Beyond the buffer, memory holds
eight bytes for each sample.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bnsym.train import inputs
from bnsym.train.errors import DataError

BUFFER = 64 * 2**20  # bytes of a memory map that are held at once
PIECES = 16  # of the map, in a buffer
PROBED = 64  # rows that tell one data set from another, and how far from zero it lies

Pair = tuple[NDArray, NDArray]  # samples (N, n_in) and targets (N, n_out), checked and in the trainer's dtype


@dataclass(frozen=True)
class Samples:
    """Samples and targets of a trainer. `rows` are the rows of a memory map that belong; None: all is in memory.

    `labels` says that the targets are labels, or the probabilities of labels.
    """

    X: NDArray
    T: NDArray
    dtype: str
    outputs: int
    labels: bool
    rows: NDArray | None = None

    @staticmethod
    def of(
        X: ArrayLike,
        T: ArrayLike,
        shape: tuple[int, ...],
        outputs: int,
        dtype: str,
        labels: bool,
        rows: NDArray | None = None,
    ) -> Samples:
        """All samples, each of that shape, or `rows` of them. Checked at once if in memory, else as they are read.

        Raises DataError.
        """
        x, t = inputs.flat(np.asanyarray(X), shape), np.asanyarray(T)
        inputs.check_samples(x, math.prod(shape))
        inputs.check_targets(t, len(x), outputs, labels)
        if rows is not None:
            inputs.check_rows(rows, len(x))
        if isinstance(x, np.memmap) and x.nbytes + t.nbytes > BUFFER:
            return Samples(x, t, dtype, outputs, labels, np.arange(len(x)) if rows is None else rows)
        if rows is not None:
            x, t = x[rows], t[rows]
        targets = inputs.convert_targets(t, outputs, dtype, labels)
        return Samples(inputs.convert("X", x, dtype), targets, dtype, outputs, labels)

    def __len__(self) -> int:
        return len(self.X) if self.rows is None else len(self.rows)

    def split(self, fraction: float, random: np.random.Generator) -> tuple[Samples, Samples]:
        """The samples without a random fraction of them, and these. Raises DataError if either would be empty."""
        held = round(fraction * len(self))
        if not 0 < held < len(self):
            raise DataError(f"{len(self)} samples cannot be split: {fraction:g} of them would be {held}")
        order = random.permutation(len(self))
        return self._only(np.sort(order[held:])), self._only(np.sort(order[:held]))

    def head(self, count: int) -> Samples:
        """The first samples, in memory. Raises DataError."""
        X, T = self.read(np.arange(min(count, len(self))))
        return Samples(X, T, self.dtype, self.outputs, self.labels)

    def _only(self, chosen: NDArray) -> Samples:
        if self.rows is None:
            return replace(self, X=self.X[chosen], T=self.T[chosen])
        return replace(self, rows=self.rows[chosen])

    def read(self, chosen: NDArray) -> Pair:
        """Samples by number. Raises DataError."""
        if self.rows is None:
            return self.X[chosen], self.T[chosen]
        rows = self.rows[chosen]
        X = inputs.convert("X", np.asarray(self.X[rows]), self.dtype, rows)
        return X, inputs.convert_targets(np.asarray(self.T[rows]), self.outputs, self.dtype, self.labels, rows)

    def parts(self, count: int) -> Iterator[Pair]:
        """All samples in their order, at most `count` at a time. Raises DataError."""
        for start in range(0, len(self), count):
            yield self.read(np.arange(start, min(start + count, len(self))))

    # ------------------------------------------------------------ batches

    def batches(self, size: int) -> int:
        """How many batches an epoch has."""
        whole, left = divmod(len(self), size)
        return whole + (left > 1 or (left == 1 and whole == 0))

    def epoch(self, random: np.random.Generator, size: int, passed: int = 0) -> Iterator[Pair]:
        """Shuffled batches of `size`, without the first `passed` of them, which are not read.

        The last batch may be smaller, but a single sample that is left over is passed over: there is no spread in
        it. The generator is used up as if no batch was left out. Raises DataError.
        """
        skipped, total = passed * size, self.batches(size) * size
        held = self.read(np.arange(0))
        for chosen, order in self._buffers(random):
            if skipped >= len(chosen):
                skipped -= len(chosen)
                continue
            X, T = (self.X, self.T) if self.rows is None else self.read(chosen)
            order, skipped = order[skipped:], 0
            start = 0
            if len(held[0]):
                start = size - len(held[0])
                held = np.concatenate([held[0], X[order[:start]]]), np.concatenate([held[1], T[order[:start]]])
                if len(held[0]) == size:
                    yield held
                    held = self.read(np.arange(0))
            for at in range(start, len(order), size):
                batch = X[order[at : at + size]], T[order[at : at + size]]
                if len(batch[0]) < size:
                    held = batch
                else:
                    yield batch
        if len(held[0]) and total > len(self):
            yield held

    def _buffers(self, random: np.random.Generator) -> Iterator[tuple[NDArray, NDArray]]:
        """The numbers of the samples that are held at once, and the order in which they are taken."""
        if self.rows is None:
            yield np.arange(len(self)), random.permutation(len(self))
            return
        row = max(1, self.X.nbytes // len(self.X) + self.T.nbytes // len(self.T))
        piece = max(1, BUFFER // row // PIECES)
        starts = random.permutation(np.arange(0, len(self), piece))
        for group in range(0, len(starts), PIECES):
            ranges = [np.arange(start, min(start + piece, len(self))) for start in starts[group : group + PIECES]]
            chosen = np.concatenate(ranges)
            yield chosen, random.permutation(len(chosen))

    # ------------------------------------------------------------ identity

    def spread(self) -> Pair:
        """A few samples from everywhere. Raises DataError."""
        return self.read(np.linspace(0, len(self) - 1, PROBED).astype(int))

    @property
    def digest(self) -> str:
        """Tells this data set from another by its shapes and some of its rows."""
        X, T = self.spread()
        return f"{self.X.shape}{self.T.shape}{zlib.crc32(X.tobytes() + T.tobytes()):08x}"
