"""Datasets, batches and splits."""

import copy
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch_np as mt
from minitorch_np.data import (
    DataLoader,
    Dataset,
    Subset,
    TensorDataset,
    collate,
    random_split,
    stratified_split,
    transforms,
)


class Squares(Dataset):
    """A dataset that can only be asked for one sample at a time."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if not 0 <= i < self.n:
            raise IndexError(i)
        return np.full((2, 3), i), i * i


def pairs(n):
    x = np.outer(np.arange(n), [1, 2]).astype(np.float32)
    return TensorDataset(x, np.arange(n))


@given(
    n=st.integers(1, 50),
    batch_size=st.integers(1, 60),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
)
def test_every_sample_comes_once_an_epoch(n, batch_size, shuffle, drop_last):
    loader = DataLoader(pairs(n), batch_size, shuffle, drop_last=drop_last, rng=1)
    batches = list(loader)
    assert len(batches) == len(loader)
    sizes = [len(y) for _, y in batches]
    assert all(size == batch_size for size in sizes[:-1])
    seen = np.concatenate([y for _, y in batches]) if batches else np.array([])
    assert len(set(seen)) == len(seen)
    assert len(seen) == (n // batch_size * batch_size if drop_last else n)
    for x, y in batches:
        assert np.array_equal(x[:, 1], 2 * y)
        assert x.dtype == np.float32


@given(n=st.integers(1, 30), batch_size=st.integers(1, 9), seed=st.integers(0, 99))
def test_single_samples_make_the_same_batches(n, batch_size, seed):
    slow = [y.tolist() for _, y in DataLoader(Squares(n), batch_size, True, rng=seed)]
    fast = TensorDataset(np.zeros(n), np.arange(n) ** 2)
    assert slow == [y.tolist() for _, y in DataLoader(fast, batch_size, True, rng=seed)]


def test_subset_of_either_kind():
    for dataset in (pairs(10), Squares(10)):
        subset = Subset(Subset(dataset, [9, 3, 5]), [2, 0])
        batch = next(iter(DataLoader(subset, 2)))
        assert batch[0].shape[0] == len(subset) == 2
        assert np.ravel(batch[0][:, 0])[0] == 5
        assert np.ravel(subset[1][0])[0] == 9


def test_order_is_seeded_and_new_every_epoch():
    def epochs(rng):
        loader = DataLoader(pairs(40), 40, shuffle=True, rng=rng)
        return [next(iter(loader))[1].tolist() for _ in range(2)]

    assert epochs(3) == epochs(3)
    assert epochs(3)[0] != epochs(3)[1]
    mt.manual_seed(5)
    own = epochs(None)
    mt.manual_seed(5)
    assert epochs(None) == own


def test_batches_are_copies():
    dataset = pairs(4)
    for x, _ in DataLoader(dataset, 2):
        x += 100
    assert dataset.tensors[0].max() == 6


def test_collate_fn_is_used():
    loader = DataLoader(pairs(4), 2, collate_fn=lambda samples: len(samples))
    assert list(loader) == [2, 2]


@given(n=st.integers(1, 20), batch_size=st.integers(1, 9))
def test_a_transform_gets_the_inputs_of_each_batch_and_nothing_else(n, batch_size):
    seen = []

    def double(x):
        seen.append(x.shape)
        return 2 * x

    dataset = pairs(n)
    for make in (dataset, [dataset[i] for i in range(n)]):  # fetched at once, and one by one
        seen.clear()
        batches = list(DataLoader(make, batch_size, transform=double))
        assert seen == [(len(y), 2) for _, y in batches]
        np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), 2 * dataset[:][0])
        np.testing.assert_array_equal(np.concatenate([y for _, y in batches]), np.arange(n))


def test_a_transform_of_what_collate_fn_makes():
    def loaded(collate_fn):
        return next(iter(DataLoader(pairs(2), 2, collate_fn=collate_fn, transform=lambda x: -x)))

    assert loaded(lambda samples: [len(samples), "kept"]) == (-2, "kept")
    assert loaded(len) == -2  # all of a batch that has no parts


def test_augmented_batches_are_seeded():
    x = np.arange(40 * 36, dtype=np.float32).reshape(40, 1, 6, 6)
    augment = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.RandomCrop(6, 1)])
    loader = DataLoader(TensorDataset(x, np.arange(40)), 16, shuffle=True, transform=augment)

    def epochs():
        mt.manual_seed(5)
        return [np.concatenate([batch for batch, _ in loader]) for _ in range(2)]

    (first, second), again = epochs(), epochs()
    np.testing.assert_array_equal((first, second), again)
    assert not np.array_equal(np.sort(first, axis=0), np.sort(second, axis=0))


def test_collate_keeps_structure():
    assert collate([1, 2, 3]).tolist() == [1, 2, 3]
    x, y = collate([(np.zeros(2), 1), (np.ones(2), 2)])
    assert x.shape == (2, 2)
    assert y.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: DataLoader(pairs(3), 0), "batch_size"),
        (lambda: DataLoader(pairs(3), 2.0), "batch_size"),
        (lambda: DataLoader([]), "empty dataset"),
        (lambda: TensorDataset(np.zeros(2), np.zeros(3)), "first dimension"),
        (lambda: TensorDataset(), "first dimension"),
        (lambda: TensorDataset(3.0), "first dimension"),
        (lambda: random_split(pairs(10), [5, 4]), "add up"),
        (lambda: random_split(pairs(10), [0.5, 0.6]), "add up to 1"),
        (lambda: random_split(pairs(10), [11, -1]), "add up"),
        (lambda: stratified_split(Squares(10), [0.5, 0.5]), "labels"),
    ],
)
def test_mistakes_are_answered_in_one_sentence(build, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        build()
    assert "\n" not in str(caught.value)


@given(n=st.integers(1, 60), first=st.floats(0, 1), seed=st.integers(0, 9))
def test_random_split_is_a_partition(n, first, seed):
    parts = random_split(pairs(n), [first, 1 - first], rng=seed)
    everything = np.concatenate([part.indices for part in parts])
    assert sorted(everything) == list(range(n))


@pytest.mark.parity
def test_fractions_are_rounded_as_pytorch_does():
    import torch

    warnings.filterwarnings("ignore", "Length of split")
    for n in (10, 7, 60_000, 101):
        for fractions in ([0.9, 0.1], [0.5, 0.5], [0.3, 0.3, 0.4]):
            theirs = torch.utils.data.random_split(range(n), fractions)
            ours = random_split(pairs(n), fractions)
            assert [len(part) for part in ours] == [len(part) for part in theirs]


@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    fraction=st.floats(0.1, 0.9),
    seed=st.integers(0, 9),
)
def test_stratified_split_keeps_proportions(sizes, fraction, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    n = len(labels)
    count = round(n * fraction)
    parts = stratified_split(TensorDataset(np.zeros(n), labels), [count, n - count], rng=seed)
    assert sorted(np.concatenate([part.indices for part in parts])) == list(range(n))
    for part in parts:
        share = np.bincount(labels[part.indices], minlength=len(sizes))
        assert np.all(np.abs(share - np.array(sizes) * len(part) / n) <= 1.5)


def test_datasets_survive_deepcopy():
    subset = copy.deepcopy(Subset(pairs(4), [1, 2]))
    assert next(iter(DataLoader(subset, 2)))[1].tolist() == [1, 2]
