"""Computation of rows on a Dask cluster, if its workers run the same code as this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from joblib import parallel_config


@contextmanager
def workers(address: str | None, wanted: Any, state: Any, *about: Any) -> Iterator[None]:
    """Run joblib's jobs on a cluster inside the block; without an address, on this machine.

    Parameters
    ----------
    address : str or None
        ``HOST:PORT`` of the cluster's scheduler.
    wanted : object
        The value that ``state(*about)`` must return on every worker, such as versions of code.
    state : callable
        A function defined in a module, so that the workers can import it.
    *about : object
        The arguments of `state`.

    Raises
    ------
    OSError
        If no scheduler answers at the address.
    RuntimeError
        If there is no worker, or if one has another state, since its rows would be recorded as
        results of the wrong code.
    """
    if address is None:
        yield
        return
    from distributed import Client

    with Client(address, timeout=10) as client:
        answers = client.run(state, *about, on_error="return")
        if not answers:
            raise RuntimeError(f"the cluster at {address} must have a worker, got none")
        for worker, answer in answers.items():
            if isinstance(answer, Exception):
                raise RuntimeError(
                    f"worker {worker} must run in a checkout of this project, got {answer!r}"
                )
            if answer != wanted:
                raise RuntimeError(
                    f"worker {worker} must have the code and the packages of this process, "
                    f"{wanted}, got {answer}"
                )
        with parallel_config(backend="dask"):
            yield
