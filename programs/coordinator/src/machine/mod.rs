//! Transitions of the run.
