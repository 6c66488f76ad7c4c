"""Reports of evaluation runs: terminal table, HTML, JUnit, and the comparison of two runs."""
