"""What Python cannot say and a compiled handover needs: atomic words, and calls by address.

Every function here exists in compiled code alone. A word is an int64, named by its address.
"""

# mypy: ignore-errors
from __future__ import annotations

import platform

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["as_pointer", "ask", "call", "exchange", "load", "load_float", "pause", "store"]

WORD = ir.IntType(64)
# LLVM's names for telling the processor that a loop waits, so that it neither hurries nor heats.
X86, ARM = ("llvm.x86.sse2.pause", ()), ("llvm.aarch64.hint", (1,))
HINTS = {"x86_64": X86, "AMD64": X86, "aarch64": ARM, "arm64": ARM}


def _pointer(builder, address, to=WORD):
    return builder.inttoptr(address, ir.PointerType(to))


@intrinsic
def load(context, address):
    """Read a word, and see all that was written before it was stored."""

    def generate(context, builder, signature, arguments):
        return builder.load_atomic(_pointer(builder, arguments[0]), "acquire", 8)

    return types.intp(types.intp), generate


@intrinsic
def load_float(context, address):
    """Read a word that holds a double."""

    def generate(context, builder, signature, arguments):
        return builder.load(_pointer(builder, arguments[0], ir.DoubleType()))

    return types.float64(types.intp), generate


@intrinsic
def store(context, address, value):
    """Write a word, after all that was written before."""

    def generate(context, builder, signature, arguments):
        address, value = arguments
        builder.store_atomic(value, _pointer(builder, address), "release", 8)
        return context.get_dummy_value()

    return types.void(types.intp, types.intp), generate


@intrinsic
def exchange(context, address, old, new):
    """Write ``new`` if the word is ``old``; whether it was. Of two that try, one succeeds."""

    def generate(context, builder, signature, arguments):
        address, old, new = arguments
        result = builder.cmpxchg(_pointer(builder, address), old, new, "acq_rel", "acquire")
        return builder.extract_value(result, 1)

    return types.boolean(types.intp, types.intp, types.intp), generate


@intrinsic
def call(context, address, arguments):
    """Call the C function at this address, which returns nothing, with a tuple of numbers."""

    def generate(context, builder, signature, given):
        address, values = given
        values = [builder.extract_value(values, i) for i in range(len(arguments))]
        function = ir.FunctionType(ir.VoidType(), [value.type for value in values])
        builder.call(_pointer(builder, address, function), values)
        return context.get_dummy_value()

    return types.void(types.intp, arguments), generate


@intrinsic
def ask(context, address):
    """Call the C function at this address, which takes nothing and returns an int."""

    def generate(context, builder, signature, arguments):
        function = ir.FunctionType(ir.IntType(32), [])
        return builder.sext(builder.call(_pointer(builder, arguments[0], function), []), WORD)

    return types.intp(types.intp), generate


@intrinsic
def as_pointer(context, address):
    """Turn an address into a pointer that ``numba.carray`` takes."""

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(types.intp), generate


@intrinsic
def pause(context):
    """Tell the processor that this is a waiting loop."""

    def generate(context, builder, signature, arguments):
        if platform.machine() in HINTS:
            name, values = HINTS[platform.machine()]
            values = [ir.Constant(ir.IntType(32), value) for value in values]
            function = ir.FunctionType(ir.VoidType(), [value.type for value in values])
            builder.call(cgutils.get_or_insert_function(builder.module, function, name), values)
        return context.get_dummy_value()

    return types.void(), generate
