"""Memory that is freed stays with the process."""

import platform
import subprocess
import sys

import pytest

STEPS = """
import resource
import numpy as np
{first}

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):  # what a step holds at the same time, and frees
        held = [np.ones(6 << 20, np.uint8) for _ in range(4)]
        del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
print(faults())
"""


def faults(first, **environment):
    code = STEPS.format(first=first)
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return int(out.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_steps_do_not_fetch_their_memory_anew():
    assert faults("import minitorch_np") < 100
    assert faults("") > 1000  # as many as without: else this test shows nothing


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_what_the_user_set_stands():
    assert faults("import minitorch_np", MALLOC_TRIM_THRESHOLD_="131072") > 1000
