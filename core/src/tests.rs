//! What comes from outside is read or refused, and numbers of every size are counted with: nothing panics.

mod extremes;
mod inputs;
