"""Headers under which lines of mathematics are judged: layers, one axis, functions, a cost; lines for a gated layer."""

from __future__ import annotations

PERCEPTRON = r"""
[axes]
unit = "n"
[indices]
unit = "j k m"
[layers]
generic = "l"
last = "L"
[symbols]
'a^{[l]}' = ["unit^l"]
'z^{[l]}' = ["unit^l"]
'W^{[l]}' = ["unit^l", "unit^{l-1}"]
'\delta^{[l]}' = ["unit^l"]
[functions]
'g^{[l]}' = "elementwise"
[cost]
symbol = "C"
of = 'a^{[L]}'
"""

SOFTMAX = r"""
[axes]
class = "n"
[indices]
class = "i j k"
[symbols]
z = ["class"]
p = ["class"]
q = ["class"]
"""

EXPONENTIALS = r"""
[axes]
class = "n"
[indices]
class = "i j k"
[symbols]
x = ["class"]
p = ["class"]
q = ["class"]
t = ["class"]
a = { axes = ["class"], positive = true }
b = ["class"]
c = []
J = []
[assume]
'\sum_i t_i' = '1'
"""

SCALED = r"""
[axes]
unit = "n"
[indices]
unit = "i j"
[symbols]
x = ["unit"]
y = ["unit"]
z = ["unit"]
'\gamma' = ["unit"]
dout = ["unit"]
'\epsilon' = []
[cost]
symbol = "L"
of = "z"
"""
GATED = r"""
[axes]
token = { size = "T", data = true }
model = "d"
hidden = "h"
[indices]
token = "t"
model = "i j"
hidden = "k"
[symbols]
X = ["token", "model"]
W = ["hidden", "model"]
V = ["hidden", "model"]
U = ["model", "hidden"]
a = ["token", "hidden"]
b = ["token", "hidden"]
h = ["token", "hidden"]
y = ["token", "model"]
'\alpha' = []
'\beta' = { axes = [], positive = true }
'\pi' = { axes = [], positive = true }
[functions]
'\sigma' = "elementwise"
g = "elementwise"
[cost]
symbol = 'L'
of = 'y'
"""
LAYER = {
    r"a_{tk} = \sum_j W_{kj} X_{tj}": "definition",
    r"b_{tk} = \sum_j V_{kj} X_{tj}": "definition",
    r"y_{ti} = \sum_k U_{ik} h_{tk}": "definition",
}
# The same with an opaque g, and what rests on it where it is not known what g is.
OPEN = LAYER | {r"h_{tk} = g(a_{tk}) b_{tk}": "definition"}
RESTS = {
    r"\frac{\partial h_{tk}}{\partial a_{tk}} = b_{tk} g'(a_{tk})": "proved",
    r"\frac{\partial h_{tk}}{\partial a_{tk}} = b_{tk}": "undecided",
    r"\frac{\partial L}{\partial b_{tk}} = 0": "undecided",
    r"\frac{\partial L}{\partial U_{ik}} = 0": "undecided",
    r"a_{tk} = 0": "refuted",
}
