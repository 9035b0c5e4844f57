"""The JAX settings under which this library computes, whatever the user has set elsewhere.

JAX's settings are global: stricter type promotion, another random number generator or a transfer
guard would abort a fit or change its numbers. This context fixes the settings that affect results,
for the current thread, and restores the previous ones on exit. One is left to the user, as JAX has
no context for it: `jax_random_seed_offset` shifts every seed, and with it the initial weights of
the classical networks.

JAX runs threads of its own, which a fork does not copy: in a forked process JAX would wait for
them for ever. So JAX is not started in such a process.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import jax


class _Fork:
    """Record of whether this process was forked from one in which JAX had been started."""

    def __init__(self) -> None:
        self.started = self.copied = False
        if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
            os.register_at_fork(before=self._ask, after_in_child=self._note)

    def _ask(self) -> None:
        """Note whether JAX has been started, by this library or by the user's own code."""
        # There is no public function for this; if it is gone, only the library's own use counts.
        asked = getattr(sys.modules.get("jax._src.xla_bridge"), "backends_are_initialized", None)
        self.started = self.started or bool(asked and asked())

    def _note(self) -> None:
        self.copied = self.copied or self.started

    def refuse(self) -> None:
        if self.copied:
            raise RuntimeError(
                "this process was forked from one that had already used JAX, and would wait for "
                "ever: start processes in another way, as joblib does with backend='loky' (its "
                "default) and multiprocessing with get_context('spawn')"
            )
        self.started = True


_fork = _Fork()


@contextmanager
def double_precision() -> Iterator[None]:
    """Return a context in which JAX computes in 64 bits and with this library's settings.

    The library uses JAX only inside it; the user's settings are restored on exit.

    Raises
    ------
    RuntimeError
        If this process was forked from one in which JAX had been used.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> with double_precision():
    ...     jnp.ones(1).dtype
    dtype('float64')
    """
    _fork.refuse()
    with ExitStack() as settings:
        for setting in (
            jax.enable_x64(True),
            jax.numpy_dtype_promotion("standard"),
            jax.numpy_rank_promotion("allow"),
            jax.transfer_guard("allow"),
            jax.default_matmul_precision(None),
            jax.default_prng_impl("threefry2x32"),
            jax.threefry_partitionable(True),
            # A diverging run is discarded, but is not an error.
            jax.debug_nans(False),
            jax.debug_infs(False),
            jax.debug_key_reuse(False),
            jax.check_tracer_leaks(False),
            jax.disable_jit(False),
        ):
            settings.enter_context(setting)
        yield
