//! PINs: one that cancels an alert, and one that only seems to.
//!
//! A PIN has few digits; whoever has the hashes and time finds it. The hash keeps it from being read by chance, and the
//! alert counts wrong ones.

use crate::shared::problem::Problem;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Digits of a PIN.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=12;
/// Rounds of the derivation: a few milliseconds.
const ROUNDS: u32 = 5_000;

/// What a PIN turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The person has none.
    NotNeeded,
    /// They have one and gave none.
    Missing,
    /// The one that cancels.
    Right,
    /// The one that means duress.
    Duress,
    /// Neither.
    Wrong,
}

/// The PINs somebody wants to have.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPins {
    /// Cancels.
    pub cancel_pin: String,
    /// Only seems to.
    #[serde(default)]
    pub duress_pin: Option<String>,
}

/// PINs do not show.
impl std::fmt::Debug for NewPins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPins").finish_non_exhaustive()
    }
}

/// Somebody's PINs, as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    salt: [u8; 16],
    cancel: [u8; 32],
    duress: Option<[u8; 32]>,
}

impl NewPins {
    /// 422 if they are no PINs.
    pub fn check(&self) -> Result<(), Problem> {
        let is_pin = |pin: &str| DIGITS.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
        let rule = format!("is not {} to {} digits", DIGITS.start(), DIGITS.end());
        if !is_pin(&self.cancel_pin) {
            return Err(Problem::field("cancel_pin", rule));
        }
        match &self.duress_pin {
            Some(pin) if !is_pin(pin) => Err(Problem::field("duress_pin", rule)),
            Some(pin) if *pin == self.cancel_pin => Err(Problem::field("duress_pin", "is the same as cancel_pin")),
            _ => Ok(()),
        }
    }

    /// As they are kept.
    pub fn keep(&self, salt: [u8; 16]) -> Pins {
        let duress = self.duress_pin.as_deref().map(|pin| derive(pin, &salt));
        Pins { salt, cancel: derive(&self.cancel_pin, &salt), duress }
    }
}

impl Pins {
    /// What a PIN is. Takes the same time whichever it is.
    pub fn judge(&self, pin: &str) -> Verdict {
        let derived = derive(pin, &self.salt);
        let (cancels, is_duress) = (is_same(&derived, &self.cancel), self.duress.map(|own| is_same(&derived, &own)));
        match (cancels, is_duress) {
            (true, _) => Verdict::Right,
            (false, Some(true)) => Verdict::Duress,
            (false, _) => Verdict::Wrong,
        }
    }
}

/// PBKDF2 (RFC 8018) with HMAC-SHA-256, one block.
fn derive(pin: &str, salt: &[u8; 16]) -> [u8; 32] {
    let mac = |text: &[&[u8]]| -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(pin.as_bytes()).unwrap_or_else(|_| unreachable_key());
        for part in text {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    };
    let mut round = mac(&[salt, &1_u32.to_be_bytes()]);
    let mut derived = round;
    for _ in 1..ROUNDS {
        round = mac(&[&round]);
        derived.iter_mut().zip(round).for_each(|(sum, byte)| *sum ^= byte);
    }
    derived
}

/// HMAC takes keys of every length.
fn unreachable_key() -> Hmac<Sha256> {
    Hmac::new(&hmac::digest::Key::<Hmac<Sha256>>::default())
}

fn is_same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
