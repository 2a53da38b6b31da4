//! Each guarantee, and what happens without it.
