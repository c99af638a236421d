"""The estimators: scikit-learn's own checks, and what those do not look at."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the estimators need scikit-learn")

from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import bnsym
from bnsym.train.estimators import BatchNormClassifier, BatchNormRegressor

SMALL = {"hidden": (8,), "epochs": 15, "learning_rate": 0.05}


@pytest.mark.parametrize(
    "estimator", [BatchNormClassifier(**SMALL), BatchNormRegressor(**SMALL)], ids=["class", "number"]
)
def test_scikit_learn_agrees(estimator):
    """What it does not check for want of an optional package of its own is not held against the estimator."""
    results = check_estimator(estimator, on_skip=None)
    assert len(results) > 40 and {result["status"] for result in results} <= {"passed", "skipped"}


def test_they_are_loaded_from_bnsym_when_asked_for():
    assert bnsym.BatchNormClassifier is BatchNormClassifier and bnsym.BatchNormRegressor is BatchNormRegressor
    code = "import bnsym, sys; assert 'sklearn' not in sys.modules and 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_scikit_learn_the_extra_is_named():
    code = """
import sys
sys.modules["sklearn"] = None
import bnsym
try:
    bnsym.BatchNormClassifier
except ImportError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "pip install bnsym[sklearn]" in told


def test_flowers_are_told_apart():
    X, y = load_iris(return_X_y=True)
    model = BatchNormClassifier(hidden=(16,), random_state=0)
    assert cross_val_score(model, X, y).mean() > 0.93


def test_numbers_are_predicted():
    X, y = load_diabetes(return_X_y=True)
    model = BatchNormRegressor(hidden=(16,), epochs=20, weight_decay=0.01, random_state=0)
    assert cross_val_score(model, X, y).mean() > 0.35


def test_text_labels_pipelines_and_searches():
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = make_pipeline(StandardScaler(), BatchNormClassifier(random_state=0, epochs=10))
    search = GridSearchCV(model, {"batchnormclassifier__hidden": [(4,), (8, 8)]}, cv=2).fit(X, names)
    assert set(search.predict(X)) <= set(names)
    assert clone(search.best_estimator_).get_params()["batchnormclassifier__epochs"] == 10


def test_several_outputs():
    X = np.random.default_rng(0).standard_normal((200, 3))
    y = X @ [[1.0, 100], [0, -50], [2, 0]] + [0, 1e4]
    model = BatchNormRegressor(activation="tanh", random_state=0).fit(X, y)
    assert model.predict(X).shape == (200, 2) and model.score(X, y) > 0.9


def test_patience_is_passed_on():
    X, y = load_iris(return_X_y=True)
    model = BatchNormClassifier(epochs=500, validation=0.2, patience=3, random_state=0).fit(X, y)
    assert model.n_iter_ == len(model.history_) < 500


def test_a_pickle_goes_on_as_the_model_does():
    X, y = load_iris(return_X_y=True)
    model = BatchNormClassifier(**SMALL, random_state=0).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.trainer_.fit(X, y, epochs=2) == model.trainer_.fit(X, y, epochs=2)
