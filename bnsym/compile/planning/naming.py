"""What generated code calls a value: what the derivation calls it, or what it is next to."""

from __future__ import annotations

from collections.abc import Mapping

from bnsym.compile.lowering.array import Value
from bnsym.compile.names import Namer

SHORT = {
    "contract": "product", "maximum-over": "peak", "divide": "quotient", "multiply": "scaled", "subtract": "difference",
    "sqrt": "root", "greater": "mask", "add": "total", "outer": "repeated", "copy": "ordered",
}  # fmt: skip


class ValueNames:
    """Identifiers of values. `labels` are what the derivation calls them, in LaTeX; `given` is named already."""

    def __init__(self, namer: Namer, labels: Mapping[Value, str], given: Mapping[Value, str]) -> None:
        self.namer = namer
        self.labels = labels
        self.names = dict(given)

    def name(self, value: Value) -> str:
        if value.operation == "constant":
            return repr(value.operands[0].value)
        if value not in self.names:
            wanted = self.labels.get(value) or value.name
            if not wanted:
                wanted = f"{SHORT.get(value.operation, value.operation)} {self._nearest(value)}"
            self.names[value] = self.namer.fresh(wanted)
        return self.names[value]

    def _nearest(self, value: Value) -> str:
        """What the nearest value is called that this one is computed from."""
        pending = [value]
        for current in pending:
            if current in self.labels or current.name:
                return self.labels.get(current) or current.name
            pending += [o.value for o in current.operands if isinstance(o.value, Value)]
        return ""
