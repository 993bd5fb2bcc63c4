"""A sweep's file: what wandb's schema allows is honoured, all else is refused in a sentence."""

import importlib
import math
from statistics import median

import numpy as np
import pytest
from sweeps import EXAMPLES


@pytest.fixture
def sweep(monkeypatch):
    """The package behind the sweeps."""
    monkeypatch.syspath_prepend(EXAMPLES)
    for module in ("order", "program", "schema", "study", "training"):
        importlib.import_module(f"lab.sweep.{module}")
    return importlib.import_module("lab.sweep")


@pytest.fixture
def refusal(sweep):
    """The sentence with which a file is refused."""

    def refuse(raw):
        with pytest.raises(sweep.schema.UserError) as caught:
            found = sweep.schema.Sweep.of(raw)
            sweep.training.FashionMnist(None).check(found)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return refuse


def one(**entry):
    return {"method": "random", "parameters": {"learning_rate": entry}}


def draws(sweep, n=4000, **entry):
    kind = sweep.schema.Sweep.of(one(**entry)).parameters["learning_rate"]
    return [kind.at(u) for u in np.random.default_rng(0).random(n)]


RANGE = {"min": 2, "max": 6}
E1, E5 = math.exp(1), math.exp(5)
# Entry, least and greatest value, median: all from the definitions in wandb's documentation.
DISTRIBUTIONS = [
    ({"distribution": "uniform", "min": 2.0, "max": 6.0}, 2, 6, 4),
    ({"min": 2.0, "max": 6}, 2, 6, 4),
    ({"distribution": "log_uniform", "min": 1, "max": 5}, E1, E5, math.exp(3)),
    ({"distribution": "log_uniform_values", "min": 0.01, "max": 1}, 0.01, 1, 0.1),
    ({"distribution": "inv_log_uniform", "min": 1, "max": 5}, 1 / E5, 1 / E1, math.exp(-3)),
    ({"distribution": "inv_log_uniform_values", "min": 0.01, "max": 1}, 0.01, 1, 0.1),
    ({"distribution": "normal", "mu": 3, "sigma": 0.5}, 1, 5, 3),
    ({"distribution": "log_normal", "mu": 1, "sigma": 0.1}, 1.8, 4.2, E1),
    ({"distribution": "beta", "a": 2, "b": 2}, 0, 1, 0.5),
]


@pytest.mark.parametrize(("entry", "low", "high", "middle"), DISTRIBUTIONS, ids=str)
def test_distributions_are_those_of_their_names(sweep, entry, low, high, middle):
    values = draws(sweep, **entry)
    assert min(values) >= low - 1e-12 and max(values) <= high + 1e-12
    assert max(values) - min(values) > 0.5 * (high - low)
    assert median(values) == pytest.approx(middle, rel=0.1)


@pytest.mark.parametrize(
    ("entry", "values"),
    [
        ({"distribution": "q_uniform", "min": 0, "max": 1, "q": 0.25}, [0, 0.25, 0.5, 0.75, 1]),
        ({"distribution": "int_uniform", "min": 2, "max": 5}, [2, 3, 4, 5]),
        ({"min": 2, "max": 5}, [2, 3, 4, 5]),
        ({"distribution": "q_log_uniform_values", "min": 1, "max": 8, "q": 4}, [0, 4, 8]),
        ({"distribution": "q_log_uniform", "min": 0, "max": 1}, [1, 2, 3]),
        ({"distribution": "q_normal", "mu": 0, "sigma": 0.1}, [0]),
        ({"distribution": "q_log_normal", "mu": 0, "sigma": 0.05}, [1]),
        ({"distribution": "q_beta", "a": 1, "b": 1, "q": 0.5}, [0, 0.5, 1]),
        ({"values": [1, 2], "probabilities": [0, 1]}, [2]),
        ({"value": 3}, [3]),
    ],
    ids=str,
)
def test_what_is_rounded_has_only_multiples(sweep, entry, values):
    assert sorted(set(draws(sweep, **entry))) == values


def test_integers_are_equally_likely(sweep):
    values = draws(sweep, min=0, max=3)
    assert all(0.22 < values.count(k) / len(values) < 0.28 for k in range(4))


def test_probabilities_are_kept(sweep):
    values = draws(sweep, values=["a", "b"], probabilities=[0.1, 0.9])
    assert 0.07 < values.count("a") / len(values) < 0.13


REFUSED = [
    ({"method": "anneal", "parameters": {"epochs": {"value": 1}}}, "grid, random, bayes"),
    ({**one(value=1), "speed": 3}, "speed: expected a key among"),
    ({**one(value=1), "command": ["python"]}, "put fixed flags under parameters"),
    ([1], "expected keys"),
    ({"method": "random"}, "parameters: expected hyperparameters"),
    ({**one(value=1), "name": [1]}, "name: expected text, got [1]"),
    ({**one(value=1), "project": 5}, "project: expected text, got 5"),
    ({**one(value=1), "run_cap": 0}, "run_cap: expected a whole number of at least 1, got 0"),
    ({"method": "bayes", "parameters": {"epochs": {"value": 1}}}, "metric: expected one"),
    ({**one(value=1), "metric": {"name": "val_accuracy"}}, "expected maximize for val_accuracy"),
    ({**one(value=1), "metric": {"name": "f1", "goal": "maximize"}}, "metric.name: expected one"),
    ({**one(value=1), "metric": {"name": "val_loss", "goal": "up"}}, "minimize or maximize"),
    ({**one(value=1), "early_terminate": {"type": "envelope"}}, "expected hyperband"),
    ({**one(value=1), "early_terminate": {"type": "hyperband"}}, "min_iter, or max_iter and s"),
    ({**one(value=1), "early_terminate": {"type": "hyperband", "strict": True}}, "'strict'"),
    (one(values=[]), "a list of values"),
    (one(values=[1, 1]), "values that differ"),
    (one(values=[1, 2], probabilities=[0.5, 0.6]), "add up to 1"),
    (one(distribution="cauchy"), "expected a distribution among"),
    (one(distribution="uniform", min=1), "a number max, got None"),
    (one(distribution="uniform", min=2, max=1), "min at most max"),
    (one(distribution="uniform", min=1, max=2, q=1), "expected of uniform only min, max"),
    (one(distribution="q_uniform", min=1, max=2, q=0), "q above 0"),
    (one(distribution="log_uniform_values", min=0, max=2), "a min above 0"),
    (one(distribution="log_uniform", min=1, max=2000), "bounds are exponents"),
    (one(parameters={"a": {"value": 1}}), "nested parameters"),
    (one(mu=1), "expected value, values, min and max"),
    (one(distribution="normal", mu=0, sigma=1), "the distribution goes from -5.99781 to 5.99781"),
    (one(value=-1), "parameters.learning_rate: -lr/--learning_rate: expected a number"),
    (
        {"method": "grid", "parameters": {"learning_rate": {"min": 0.1, "max": 1.0}}},
        "expected values in a grid",
    ),
    ({"method": "grid", "parameters": {"speed": {"value": 1}}}, "hyperparameter of fashion_mnist"),
    ({"method": "grid", "parameters": {"out": {"value": "x"}}}, "hyperparameter of fashion_mnist"),
    ({"method": "grid", "parameters": {"optimizer": {"values": ["eve"]}}}, "got 'eve'"),
]


@pytest.mark.parametrize(("raw", "sentence"), REFUSED, ids=lambda case: str(case)[:60])
def test_what_is_wrong_is_said_in_one_sentence(refusal, raw, sentence):
    assert sentence in refusal(raw)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("method: random\nmethod: grid\n", "method"),
        ("parameters: {epochs: {value: 1}, epochs: {value: 2}}\n", "epochs"),
    ],
)
def test_a_key_that_comes_twice_is_refused(refusal, sweep, tmp_path, text, key):
    from lab.errors import UserError
    from lab.sweep.schema import read

    path = tmp_path / "twice.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=f"expected YAML, got the key '{key}' twice; drop one"):
        read(path)


def test_numbers_are_read_as_people_write_them(sweep, tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("method: random\nparameters: {learning_rate: {values: [1e-3, 5E-4, 0.1]}}\n")
    raw = sweep.schema.read(path)
    assert raw["parameters"]["learning_rate"]["values"] == [0.001, 0.0005, 0.1]


@pytest.mark.parametrize(
    ("name", "size"), [("grid1", 11664), ("grid2", 43740), ("small", None)], ids=str
)
@pytest.mark.parametrize("loss", ["", "_squared_error"])
def test_the_files_that_ship(sweep, name, size, loss):
    if name == "small":
        loss = ""
    raw = sweep.schema.read(EXAMPLES / "sweeps" / f"{name}{loss}.yaml")
    found = sweep.schema.Sweep.of(raw)
    sweep.training.FashionMnist(None).check(found)
    assert sweep.order.Drawn(found.parameters, 0).size == size
    if size is not None:
        squared = "mean_squared_error" if loss else "cross_entropy"
        assert raw["parameters"]["loss"] == {"value": squared}


def test_a_grid_is_every_combination_once_in_the_order_of_the_file(sweep):
    space = {"epochs": {"values": [5, 10]}, "batch_size": {"min": 1, "max": 3}}
    found = sweep.schema.Sweep.of({"method": "grid", "parameters": space})
    grid = sweep.order.Grid(found.parameters)
    every = [tuple(grid[i].values()) for i in range(grid.size)]
    assert every == [(5, 1), (5, 2), (5, 3), (10, 1), (10, 2), (10, 3)]
    assert grid[6] is None


def test_random_configurations_never_repeat_and_follow_from_the_seed(sweep):
    space = {"epochs": {"values": list(range(20))}, "seed": {"values": [0, 1]}}
    found = sweep.schema.Sweep.of({"method": "random", "parameters": space})
    first, again, other = (sweep.order.Drawn(found.parameters, seed) for seed in (3, 3, 4))
    keys = [sweep.order.key(first[i]) for i in range(40)]
    assert len(set(keys)) == 40 and first[40] is None
    assert [again[i] for i in range(40)] == [first[i] for i in range(40)]
    assert [other[i] for i in range(40)] != [first[i] for i in range(40)]


@pytest.mark.parametrize(
    ("early", "least", "most"),
    [
        ({"min_iter": 2}, 2, 10),
        ({"max_iter": 27, "s": 2}, 3, 27),
        ({"min_iter": 1, "max_iter": 8, "eta": 2}, 1, 8),
    ],
    ids=str,
)
def test_hyperband_is_what_early_terminate_says(sweep, early, least, most):
    raw = {**one(value=1), "early_terminate": {"type": "hyperband", **early}}
    raw["parameters"]["epochs"] = {"values": [5, 10]}
    found = sweep.schema.Sweep.of(raw)
    assert found.early_terminate.min_iter == least
    assert (found.early_terminate.max_iter or 10) == most
    assert type(sweep.study.pruner(found)).__name__ == "HyperbandPruner"
    without = sweep.schema.Sweep.of(one(value=1))
    assert type(sweep.study.pruner(without)).__name__ == "NopPruner"
