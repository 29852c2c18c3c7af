"""Code that is unfit for the audio thread is refused, and told why and where."""

from __future__ import annotations

import pytest

from realtime.kernel_check import check, check_callback
from score.errors import KernelError
from tests.realtime.dsp import kernels_gone_wrong as wrong


@pytest.mark.parametrize(
    ("kernel", "reason"),
    [
        (wrong.allocating, r"allocates or frees memory \(NRT_MemInfo_alloc_aligned\) in .*allocating"),
        (wrong.allocating_inside, r"allocates or frees memory \(NRT_"),
        (wrong.reading_a_small_table, r"reads a global array in .*reading_a_small_table"),
        (wrong.reading_a_large_table, r"holds an address of this process in .*reading_a_large_table"),
        (wrong.raising, r"can raise an exception in .*raising"),
        (wrong.raising_inside, r"can raise an exception in .*(raising_inside|_checked)"),
        (wrong.printing, r"enters the interpreter \(numba_gil_ensure\)"),
        (wrong.calling_an_address, r"calls through an address in .*calling_an_address"),
        (wrong.throwing_dice, r"calls 'numba_get_np_random_state', which is not part of libm"),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_an_unfit_kernel_is_refused_with_the_reason_and_the_place(kernel, reason):
    with pytest.raises(KernelError, match=f"'{kernel.name}' is not fit for the audio thread: .*{reason}"):
        check(kernel)


def test_a_fit_kernel_passes_even_where_its_knob_jumps():
    check(wrong.stepping)


def test_the_callback_itself_is_fit():
    check_callback()


def test_a_callback_that_does_more_than_call_kernels_and_read_the_clock_is_refused(monkeypatch):
    monkeypatch.setattr("realtime.callback.callback", wrong.careless_callback)
    with pytest.raises(KernelError, match=r"the audio callback is not fit .*allocates"):
        check_callback()
