"""The network in PyTorch: eager, with each form of its optimizer, or compiled."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from harness import Case, Task
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from .data import Images, Labels
from .net import LR, OPTIMIZERS, Net
from .task import Batch, case_data, make_task


class PyTorch:
    """Forward, loss, backward and optimizer, as its users write them.

    `compiled` compiles the network with its loss, and through them the backward pass; the fused
    Adam is a compiled kernel already. `form` is an option of the optimizer: fused or foreach.
    """

    def __init__(
        self,
        net: Net,
        images: Images,
        labels: Labels,
        optimizer: str,
        form: str | None = None,
        compiled: bool = False,
        loader: bool = True,
    ) -> None:
        torch.manual_seed(0)
        modules: list[nn.Module] = []
        for d_in, d_out in net.sizes:
            modules += [nn.Linear(d_in, d_out), nn.ReLU()]
        self.net = nn.Sequential(*modules[:-1])
        self.criterion = nn.CrossEntropyLoss()
        chosen = {form: True} if form else {}
        rule = getattr(torch.optim, OPTIMIZERS[optimizer])
        self.optimizer = rule(self.net.parameters(), lr=LR, **chosen)
        if compiled:
            torch.compiler.reset()  # or it would fit code for any shape to a second network
        self.loss = torch.compile(self._loss) if compiled else self._loss
        self.batch = net.batch
        self.images: Any = torch.from_numpy(images)
        self.labels: Any = torch.from_numpy(labels)
        dataset = TensorDataset(self.images, self.labels)
        self.loader = DataLoader(dataset, batch_size=net.batch, shuffle=True) if loader else None

    def _loss(self, x: Tensor, y: Tensor) -> Tensor:
        loss: Tensor = self.criterion(self.net(x), y)
        return loss

    def step(self, x: Tensor, y: Tensor) -> float:
        self.optimizer.zero_grad()
        loss: Any = self.loss(x, y)
        loss.backward()
        self.optimizer.step()
        return float(loss.item())

    def batches(self) -> Sequence[Batch]:
        pieces = self.images.split(self.batch), self.labels.split(self.batch)
        return list(zip(*pieces, strict=True))

    def shuffled(self) -> Iterable[Batch]:
        return self._indexed() if self.loader is None else self.loader

    def _indexed(self) -> Iterator[Batch]:
        """Index by a permutation, without a DataLoader."""
        order: Any = torch.randperm(len(self.images))
        for chosen in order.split(self.batch):
            yield self.images[chosen], self.labels[chosen]


def build(
    case: Case, threads: int, form: str | None = None, compiled: bool = False, loader: bool = True
) -> Task:
    """Make the case's task."""
    if torch.get_num_threads() != threads:
        raise RuntimeError(f"expected {threads} threads, PyTorch took {torch.get_num_threads()}")
    return make_task(case, PyTorch(*case_data(case), case["optimizer"], form, compiled, loader))
