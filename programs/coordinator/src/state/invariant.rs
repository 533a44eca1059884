//! What holds of every run after every instruction.
