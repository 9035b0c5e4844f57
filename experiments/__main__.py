"""Run experiments and record their results: ``python -m experiments [name ...]``."""

import argparse
import os

from experiments import NAMES, experiment, record


def main() -> None:
    """Compute the missing and outdated rows of the named experiments, or of all."""
    parser = argparse.ArgumentParser(prog="python -m experiments", description=main.__doc__)
    parser.add_argument("name", nargs="*", help=f"of {', '.join(NAMES)}; all if left out")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument(
        "--address", metavar="HOST:PORT", help="scheduler of a Dask cluster, to run there instead"
    )
    given = parser.parse_args()
    for name in given.name or NAMES:
        try:
            module = experiment(name)
        except ValueError as error:
            parser.error(str(error))
        try:
            done = record.run(module, given.jobs, address=given.address)
        except (OSError, RuntimeError) as error:
            if given.address is None:
                raise
            parser.error(f"--address {given.address}: {error}")
        total = len(record.read(name)["rows"])
        print(
            f"{name}: {done.made} rows made, {done.again} run again with the same result, "
            f"{total} recorded in {record.path_of(name).name}"
        )


if __name__ == "__main__":
    main()
