r"""Strategies for Hypothesis, and second opinions: what bnsym is tested with, for whoever adds to it.

| to test | draw | compare with |
| --- | --- | --- |
| terms and rules of the kernel | `trees`, `instances`, `cost_graphs` | `evaluate`, `Model`: exact, derivatives too |
| what reads or prints expressions | `axes`, `vocabularies`, `expressions`, `documents` | `same`, `read_back` |
| what must survive anything | `spoiled_documents` | no exception |
| a document's claims | – | `Scalars` with `ComplexStep` or `Symbolic` |
| numeric code | `networks`, `computations`, `batches`, `degenerate_batches` | `complex_step` |

When a test fails, what was drawn is shown as it would be written: `shown` gives that text, `showing` adds a kind.
Nothing here is used by what is tested. Needs Hypothesis: `pip install 'bnsym[test]'`. Who adds a layer writes its
document and checks each claim by numbers that share nothing with the prover:

    import bnsym
    from bnsym.testing import ComplexStep, Scalars

    derivation = bnsym.read("my_layer.md")
    scalars = Scalars(derivation.document, ComplexStep())
    for result in derivation.verify():
        if result.verdict == "proved":
            assert scalars.error(result.statement.readings[0]) < 1e-9
"""

from importlib.util import find_spec

if find_spec("hypothesis") is None:
    raise ModuleNotFoundError("bnsym.testing needs Hypothesis: pip install 'bnsym[test]'", name="hypothesis")

from bnsym.testing.computation import Computation, computations
from bnsym.testing.display import showing, shown
from bnsym.testing.document import Spoiled, Written, documents, read_back, said, spoiled_documents
from bnsym.testing.exact import Dual
from bnsym.testing.expression import expressions
from bnsym.testing.graphs import Graph, cost_graphs
from bnsym.testing.models import Model
from bnsym.testing.network import Degenerate, Network, batches, complex_step, degenerate_batches, networks
from bnsym.testing.notations import write
from bnsym.testing.scalars import ComplexStep, Scalars, Symbolic
from bnsym.testing.terms import instances, rationals, sizes, trees
from bnsym.testing.tree import Instance, build, evaluate, evaluate_term, random_instance, rewritten
from bnsym.testing.values import same
from bnsym.testing.vocabulary import Vocabulary, axes, header, vocabularies

__all__ = [
    "ComplexStep", "Computation", "Degenerate", "Dual", "Graph", "Instance", "Model", "Network", "Scalars", "Spoiled",
    "Symbolic", "Vocabulary", "Written", "axes", "batches", "build", "complex_step", "computations", "cost_graphs",
    "degenerate_batches", "documents", "evaluate", "evaluate_term", "expressions", "header", "instances", "networks",
    "random_instance", "rationals", "read_back", "rewritten", "said", "same", "showing", "shown", "sizes",
    "spoiled_documents", "trees", "vocabularies", "write",
]  # fmt: skip
