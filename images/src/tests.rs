//! Tests with pictures that are made by code.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::large_stack_arrays,
    clippy::trivially_copy_pass_by_ref,
    reason = "sizes and names of examples"
)]

mod answers;
mod cleaning;
mod hostile;
mod media;
mod samples;
mod variants;
