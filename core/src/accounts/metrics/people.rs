//! Distinct active users, estimated by `HyperLogLog` (Flajolet et al. 2007): 4,096 registers a day, whose standard error is
//! 1.04 / sqrt(4,096) = 1.6 %. Up to about ten thousand users linear counting is used, which is more exact.
//!
//! A week is the union of its days: the highest of each register.

use serde::{Deserialize, Serialize};

/// Bits of a hash that choose the register.
const INDEX_BITS: u32 = 12;
const REGISTERS: usize = 1 << INDEX_BITS;
/// A register is one printable character from this one on.
const ZERO: u8 = b'0';
/// Highest value of a register: leading zeros of the other bits, plus one.
const HIGHEST: u8 = 53;
/// Correction of the estimate for 4,096 registers.
const ALPHA: f64 = 0.721_3 / (1.0 + 1.079 / 4_096.0);

/// Active users of an app, estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActivePeople {
    /// Since 00:00 UTC.
    pub day: u64,
    /// Today and the six days before.
    pub week: u64,
}

/// The 64-bit hash of a user id that is counted: FNV-1a with the finalizer of `SplitMix64`.
pub fn hash_of(user: &str) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let hash = user.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Registers of one day, or of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registers(Vec<u8>);

impl Default for Registers {
    fn default() -> Self {
        Self(vec![0; REGISTERS])
    }
}

impl Registers {
    /// Reads what [`Self::to_text`] wrote; without registers if it is anything else.
    pub fn parse(text: &str) -> Self {
        let values: Option<Vec<u8>> = text.bytes().map(|byte| byte.checked_sub(ZERO)).collect();
        values
            .filter(|values| values.len() == REGISTERS && values.iter().all(|it| *it <= HIGHEST))
            .map(Self)
            .unwrap_or_default()
    }

    /// One character per register.
    pub fn to_text(&self) -> String {
        self.0.iter().map(|value| char::from(value.saturating_add(ZERO))).collect()
    }

    /// Counts a user. True if a register changed.
    pub fn add(&mut self, hash: u64) -> bool {
        let index = usize::try_from(hash >> (u64::BITS - INDEX_BITS)).unwrap_or_default();
        let zeros = (hash << INDEX_BITS).leading_zeros().min(u64::BITS - INDEX_BITS);
        let value = u8::try_from(zeros.saturating_add(1)).unwrap_or(HIGHEST);
        match self.0.get_mut(index) {
            Some(register) if *register < value => {
                *register = value;
                true
            }
            _ => false,
        }
    }

    /// Adds the users of another set.
    pub fn merge(&mut self, other: &Self) {
        for (register, other) in self.0.iter_mut().zip(&other.0) {
            *register = (*register).max(*other);
        }
    }

    /// Estimated number of users.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate, which is positive and far below 2^52"
    )]
    pub fn estimate(&self) -> u64 {
        let registers = REGISTERS as f64;
        let sum: f64 = self.0.iter().map(|value| 0.5_f64.powi(i32::from(*value))).sum();
        let estimate = ALPHA * registers * registers / sum;
        let empty: usize = self.0.iter().map(|value| usize::from(*value == 0)).sum();
        if empty > 0 && estimate <= 2.5 * registers {
            return (registers * (registers / empty as f64).ln()).round() as u64;
        }
        estimate.round() as u64
    }
}
