"""How JAX is set while this library computes with it, whatever a user has set for other work.

JAX's settings are global: a stricter promotion of types, another kind of random numbers or a guard
against transfers would end a fit, or change its numbers. Here are the settings that have an effect
on what is computed, for this thread, and as they were before when the context ends. One is left to
the user, since JAX has no context for it: `jax_random_seed_offset` shifts every seed, and with it
the first weights of the classical networks.

JAX runs threads of its own, and a fork copies none of them: in a forked process JAX waits for them
for ever. So that is refused before it starts.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import jax


class _Fork:
    """Whether this process is the copy of one in which JAX had been started."""

    def __init__(self) -> None:
        self.started = self.copied = False
        if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
            os.register_at_fork(before=self._ask, after_in_child=self._note)

    def _ask(self) -> None:
        """See whether anybody has started JAX, the user's own code for example."""
        # No public function tells; without this one only the library's own use is seen.
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
    """Return a context in which JAX computes in 64 bits and as this library needs it.

    Every use of JAX by the library is inside one; what a user had set is as before when it ends.

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
            # What diverges is not kept, but it is no error.
            jax.debug_nans(False),
            jax.debug_infs(False),
            jax.debug_key_reuse(False),
            jax.check_tracer_leaks(False),
            jax.disable_jit(False),
        ):
            settings.enter_context(setting)
        yield
