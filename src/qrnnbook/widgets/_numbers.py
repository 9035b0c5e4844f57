"""Numbers in the description of a live figure, formatted as the page formats them."""


def shown(x: float, digits: int = 2) -> str:
    r"""Return a number with a true minus sign, and never as -0.00.

    Examples
    --------
    >>> shown(-0.28) == "\N{MINUS SIGN}0.28", shown(-0.001)
    (True, '0.00')
    """
    text = f"{x:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def kets(qubits: int) -> list[str]:
    """Return labels of the basis states.

    Examples
    --------
    >>> kets(1)
    ['|0⟩', '|1⟩']
    """
    return [f"|{k:0{qubits}b}⟩" for k in range(2**qubits)]
