"""Run all benchmarks; the exit status is 1 if any compared results disagree."""

import importlib.util
import sys


def main() -> None:
    if importlib.util.find_spec("pennylane") is None:
        sys.exit(
            "PennyLane is not installed here: run `make bench`, or install both "
            "requirements.txt and benchmarks/requirements.txt."
        )
    from benchmarks import engine_scaling, entangling_power, first_use, pages, sine_epoch

    agreed = [module.main() for module in (first_use, sine_epoch, engine_scaling, entangling_power)]
    pages.main()
    sys.exit(0 if all(agreed) else 1)


if __name__ == "__main__":
    main()
