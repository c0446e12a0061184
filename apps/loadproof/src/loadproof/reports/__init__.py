"""Everything a run leaves behind, made from the plan, the measurement and the verdict."""
