"""One thread for small products: what was set before comes back, in whatever order they end."""

from threading import Barrier, Thread

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from qrnnlib.cell.one_thread import one_thread


def threads():
    return {
        pool["num_threads"]
        for pool in threadpool_info()
        if pool["user_api"] == "blas" and "numpy" in pool["filepath"]
    }


def test_it_is_one_inside_and_as_before_outside():
    with threadpool_limits(3, user_api="blas"):
        if threads() != {3}:
            pytest.skip("this NumPy's linear algebra does not say its threads")
        with one_thread():
            assert threads() == {1}
            with one_thread():
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == {3}
        with pytest.raises(ZeroDivisionError), one_thread():
            raise ZeroDivisionError
        assert threads() == {3}


def test_two_at_a_time_leave_what_they_found():
    """The first to begin ends first: it must not restore under the other, nor be kept by it."""
    with threadpool_limits(2, user_api="blas"):
        before, meet, seen = threads(), Barrier(2, timeout=30), []

        def first():
            with one_thread():
                meet.wait()  # both are inside
            meet.wait()  # this one is outside
            meet.wait()

        other = Thread(target=first)
        other.start()
        with one_thread():
            meet.wait()
            meet.wait()
            seen.append(threads())
            meet.wait()
        other.join()
        assert seen == [{1}]
        assert threads() == before
