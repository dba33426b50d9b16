"""What rules see that walk through lists and maps of the values, each for the program and, as a helper, for the chart."""
