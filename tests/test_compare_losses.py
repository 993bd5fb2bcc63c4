"""Two losses compared: the trainings, the book that keeps them, the verdict."""

import json
import os
from pathlib import Path

import pytest

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(Path(__file__).parent.parent / "examples")
    import compare_losses
    import fashion_mnist
    from lab import book
    from lab.book import Book
    from lab.command_line import parse
    from lab.config import Config
    from lab.errors import UserError
    from lab.images import load
    from lab.loss_verdict import row, verdict
    from lab.paired import better, judged
    from lab.trial import Trial, described, seeds_said, train

SMALL = ["-d", "silhouettes", "-e", "1", "--seeds", "2", "--limit", "128"]
TRIAL = Trial([0.1, 0.625, 0.75], [1.25, 1 / 3], 0.7071, 1.5)


def config_of(words):
    return Config.of(parse(words.split(), ""))


def trials(*tests, first=0.5):
    return [Trial([0.1, first, test], [1.0, 0.5], test, 1.0) for test in tests]


# ---- one training ------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", ["-nhl 1 -sz 8 -o nadam --seed 3", "--augment flip shift"])
def test_a_training_is_the_training_scripts(tmp_path, flags):
    words = f"{flags} -e 2"
    fashion_mnist.main(
        [*words.split(), "-d", "silhouettes", "--limit", "200", "--out", str(tmp_path / "run")]
    )
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    trial, _ = train(config_of(words), load("silhouettes").first(200))
    assert trial.test == metrics["test_accuracy"]
    assert trial.validation[-1] == metrics["val_accuracy"]
    assert (len(trial.validation), len(trial.losses)) == (3, 2)


def test_a_start_takes_the_place_of_the_first_weights():
    images = load("silhouettes").first(200)
    config = config_of("-nhl 1 -sz 32 -o adam -lr 0.01 -e 3")
    first, model = train(config, images)
    again, _ = train(config, images, start=model.state_dict())
    assert again.validation[0] == first.validation[-1]
    assert again.losses[0] < first.losses[0]


# ---- what is kept ------------------------------------------------------------------------------


def test_the_book_gives_back_what_it_was_given(tmp_path):
    path = tmp_path / "new" / "trainings.csv"
    Book(path).add('a, "b"', TRIAL)
    assert Book(path).get('a, "b"') == TRIAL
    assert Book(path).get("a") is None


@pytest.mark.parametrize(
    "content", ["run,seconds\na,1\n", "run,test_accuracy,seconds,val_accuracy,train_loss\na,1,1,x,"]
)
def test_a_file_that_is_no_book_is_refused_and_stays(tmp_path, content):
    path = tmp_path / "trainings.csv"
    path.write_text(content)
    with pytest.raises(UserError, match=r"trainings\.csv, got .*; name another folder"):
        Book(path)
    assert path.read_text() == content


def test_a_book_that_cannot_be_written_keeps_what_it_has(tmp_path, monkeypatch):
    path = tmp_path / "trainings.csv"
    Book(path).add("a", TRIAL)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        Book(path).add("b", TRIAL)
    assert Book(path).get("a") == TRIAL


def test_the_same_command_goes_on_where_it_was_stopped(tmp_path, monkeypatch, capsys):
    begun = []

    def interrupted(config, images):
        if len(begun) == 3:
            raise KeyboardInterrupt
        begun.append(described(config, images))
        return train(config, images)

    command = [*SMALL, "--out", str(tmp_path)]
    monkeypatch.setattr(book, "train", interrupted)
    with pytest.raises(SystemExit) as left:
        compare_losses.main(command)
    assert left.value.code == 130
    assert "what was written stays" in capsys.readouterr().err
    kept = Book(tmp_path / "trainings.csv")
    assert len(begun) == 3
    assert all(kept.get(run) for run in begun)

    done = []
    monkeypatch.setattr(
        book,
        "train",
        lambda config, images: (done.append(described(config, images)), train(config, images))[1],
    )
    compare_losses.main(command)
    assert len(done) == 3 * 2 * 2 - 3
    assert not set(done) & set(begun)
    said = capsys.readouterr().out
    assert "silhouettes, 128 training images; sigmoid" in said
    assert "1 epochs, seeds 0 to 1" in said
    assert (tmp_path / "losses.png").read_bytes().startswith(b"\x89PNG")
    compare_losses.main(command)
    assert len(done) == 3 * 2 * 2 - 3
    assert capsys.readouterr().out == said  # the same table, out of the book
    compare_losses.main([*command, "--seeds", "3"])  # only the third seed's
    assert len(done) == 3 * 3 * 2 - 3


def test_the_configurations():
    made = [config_of(words) for words in compare_losses.CONFIGURATIONS.values()]
    assert [len(config.hidden_size) for config in made] == [4, 4, 3]
    assert [config.optimizer for config in made] == ["nadam", "adam", "adam"]
    assert [config.learning_rate for config in made] == [1e-3, 1e-3, 1e-4]
    assert [config.weight_decay for config in made] == [5e-4, 0, 0]
    for config in made:
        assert set(config.hidden_size) == {128}
        assert (config.activation, config.weight_init) == ("sigmoid", "Xavier")
        assert (config.batch_size, config.schedule, config.dropout) == (64, "constant", 0)
    for loss, smoothing in zip(compare_losses.LOSSES.values(), (0, 0), strict=True):
        config = config_of(f"{compare_losses.COMMON} -l {loss}")
        assert (config.loss, config.label_smoothing) == (loss, smoothing)


# ---- what is said ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gains", "sign", "sentence"),
    [
        ([1.0, 1.2, 0.8], 1, "Mean +1.00, standard error 0.12: A is better here."),
        ([-1.0, -1.2, -0.8], -1, "Mean -1.00, standard error 0.12: B is better here."),
        ([1.0, -1.0, 0.5], 0, "Mean +0.17, standard error 0.60: 3 seeds show no difference."),
        ([0.0, 0.0], 0, "Mean +0.00, standard error 0.00: 2 seeds show no difference."),
        ([7.0], 0, "One seed cannot tell which is better."),
    ],
)
def test_which_of_two_is_better(gains, sign, sentence):
    assert better(gains) == sign
    assert judged(gains, "A", "B") == sentence


def test_the_verdict_follows_from_the_data():
    compared = {
        "one": {
            "cross-entropy": trials(0.84, 0.85, 0.83, first=0.7),
            "squared error": trials(0.10, 0.10, 0.11, first=0.1),
        },
        "two": {
            "cross-entropy": trials(0.80, 0.81),
            "squared error": trials(0.84, 0.85, first=0.6),
        },
        "three": {"cross-entropy": trials(0.8, 0.9), "squared error": trials(0.9, 0.8)},
    }
    lines = verdict(compared, classes=10).splitlines()
    assert lines[0].endswith(
        "in points, seed by seed: +74.00 +75.00 +72.00. "
        "Mean +73.67, standard error 0.88: cross-entropy is better here."
    )
    assert lines[1:3] == [
        "  With squared error the nets of 3 of 3 seeds learn next to nothing: "
        "guessing would have 10% right.",
        "  After the first epoch cross-entropy leads by 60.00 points.",
    ]
    assert "squared error is better here" in lines[3]
    assert lines[4] == "  After the first epoch squared error leads by 10.00 points."
    assert "2 seeds show no difference" in lines[5]
    assert lines[-1] == (
        "Of 3 configurations, cross-entropy is better in 1, squared error in 1 and "
        "1 show no clear difference."
    )
    assert row("two", "squared error", trials(0.84, 0.86)).split()[:7] == (
        ["two", "squared", "error", "85.00%", "±", "1.41%", "50.00%"]
    )


def test_seeds_are_named():
    assert [seeds_said(n) for n in (1, 2, 3)] == ["seed 0", "seeds 0 to 1", "seeds 0 to 2"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--seeds", "0"], "at least 1"),
        (["-d", "cifar"], "fashion_mnist, mnist, silhouettes"),
        (["--data_dir", "/nowhere", "--out", "here"], "/nowhere"),
        (["-d", "silhouettes", "--out", "/proc/nowhere"], "/proc/nowhere"),
    ],
)
def test_mistakes_on_the_command_line(tmp_path, monkeypatch, capsys, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        compare_losses.main(arguments)
    assert left.value.code == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.splitlines()) == 1
