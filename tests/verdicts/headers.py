"""Headers under which lines of mathematics are judged: layers, one axis, functions, a cost."""

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
