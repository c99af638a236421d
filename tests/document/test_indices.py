"""Sums, means, Kronecker's delta, and letters in and out of scope."""

import pytest

from tests.document.conftest import HEADER


@pytest.mark.parametrize(
    "sum_",
    [
        r"\sum_k",
        r"\sum_{k=1}^{B}",
        r"\sum_{k=1}^{n_b}",
        r"\sum_{k=0}^{B-1}",
        r"\sum\limits_{k = 1}^{B}",
        "∑_k",
        r"\sum_k^B",
        r"\Sigma_{k=1}^B",
    ],
)
def test_a_sum_runs_over_the_whole_axis(reading, sum_):
    assert reading(rf"h_{{sj}} = {sum_} U_{{jk}} y_{{sk}}") == r"h_{sj} = \sum_{k} U_{jk} y_{sk}"


@pytest.mark.parametrize(
    ("range_", "part"),
    [
        (r"\sum_{k=0}^{B}", "one term too many"),
        (r"\sum_{k=1}^{B-1}", "one term too few"),
        (r"\sum_{k=2}^{B}", "not the whole axis"),
        (r"\sum_{k=1}^{N}", "ranges over"),
        (r"\sum_{k=1}", "where it begins but not where it ends"),
        (r"\sum_{k=1}^{7}", "which is not the size of an axis"),
        (r"\sum_{k \in K}", "is not a sum over a whole axis"),
    ],
)
def test_any_other_range_is_ill_formed(problem, range_, part):
    kind, found = problem(rf"h_{{sj}} = {range_} U_{{jk}} y_{{sk}}")
    assert kind == "ill-formed"
    assert part in found.message


def test_a_sum_without_one_index_subtracts_it(reading):
    read = reading(r"h_{sj} = \sum_{k \neq j} U_{jk} y_{sk}")
    assert read == r"h_{sj} = \sum_{k} U_{jk} y_{sk} \left(1 - \delta_{kj}\right)"


def test_two_letters_under_one_sum(reading):
    assert reading(r"\lambda = \sum_{s,j} y_{sj}") == r"\lambda = \sum_{s} \sum_{j} y_{sj}"


def test_letters_with_primes(reading):
    assert (
        reading(r"\hat{x}_{si} = \sum_{i'=1}^{A} \delta_{ii'} x_{si'}")
        == r"\hat{x}_{si} = \sum_{i'} \delta_{ii'} x_{si'}"
    )


def test_a_sum_binds_up_to_the_next_plus(reading):
    assert reading(r"c_j = \sum_s y_{sj} q_j + q_j") == r"c_{j} = \sum_{s} y_{sj} q_{j} + q_{j}"
    assert reading(r"c_j = \sum_s - y_{sj}") == r"c_{j} = -\sum_{s} y_{sj}"


def test_free_on_the_right_only(problem):
    kind, found = problem("h_{sj} = U_{jk} y_{sk}")
    assert kind == "ill-formed"
    assert "the index k is free here" in found.message
    assert "j over b" in found.message and "s over sample" in found.message
    assert found.excerpt[found.column - 1 :].startswith("U_{jk}")


def test_free_and_bound(problem):
    kind, found = problem(r"h_{sj} = \sum_j U_{jk} y_{sk}")
    assert kind == "ill-formed"
    assert "free and bound" in found.message
    assert found.excerpt[found.column - 1 :].startswith(r"\sum_j")


def test_a_letter_of_another_axis(problem):
    kind, found = problem("y_{si} = h_{si}")
    assert kind == "ill-formed"
    assert "the index i ranges over a, the axis of y is b" in found.message


def test_letters_in_the_order_in_which_they_fit(reading):
    assert reading("y_{js} = h_{sj}") == "y_{sj} = h_{sj}"


@pytest.mark.parametrize("written", [r"c_j = \sum_i W_{ij} r_s x_{si}", r"z_{stj} = \sum_i V_{ji} x_{si}"])
def test_the_axes_of_a_matrix_keep_their_order(problem, written):
    kind, found = problem(written)
    assert kind == "ill-formed"
    assert "ranges over" in found.message


def test_a_superscript_is_no_matter_of_order(reading):
    assert reading(r"\lambda = \sum_i \sum_j W_i^j") == r"\lambda = \sum_{i} \sum_{j} W_{ji}"


def test_the_two_layers_of_a_matrix_keep_their_order(problem):
    kind, found = problem(r"v_p^l = \sum_q w_{pq}^{l,l+1} v_q^{l+1}")
    assert kind == "ill-formed"
    assert "the index p ranges over unit^{l}, the axis of w^{l,l+1} is unit^{l+1}" in found.message


def test_a_letter_too_many(problem):
    kind, found = problem("y_{sjk} = h_{sj}")
    assert kind == "error"
    assert "y has 2 axes but 3 subscripts" in found.message


def test_the_left_may_broadcast(reading):
    assert reading(r"y_{sj} = \frac{1}{N}") == r"y_{sj} = \frac{1}{N}"


@pytest.mark.parametrize(
    "delta",
    [
        r"\delta_{jk}",
        r"\delta_{j,k}",
        r"\mathbf{1}_{j=k}",
        r"\mathbf{1}[j = k]",
        r"\mathbb{I}(j=k)",
        r"\mathbb{1}_{\{j=k\}}",
        r"\mathbf{1}\{j=k\}",
        "[j = k]",
    ],
)
def test_kronecker(reading, delta):
    assert reading(rf"c_j = \sum_k {delta} q_k") == r"c_{j} = \sum_{k} \delta_{jk} q_{k}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"c = \langle y \rangle", r"c_{j} = \langle y_{j} \rangle"),
        (r"c = \mathbb{E}[y]", r"c_{j} = \langle y_{j} \rangle"),
        (r"c = \bar{y}", r"c_{j} = \langle y_{j} \rangle"),
        (r"c = \overline{y h}", r"c_{j} = \langle y_{j} h_{j} \rangle"),
        (r"c = \operatorname{Var}(y)", r"c_{j} = \langle \left(y_{j} - \langle y_{j} \rangle\right)^{2} \rangle"),
        (r"c_j = \langle y_j \rangle_s", r"c_{j} = \langle y_{j} \rangle"),
        (r"c_j = \mathbb{E}_s[y_{sj}]", r"c_{j} = \langle y_{j} \rangle"),
    ],
)
def test_means_bind_implicit_data_indices(reading, written, read):
    assert reading(written) == read


def test_a_mean_over_one_of_two_data_axes_needs_a_subscript(problem):
    kind, found = problem(r"c = \langle z \rangle")
    assert kind == "ill-formed"
    assert "over which axis does the mean run, sample or time?" in found.message


def test_a_mean_that_binds_nothing(problem):
    kind, found = problem(r"y_s = \langle y_s \rangle")
    assert kind == "ill-formed"
    assert "nothing to run over" in found.message


def test_a_sum_that_lacks_its_letter_binds_the_implicit_index(statement):
    found = statement(r"c = \sum_s y")
    assert found.readings[0].latex == r"c_{j} = \sum_{s} y_{sj}"
    assert [erratum.kind for erratum in found.errata] == ["missing-index"]


def test_a_missing_data_index_gives_two_readings(statement):
    found = statement(r"y_s - h_s = x_s W c + \hat{x} W")
    first, second = found.readings
    assert r"\hat{x}_{si}" in first.latex and first.choice == r"\hat{x} at s"
    assert r"\langle \hat{x}_{i} \rangle" in second.latex and second.choice == r"\hat{x} averaged over sample"
    assert {erratum.kind for erratum in (*first.errata, *second.errata)} == {"missing-index"}


def test_a_declared_delta_with_two_letters_over_one_axis_is_kronecker_s(reading):
    """Where δ is declared as a tensor over samples and units, δ_{sj} is an entry of it, δ_{jk} is not."""
    header = HEADER.replace("[symbols]", "[symbols]\n'\\delta' = ['sample', 'b']")
    assert reading(r"h_{sj} = \sum_k \delta_{jk} \delta_{sk}", header) == r"h_{sj} = \sum_{k} \delta_{jk} \delta_{sk}"


@pytest.mark.parametrize(
    ("written", "read", "slip"),
    [
        (r"c = \sum_N y", r"c_{j} = \sum_{N} y_{Nj}", "missing-index"),
        (r"c = \sum y", r"c_{j} = \sum_{s} y_{sj}", "missing-index"),
        (r"\lambda = \sum c", r"\lambda = \sum_{j} c_{j}", "missing-index"),
    ],
)
def test_sums_that_do_not_say_their_index(statement, written, read, slip):
    found = statement(written)
    assert found.readings[0].latex == read
    assert [erratum.kind for erratum in found.errata] == [slip]


def test_a_sum_over_the_numbers_up_to_the_size(reading):
    assert reading(r"c_j = \sum_{s \in [N]} y_{sj}") == r"c_{j} = \sum_{s} y_{sj}"


@pytest.mark.parametrize(
    ("written", "part"),
    [
        (r"c_j = \sum_{s \in S_k} y_{sj}", "is not a sum over a whole axis"),
        (r"c_j = \sum_{s \in [T]} y_{sj}", "the index s ranges over time"),
        (r"c_j = \sum_{s \in \mathcal{B}} y_{sj}", "is not a sum over a whole axis"),
        (r"c_j = \sum_s \sum_s y_{sj}", "the index s is bound twice"),
    ],
)
def test_sums_over_what_is_no_axis(problem, written, part):
    kind, found = problem(written)
    assert kind == "ill-formed" and part in found.message


def test_a_letter_may_be_bound_again_inside(reading):
    read = reading(r"c_j = \sum_s (y_{sj} - \frac1N \sum_s y_{sj})^2")
    assert read == r"c_{j} = \sum_{s} \left(y_{sj} - \frac{1}{N} \sum_{t} y_{tj}\right)^{2}"


def test_a_star_multiplies_behind_a_command(reading):
    assert reading(r"y_{sj} = \lambda*h_{sj}*\mu") == r"y_{sj} = \lambda h_{sj} \mu"


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (r"0 = \sum r", r"0 = \sum_{s} r_{s}"),
        (r"0 = \sum_s y", r"0 = \sum_{s} y_{sj}"),
        (r"1 = \sum_s y_{sk}", r"1 = \sum_{s} y_{sk}"),
        (r"0 = W x", r"0 = \sum_{i} W_{ji} x_{si}"),
        (r"0 = \langle x \rangle", r"0 = \langle x_{i} \rangle"),
    ],
)
def test_what_equals_a_number_does_so_at_all_its_indices(reading, statement, line, read):
    """As it does if the number is on the right."""
    head, body = line.split(" = ")
    swapped = reading(f"{body} = {head}").split(" = ")
    assert reading(line).split(" = ") == swapped[::-1]
    assert reading(line) == read
    assert statement(line).errata == statement(f"{body} = {head}").errata


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"c_j = \sum_s y_{s,j} r_s", None),
        (r"y_{s,:} = 2 h_{s,:}", r"y_{sj} = 2 h_{sj}"),
        (r"y_{:,j} = 2 h_{:,j}", r"y_{sj} = 2 h_{sj}"),
        (r"y_{:j} = 2 h_{:j}", r"y_{sj} = 2 h_{sj}"),
        (r"y_{s\cdot} = 2 h_{s,*}", r"y_{sj} = 2 h_{sj}"),
        (r"y_{s,\cdot} = c h_{s,\cdot}", r"y_{sj} = c_{j} h_{sj}"),
        (r"y_{:,:} = h", r"y_{sj} = h_{sj}"),
        (r"y_{s,:} = W x_{s,:}", r"y_{sj} = \sum_{i} W_{ji} x_{si}"),
    ],
)
def test_a_colon_leaves_an_axis_without_a_letter(reading, written, read):
    assert read is None or reading(written) == read


def test_a_colon_in_the_subscript_of_a_bracket(reading):
    assert reading(r"c = \sum_s (y)_{s,:}") == r"c_{j} = \sum_{s} y_{sj}"
    assert reading(r"r = \sum_j (y)_{:,j} q_j") == r"r_{s} = \sum_{j} y_{sj} q_{j}"
