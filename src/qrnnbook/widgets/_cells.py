"""Conversion of a cell to the numbers that a page computes with."""

from typing import Any

from qutip import Qobj

from qrnnlib import _checks
from qrnnlib.cell.reference import MeasuredCell, design_and_weights

#: The largest cell that a page simulates.
MOST_QUBITS = 4


def measured_cell(cell: Any) -> MeasuredCell:
    """Return `cell` as a QuTiP cell, whether it is one or a fitted estimator.

    Raises
    ------
    TypeError, ValueError
        If `cell` is neither, or has more than four qubits, more than one feature, or noise.
    sklearn.exceptions.NotFittedError
        If `cell` is an estimator that is not fitted.
    """
    design, weights = design_and_weights("cell", cell)
    if design.qubits > MOST_QUBITS:
        raise ValueError(
            f"cell must have at most {MOST_QUBITS} qubits to run in a page, got {design.qubits}"
        )
    if design.features > 1:
        raise ValueError(f"cell must read one feature to run in a page, got {design.features}")
    if design.noise is not None:
        raise ValueError(f"cell must have no noise to run in a page, got {design.noise}")
    return cell if isinstance(cell, MeasuredCell) else MeasuredCell(weights, design)


def cell_for_page(cell: Any) -> dict[str, Any]:
    """Return a cell in the form that `receivedCell` of algebra.js expects.

    Parameters
    ----------
    cell : MeasuredCell, or fitted QuantumRNN or QuantumLSTM
        A cell of up to four qubits.

    Returns
    -------
    dict
        Sizes, rules and weights for JSON, in double precision. Weights that the design lacks are
        empty lists, or 0 for the bias of the readout.

    Raises
    ------
    TypeError, ValueError
        If `cell` is neither, has more than four qubits, more than one feature or noise, or acts by
        a matrix that is not unitary.
    sklearn.exceptions.NotFittedError
        If `cell` is an estimator that is not fitted.

    Examples
    --------
    >>> from qrnnlib import CellDesign
    >>> design = CellDesign(1, 1, layers=1, encoding="angle", disentangler=None)
    >>> page = cell_for_page(MeasuredCell({"entangler": [[0, 0]]}, design))
    >>> page["entangler"]["re"][:4], page["disentangler"], page["inputWeight"]
    ([1.0, 0.0, 0.0, 0.0], None, [])
    """
    cell = measured_cell(cell)
    design, weights = cell.design, cell.weights
    numbers = {name: array.tolist() for name, array in weights.items()}
    return {
        "systemQubits": design.system_qubits,
        "memoryQubits": design.memory_qubits,
        "encoding": design.encoding,
        "collapse": design.collapse,
        "readout": design.readout,
        "entangler": _parts("cell.entangler", cell.entangler),
        "disentangler": (
            None if cell.disentangler is None else _parts("cell.disentangler", cell.disentangler)
        ),
        "inputWeight": numbers.get("input_weight", []),
        "inputBias": numbers.get("input_bias", []),
        "readoutWeight": numbers.get("readout_weight", []),
        "readoutBias": numbers.get("readout_bias", 0.0),
    }


def _parts(name: str, matrix: Qobj) -> dict[str, list[float]]:
    """Return the real and imaginary parts of a unitary as lists, row by row."""
    array = _checks.unitary(name, matrix).full().ravel()
    return {"re": array.real.tolist(), "im": array.imag.tolist()}
