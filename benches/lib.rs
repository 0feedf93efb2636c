//! Criterion benches of the packet and frame paths: run one with `cargo bench -p carillon-benches --bench opus`.
