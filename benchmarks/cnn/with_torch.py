"""The network in PyTorch, eager: in either layout, with either Adam."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import torch
from harness import Case, Task
from mlp.data import Images, Labels
from mlp.task import Batch
from torch import Tensor, nn

from .net import NETS, Layer, initial_state
from .task import make_task


def module(layer: Layer) -> nn.Module:
    """Make one layer."""
    made: nn.Module = getattr(nn, layer.kind)(*layer.args)
    return made


def network(layers: Sequence[Layer], channels_last: bool) -> nn.Sequential:
    """Make the network, its convolutions' weights in the layout."""
    net: Any = nn.Sequential(*map(module, layers))
    state = {key: torch.from_numpy(values) for key, values in initial_state(layers).items()}
    net.load_state_dict(state, strict=False)
    laid_out: nn.Sequential = net.to(memory_format=layout(channels_last))
    return laid_out


def layout(channels_last: bool) -> Any:
    """Return PyTorch's name of the layout."""
    return torch.channels_last if channels_last else torch.contiguous_format


def require_threads(threads: int) -> None:
    """Raise RuntimeError if PyTorch uses another number of threads."""
    if torch.get_num_threads() != threads:
        raise RuntimeError(f"expected {threads} threads, PyTorch took {torch.get_num_threads()}")


class PyTorch:
    """Forward, loss, backward and Adam, as its users write them."""

    def __init__(self, layers: Sequence[Layer], channels_last: bool, fused: bool) -> None:
        torch.manual_seed(0)
        self.layout = layout(channels_last)
        self.net = network(layers, channels_last)
        self.initial = deepcopy(self.net.state_dict())
        self.criterion = nn.CrossEntropyLoss()
        self.fused = fused or None

    def begin(self) -> None:
        self.net.load_state_dict(self.initial)
        self.optimizer = torch.optim.Adam(self.net.parameters(), fused=self.fused)

    def put(self, images: Images, labels: Labels) -> Batch:
        x: Any = torch.from_numpy(images)
        return x.to(memory_format=self.layout), torch.from_numpy(labels)

    def step(self, x: Tensor, y: Tensor) -> float:
        self.optimizer.zero_grad()
        loss: Any = self.criterion(self.net(x), y)
        loss.backward()
        self.optimizer.step()
        return float(loss.item())


def build(case: Case, threads: int, channels_last: bool, fused: bool = False) -> Task:
    """Make the case's task."""
    require_threads(threads)
    return make_task(case, PyTorch(NETS[case["net"]], channels_last, fused))
