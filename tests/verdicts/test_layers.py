"""Claims about layers: each has an activation of its own, and what lies below is known."""

from __future__ import annotations

from tests.support.documents import judged
from tests.verdicts.headers import PERCEPTRON


def test_every_layer_has_an_activation_of_its_own():
    lines = {
        r"z_j^{[l]} = \sum_k W_{jk}^{[l]} a_k^{[l-1]}": "definition",
        r"a_j^{[l]} = g^{[l]}(z_j^{[l]})": "definition",
        r"\delta_j^{[l]} = \frac{\partial C}{\partial z_j^{[l]}}": "definition",
        r"\delta_j^{[l]} = \sum_k W_{kj}^{[l+1]} \delta_k^{[l+1]} g^{[l]\prime}(z_j^{[l]})": "proved",
        r"\delta_j^{[l]} = \sum_k W_{kj}^{[l+1]} \delta_k^{[l+1]} g^{[l+1]\prime}(z_j^{[l]})": "refuted",
        r"\delta_j^{[L]} = \frac{\partial C}{\partial a_j^{[L]}} g^{[L]\prime}(z_j^{[L]})": "proved",
        r"g^{[l]}(z_j^{[l]}) = g^{[l+1]}(z_j^{[l]})": "refuted",
    }
    assert judged(PERCEPTRON, lines) == lines


def test_what_lies_below_is_what_it_is_defined_as():
    """A layer may take its input from anywhere; what else there is of the layer below is known."""
    lines = {
        r"z_j^{[l]} = \sum_k W_{jk}^{[l]} a_k^{[l-1]}": "definition",
        r"a_j^{[l]} = g^{[l]}(z_j^{[l]})": "definition",
        r"\delta_j^{[l]} = \frac{\partial C}{\partial z_j^{[l]}}": "definition",
        r"\frac{\partial C}{\partial W_{jk}^{[l]}} = \delta_j^{[l]} a_k^{[l-1]}": "proved",
        r"\frac{\partial C}{\partial W_{jk}^{[l]}} = \delta_j^{[l]} g^{[l-1]}(z_k^{[l-1]})": "proved",
        r"\frac{\partial C}{\partial W_{jk}^{[l]}} = \delta_j^{[l]} z_k^{[l-1]}": "refuted",
        r"\frac{\partial C}{\partial W_{jk}^{[L]}} = "
        r"\delta_j^{[L]} g^{[L-1]}(\sum_m W_{km}^{[L-1]} a_m^{[L-2]})": "proved",
    }
    assert judged(PERCEPTRON, lines) == lines
