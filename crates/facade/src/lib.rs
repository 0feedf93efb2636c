//! The client facade.
