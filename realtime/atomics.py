"""Atomic words, fences and calls by address, as numba intrinsics.

What flows in and out: addresses, as 64-bit integers, and the 64-bit words behind them. Usable on any thread, from
compiled code only; the audio callback, the rings and the triple buffers are built on nothing else.

x86 would forgive plain loads and stores; ARM would not: without acquire and release a consumer there sees the new
counter before the samples it counts, which one hears as a crackle once an hour.
"""

from __future__ import annotations

import platform
import sys
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WORD = ir.IntType(64)
BYTES = ir.IntType(8).as_pointer()
CACHE_LINE = 64


def _word_at(builder: Any, address: Any) -> Any:
    return builder.inttoptr(address, WORD.as_pointer())


@intrinsic
def load_acquire(_typing: Any, address: Any) -> Any:
    """The word at an address; whatever its writer wrote before it is visible afterwards. [any]"""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.load_atomic(_word_at(builder, args[0]), "acquire", 8)

    return types.int64(types.uint64), emit


@intrinsic
def store_release(_typing: Any, address: Any, value: Any) -> Any:
    """Write a word; whatever was written before is visible to whoever acquires it. [any]"""

    def emit(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        builder.store_atomic(args[1], _word_at(builder, args[0]), "release", 8)
        return context.get_dummy_value()

    return types.void(types.uint64, types.int64), emit


@intrinsic
def exchange(_typing: Any, address: Any, value: Any) -> Any:
    """Write a word and return the one that stood there, in one step that no other thread can split. [any]"""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.atomic_rmw("xchg", _word_at(builder, args[0]), args[1], "acq_rel")

    return types.int64(types.uint64, types.int64), emit


@intrinsic
def pointer(_typing: Any, address: Any) -> Any:
    """An address as a pointer that `carray` accepts. [any]"""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(types.uint64), emit


@intrinsic
def address_of(_typing: Any, where: Any) -> Any:
    """A pointer as an address. [any]"""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.ptrtoint(args[0], WORD)

    return types.uint64(types.voidptr), emit


@intrinsic
def call_kernel(_typing: Any, kernel: Any, state: Any, io: Any, frames: Any) -> Any:
    """Run the kernel at an address: void(state*, io*, frames). [audio]"""

    def emit(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        signature = ir.FunctionType(ir.VoidType(), [BYTES, BYTES, WORD]).as_pointer()
        kernel_, state_, io_, frames_ = args
        builder.call(
            builder.inttoptr(kernel_, signature),
            [builder.inttoptr(state_, BYTES), builder.inttoptr(io_, BYTES), frames_],
        )
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint64, types.uint64, types.int64), emit


@intrinsic
def call_c(_typing: Any, function: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Run a function of C at an address; one that takes fewer arguments leaves the last alone, and of a result that is
    narrower than a word only the low bits mean anything. [audio]"""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        signature = ir.FunctionType(WORD, [WORD] * 4).as_pointer()
        return builder.call(builder.inttoptr(args[0], signature), args[1:])

    word = types.uint64
    return types.uint64(word, word, word, word, word), emit


@intrinsic
def call_callback(
    _typing: Any, callback: Any, mic: Any, speaker: Any, frames: Any, when: Any, flags: Any, user: Any
) -> Any:
    """Run a PortAudio callback at an address, as PortAudio would. [audio]"""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        signature = ir.FunctionType(ir.IntType(32), [BYTES, BYTES, WORD, BYTES, WORD, BYTES]).as_pointer()
        callback_, mic_, speaker_, frames_, when_, flags_, user_ = args
        return builder.call(
            builder.inttoptr(callback_, signature),
            [
                builder.inttoptr(mic_, BYTES),
                builder.inttoptr(speaker_, BYTES),
                frames_,
                builder.inttoptr(when_, BYTES),
                flags_,
                builder.inttoptr(user_, BYTES),
            ],
        )

    word = types.uint64
    return types.int32(word, word, word, word, word, word, word), emit


# Where a voice fades into silence its filters count down through denormal numbers, and each of them costs a hundred
# times a normal one: the load of a rack would rise when nobody plays. The callback flushes them to zero.
_X86_FLUSH = 0x8040  # MXCSR: flush-to-zero and denormals-are-zero
_ARM_FLUSH = 1 << 24  # FPCR: flush-to-zero
_MACHINE = platform.machine().lower()


@intrinsic
def flush_denormals(_typing: Any) -> Any:
    """Make this thread treat denormals as zero; returns the mode to give back to `restore_denormals`. [audio]"""

    def emit(_context: Any, builder: Any, _signature: Any, _args: Any) -> Any:
        if _MACHINE in ("x86_64", "amd64"):
            before = _read_mxcsr(builder)
            _write_mxcsr(builder, builder.or_(before, ir.Constant(ir.IntType(32), _X86_FLUSH)))
            return builder.zext(before, WORD)
        if _MACHINE in ("arm64", "aarch64"):
            read = ir.FunctionType(WORD, [])
            before = builder.call(_function(builder, read, "llvm.aarch64.get.fpcr"), [])
            _write_fpcr(builder, builder.or_(before, ir.Constant(WORD, _ARM_FLUSH)))
            return before
        return ir.Constant(WORD, 0)

    return types.int64(), emit


@intrinsic
def restore_denormals(_typing: Any, mode: Any) -> Any:
    """Give this thread back the mode that `flush_denormals` returned. [audio]"""

    def emit(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        if _MACHINE in ("x86_64", "amd64"):
            _write_mxcsr(builder, builder.trunc(args[0], ir.IntType(32)))
        elif _MACHINE in ("arm64", "aarch64"):
            _write_fpcr(builder, args[0])
        return context.get_dummy_value()

    return types.void(types.int64), emit


def _function(builder: Any, signature: Any, name: str) -> Any:
    return cgutils.get_or_insert_function(builder.module, signature, name)


def _read_mxcsr(builder: Any) -> Any:
    slot = cgutils.alloca_once(builder, ir.IntType(32))
    read = _function(builder, ir.FunctionType(ir.VoidType(), [BYTES]), "llvm.x86.sse.stmxcsr")
    builder.call(read, [builder.bitcast(slot, BYTES)])
    return builder.load(slot)


def _write_mxcsr(builder: Any, mode: Any) -> None:
    slot = cgutils.alloca_once(builder, ir.IntType(32))
    builder.store(mode, slot)
    write = _function(builder, ir.FunctionType(ir.VoidType(), [BYTES]), "llvm.x86.sse.ldmxcsr")
    builder.call(write, [builder.bitcast(slot, BYTES)])


def _write_fpcr(builder: Any, mode: Any) -> None:
    write = _function(builder, ir.FunctionType(ir.VoidType(), [WORD]), "llvm.aarch64.set.fpcr")
    builder.call(write, [mode])


# The one clock of the machine that audio, MIDI and ears share, read without leaving compiled code. It is the clock
# of Python's time.perf_counter_ns, so that stamps taken on either side compare: CLOCK_MONOTONIC on Linux,
# CLOCK_UPTIME_RAW on macOS, the performance counter on Windows.
_CLOCKS = {"linux": ("clock_gettime", 1), "darwin": ("clock_gettime", 8)}
_CLOCK_NAME, _CLOCK_NUMBER = _CLOCKS.get(sys.platform, ("QueryPerformanceCounter", 0))


@intrinsic
def clock_ns(_typing: Any) -> Any:
    """Nanoseconds of the machine's monotonic clock. [any]"""

    def emit(_context: Any, builder: Any, _signature: Any, _args: Any) -> Any:
        now = cgutils.alloca_once(builder, ir.ArrayType(WORD, 2))
        place = builder.bitcast(now, BYTES)
        if _CLOCK_NAME == "clock_gettime":
            signature = ir.FunctionType(ir.IntType(32), [ir.IntType(32), BYTES])
            function = _function(builder, signature, _CLOCK_NAME)
            builder.call(function, [ir.Constant(ir.IntType(32), _CLOCK_NUMBER), place])
            words = builder.load(now)
            seconds, rest = builder.extract_value(words, 0), builder.extract_value(words, 1)
            return builder.add(builder.mul(seconds, ir.Constant(WORD, 1_000_000_000)), rest)
        signature = ir.FunctionType(ir.IntType(32), [BYTES])
        function = _function(builder, signature, _CLOCK_NAME)
        builder.call(function, [place])
        ticks = builder.extract_value(builder.load(now), 0)  # 10 MHz on every Windows since 10
        return builder.mul(ticks, ir.Constant(WORD, 100))

    return types.int64(), emit


@intrinsic
def sleep_ns(_typing: Any, nanoseconds: Any) -> Any:
    """Sleep without the GIL; never on the audio thread. [ears] [worker]"""

    def emit(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        if _CLOCK_NAME == "clock_gettime":
            pause = cgutils.alloca_once(builder, ir.ArrayType(WORD, 2))
            billion = ir.Constant(WORD, 1_000_000_000)
            words = ir.Constant(ir.ArrayType(WORD, 2), ir.Undefined)
            words = builder.insert_value(words, builder.sdiv(args[0], billion), 0)
            words = builder.insert_value(words, builder.srem(args[0], billion), 1)
            builder.store(words, pause)
            signature = ir.FunctionType(ir.IntType(32), [BYTES, BYTES])
            function = _function(builder, signature, "nanosleep")
            nobody = ir.Constant(BYTES, None)
            builder.call(function, [builder.bitcast(pause, BYTES), nobody])
            return context.get_dummy_value()
        signature = ir.FunctionType(ir.VoidType(), [ir.IntType(32)])
        function = _function(builder, signature, "Sleep")
        milliseconds = builder.sdiv(args[0], ir.Constant(WORD, 1_000_000))
        builder.call(function, [builder.trunc(milliseconds, ir.IntType(32))])
        return context.get_dummy_value()

    return types.void(types.int64), emit
