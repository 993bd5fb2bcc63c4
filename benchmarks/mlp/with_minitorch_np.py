"""The network in minitorch_np."""

from collections.abc import Iterable, Sequence

from harness import Case, Task

import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.data import DataLoader, TensorDataset

from .data import Images, Labels
from .net import LR, OPTIMIZERS, Net
from .task import Batch, case_data, make_task


class MinitorchNp:
    """Forward, loss, backward and optimizer, as its users write them."""

    def __init__(self, net: Net, images: Images, labels: Labels, optimizer: str) -> None:
        mt.manual_seed(0)
        modules: list[nn.Module] = []
        for d_in, d_out in net.sizes:
            modules += [nn.Linear(d_in, d_out, input_grad=bool(modules)), nn.ReLU()]
        self.net = nn.Sequential(*modules[:-1])
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = getattr(optim, OPTIMIZERS[optimizer])(self.net.parameters(), lr=LR)
        self.batch = net.batch
        self.images, self.labels = images, labels
        self.loader = DataLoader(TensorDataset(images, labels), batch_size=net.batch, shuffle=True)

    def step(self, x: Images, y: Labels) -> float:
        self.optimizer.zero_grad()
        loss = self.criterion(self.net(x), y)
        self.net.backward(self.criterion.backward())
        self.optimizer.step()
        return float(loss)

    def batches(self) -> Sequence[Batch]:
        cuts = range(0, len(self.images), self.batch)
        return [(self.images[i : i + self.batch], self.labels[i : i + self.batch]) for i in cuts]

    def shuffled(self) -> Iterable[Batch]:
        return self.loader


def build(case: Case, engine: str, threads: int) -> Task:
    """Make the case's task, on the ``"numba"`` or the ``"numpy"`` engine."""
    mt.set_engine(engine)
    mt.set_num_threads(threads)
    return make_task(case, MinitorchNp(*case_data(case), case["optimizer"]))
