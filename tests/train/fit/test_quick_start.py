"""Tests that a training begins without PyTorch's compiler, whose modules take several seconds to load."""

import subprocess
import sys

TRAINS = """
import sys
import torch
from nstcam.train.fit.soap import Soap
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.network.checkpoint import load_checkpoint

network = load_checkpoint(find_warm_start("wave")).build()
optimizer = Soap(network.parameters(), lr=1e-3)
for _ in range(2):
    optimizer.zero_grad(set_to_none=True)
    network(torch.zeros(1, 3, 32, 32)).mean().backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
optimizer.load_state_dict(optimizer.state_dict())
print([name for name in ("torch._dynamo", "sympy") if name in sys.modules])
"""


def test_neither_checkpoints_nor_soap_load_the_compiler() -> None:
    done = subprocess.run([sys.executable, "-c", TRAINS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
