"""Handing compiled work to a thread that is awake, in about a microsecond and without the GIL.

Waking a thread takes some 100 us, as long as a middling matrix product. So a thread that has just
worked waits for more with open eyes, some milliseconds at most, before it goes to sleep.

Each thread has a box of words: its state, the address of a function, and the address of the block
of words that the function works on. The caller fills the boxes, does the last block itself, and
takes back what nobody has begun by then: it never waits for a thread that the system has put aside.

The last, because memory has an order too: what comes last in it (a network's later layers, the
product that is wanted first) is what the caller works on alone elsewhere, and so in its own cache.

This file is compiled as a whole, from a copy in the cache directory.
"""

# mypy: ignore-errors
from numba import njit

from minitorch_np.threads.held import give_back, hold
from minitorch_np.threads.intrinsics import call, exchange, load, pause, store

# The states of a thread: waiting with open eyes, about to begin, at work, asleep.
IDLE, GIVEN, WORKING, ASLEEP = 0, 1, 2, 3
STATE, FUNCTION, BLOCK = 0, 8, 16  # places in a box, in bytes
PATIENCE = 40_000  # looks into the box, of some 50 ns each


@njit("void(intp)", nogil=True, cache=True)
def serve(box):
    """Do what is handed over, until nothing has come for a while, or the caller says to sleep."""
    looks = 0
    while True:
        state = load(box + STATE)
        if state == GIVEN and exchange(box + STATE, GIVEN, WORKING):
            call(load(box + FUNCTION), (load(box + BLOCK),))
            store(box + STATE, IDLE)
            looks = 0
        elif state == ASLEEP or (looks >= PATIENCE and exchange(box + STATE, IDLE, ASLEEP)):
            return
        looks += 1
        pause()


@njit("boolean(intp)", nogil=True, cache=True)
def wake(box):
    """Whether the thread was asleep. It no longer counts as asleep; the caller has to rouse it."""
    return exchange(box + STATE, ASLEEP, IDLE)


@njit("boolean(intp)", nogil=True, cache=True)
def put_to_sleep(box):
    """Whether the thread was idle. It leaves :func:`serve`."""
    return exchange(box + STATE, IDLE, ASLEEP)


@njit("boolean(intp[::1], intp, intp[:, ::1], boolean, intp)", nogil=True, cache=True)
def spread(boxes, function, blocks, sleeping_too, blas):
    """Call ``function`` on every block, the last here; return when all have ended.

    If a thread sleeps, its block is done here; or, unless ``sleeping_too``, this returns False and
    has done nothing. BLAS is held to one thread meanwhile, by these words, unless they are 0.
    """
    helped = len(blocks) - 1
    for i in range(helped):
        if load(boxes[i] + STATE) == ASLEEP and not sleeping_too:
            return False
    if blas:
        hold(blas)
    size = blocks.shape[1] * 8
    first = blocks.ctypes.data
    for i in range(helped):
        store(boxes[i] + FUNCTION, function)
        store(boxes[i] + BLOCK, first + i * size)
        if not exchange(boxes[i] + STATE, IDLE, GIVEN):
            call(function, (first + i * size,))
    call(function, (first + helped * size,))
    for i in range(helped):
        if exchange(boxes[i] + STATE, GIVEN, IDLE):
            call(function, (first + i * size,))
    for i in range(helped):
        while load(boxes[i] + STATE) == WORKING:
            pause()
    if blas:
        give_back(blas)
    return True
