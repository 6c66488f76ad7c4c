"""Reports of evaluation runs: terminal table, HTML, JUnit, plots, and the comparison of two runs."""
