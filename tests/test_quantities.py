"""Quantities mean what they mean to Kubernetes: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/."""

from decimal import Decimal

import pytest

from tierwright.model.quantities import as_bytes, as_cores, quantity

THOUSAND, KIBI = 1000, 1024
DECIMAL = {unit: THOUSAND**power for power, unit in enumerate(["", "k", "M", "G", "T", "P", "E"])}
BINARY = {f"{unit}i": KIBI**power for power, unit in enumerate("KMGTPE", start=1)}


@pytest.mark.parametrize(("unit", "factor"), [*DECIMAL.items(), *BINARY.items()])
def test_a_unit_means_a_power_of_a_thousand_or_of_1024(unit: str, factor: int) -> None:
    assert quantity(f"3{unit}") == 3 * factor
    assert quantity(f"1.5{unit}") * 2 == 3 * factor
    assert quantity(f"-3{unit}") == -3 * factor


@pytest.mark.parametrize(("unit", "part"), [("m", 10**3), ("u", 10**6), ("n", 10**9)])
def test_a_small_unit_means_a_part(unit: str, part: int) -> None:
    assert quantity(f"3{unit}") * part == 3


@pytest.mark.parametrize(
    ("text", "number"),
    [("2e3", 2000), ("2E3", 2000), ("25e-1", "2.5"), (".5", "0.5"), ("5.", 5), ("+5", 5), (7, 7), (0.25, "0.25")],
)
def test_other_ways_to_write_a_number(text: str | float, number: str | int) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "x", "1K", "1ki", "1 Gi", "Gi", ".", "1e", "--1", "1Gi ", "1e1234"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text itself
        quantity(text)


@pytest.mark.parametrize(
    ("cores", "text"),
    [("2", "2"), ("1.5", "1500m"), ("0.0001", "1m"), ("0.9999", "1"), ("0", "0"), ("1.0005", "1001m"), ("10", "10")],
)
def test_cores_are_rounded_up_to_thousandths(cores: str, text: str) -> None:
    assert as_cores(Decimal(cores)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0"),
        (1, "1Mi"),
        (KIBI**2, "1Mi"),
        (KIBI**2 + 1, "2Mi"),
        (1536 * KIBI**2, "1536Mi"),
        (2 * KIBI**3, "2Gi"),
        (KIBI**4, "1Ti"),
        (3 * KIBI**5, "3Pi"),
        (KIBI**6, "1024Pi"),
    ],
)
def test_bytes_are_rounded_up_and_written_in_the_largest_unit_that_fits(amount: int, text: str) -> None:
    assert as_bytes(Decimal(amount)) == text
