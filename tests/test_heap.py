"""Memory that is freed stays with the process, in large pages."""

import platform
import subprocess
import sys
from pathlib import Path

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


def printed(code, **environment):
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return out.stdout


def faults(first, **environment):
    return int(printed(STEPS.format(first=first), **environment))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_steps_do_not_fetch_their_memory_anew():
    assert faults("import minitorch_np") < 100
    assert faults("") > 1000  # as many as without: else this test shows nothing


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_what_the_user_set_stands():
    assert faults("import minitorch_np", MALLOC_TRIM_THRESHOLD_="131072") > 1000


PAGES = """
import re
import numpy as np
import minitorch_np

held = [np.empty(3 << 20, np.uint8) for _ in range(4)]  # below the size at which NumPy asks anyway
address = held[-1].ctypes.data
inside = False
for line in open("/proc/self/smaps"):
    if area := re.match("([0-9a-f]+)-([0-9a-f]+) ", line):
        inside = int(area[1], 16) <= address < int(area[2], 16)
    elif inside and line.startswith("VmFlags:"):
        print("hg" in line.split())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_the_memory_of_a_step_lies_in_large_pages():
    pages = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if not pages.exists() or "[never]" in pages.read_text():
        pytest.skip("this system has no large pages")
    assert printed(PAGES) == "True\n"
    assert printed(PAGES, NUMPY_MADVISE_HUGEPAGE="0") == "False\n"
