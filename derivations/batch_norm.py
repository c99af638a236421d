"""Batch normalization through the Python API: the graph, the derivatives, the proofs, the program, the training.

python derivations/batch_norm.py
"""

from pathlib import Path

import numpy as np
import sympy

import bnsym

HERE = Path(__file__).parent


def main() -> None:
    derivation = bnsym.read(HERE / "batch_norm_epsilon.md")

    print("The cost graph, in SymPy; ⟨·⟩ is a mean over the batch:")
    for entry, body in derivation.graph.definitions.items():
        print(f"  {sympy.latex(entry)} = {sympy.latex(body)}")

    print("\nThe derivatives of the cost, found and proved:")
    for form in derivation.derive():
        print(f"  {form.latex}")

    print("\nWhat the document claims:")
    for result in derivation.verify():
        if result.is_claim:
            print(f"  line {result.statement.line}: {result.verdict}: {result.reading}")

    program = bnsym.lambdify(derivation, widths=[2, 16, 2], batch=50)
    lines = len(program.source.splitlines())
    print(f"\nThe training step that follows is {lines} lines of NumPy. It learns two rings:")
    random = np.random.default_rng(0)
    rings = random.integers(0, 2, 500)
    angle = random.uniform(0, 2 * np.pi, 500)
    points = (1 + rings + 0.1 * random.standard_normal(500)) * np.array([np.cos(angle), np.sin(angle)])
    trainer = bnsym.Trainer([2, 16, 2], batch_size=50, learning_rate=0.2, seed=0, derivation=derivation)
    costs = trainer.fit(points.T, rings, epochs=20)
    accuracy = np.mean(trainer.predict(points.T) == rings)
    print(f"  the cost falls from {costs[0]:.3f} to {costs[-1]:.3f}, accuracy {accuracy:.1%}")


if __name__ == "__main__":
    main()
