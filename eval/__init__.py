"""How good it is: gold questions, measures, runs, comparison, report."""
