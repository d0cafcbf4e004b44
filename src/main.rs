//! The `linepack` command.

fn main() {}
