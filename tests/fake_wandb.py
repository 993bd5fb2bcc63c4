"""What a training script asks of wandb, recorded instead of done; anything of it can fail."""

from pathlib import Path
from types import SimpleNamespace


class FakeRun:
    """A run that remembers."""

    def __init__(self, wandb, options):
        self._wandb, self._name = wandb, None
        self.options = options
        self.id = options.get("id", f"id{len(wandb.runs)}")
        self.offline = options["mode"] == "offline"
        self.dir = str(Path(options["dir"]).resolve() / "wandb" / "offline-run-1" / "files")
        self.axes, self.rows, self.artifacts, self.exit_code = {}, [], [], None
        self.summary = SimpleNamespace(update=self._update)
        self.figures = {}

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, name):
        self._wandb.may_fail("name")
        self._name = name

    def _update(self, figures):
        self._wandb.may_fail("summary")
        self.figures.update(figures)

    def define_metric(self, name, step_metric=None, **options):
        self._wandb.may_fail("define_metric")
        self.axes[name] = step_metric

    def log(self, row):
        self._wandb.may_fail("log")
        self.rows.append(row)

    def log_artifact(self, artifact):
        self._wandb.may_fail("log_artifact")
        self.artifacts.append(artifact)

    def finish(self, exit_code=None):
        self._wandb.may_fail("finish")
        self.exit_code = exit_code

    def column(self, name):
        """What was logged under a name, in order."""
        return [row[name] for row in self.rows if name in row]


class FakeWandb:
    """The module.

    Parameters
    ----------
    logged_in : bool
    fails : str
        What raises: the name of a method, or ``init online``.
    """

    def __init__(self, logged_in=False, fails=""):
        self.logged_in, self.fails = logged_in, fails
        self.runs, self.torn_down = [], False
        self.plot = SimpleNamespace(confusion_matrix=self._confusion_matrix)

    def may_fail(self, what):
        if what == self.fails:
            raise RuntimeError(f"{what} failed\nand more lines")

    def login(self, *, prompt):
        assert prompt is False
        self.may_fail("login")
        return self.logged_in

    def init(self, **options):
        self.may_fail("init")
        self.may_fail(f"init {options['mode']}")
        self.runs.append(FakeRun(self, options))
        return self.runs[-1]

    def teardown(self, exit_code=None):
        self.may_fail("teardown")
        self.torn_down = True

    def Image(self, path):
        self.may_fail("Image")
        assert Path(path).read_bytes().startswith(b"\x89PNG")
        return Path(path).name

    def _confusion_matrix(self, **options):
        self.may_fail("confusion_matrix")
        return options

    def Artifact(self, name, type, metadata):
        self.may_fail("Artifact")
        files = []
        return SimpleNamespace(
            name=name, type=type, metadata=metadata, files=files, add_file=files.append
        )
