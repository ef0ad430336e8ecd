//! PINs: the cancel PIN, and the duress PIN, which only pretends to cancel.
//!
//! A PIN has few digits, so its hash can be brute-forced. Hashing only prevents accidental disclosure; the alert limits
//! wrong PINs.

use crate::shared::problem::Problem;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Allowed number of digits.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=12;
/// Iterations of the derivation: a few milliseconds.
const ROUNDS: u32 = 5_000;

/// Result of checking a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The user has no PINs.
    NotNeeded,
    /// The user has PINs and gave none.
    Missing,
    /// The cancel PIN.
    Right,
    /// The duress PIN.
    Duress,
    /// A wrong PIN.
    Wrong,
}

/// PINs that a user sets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPins {
    /// Cancels an alert.
    pub cancel_pin: String,
    /// Only pretends to cancel it.
    #[serde(default)]
    pub duress_pin: Option<String>,
}

/// Does not print the PINs.
impl std::fmt::Debug for NewPins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPins").finish_non_exhaustive()
    }
}

/// A user's PINs as stored: salt and hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    salt: [u8; 16],
    cancel: [u8; 32],
    duress: Option<[u8; 32]>,
}

/// What is stored about a user's PINs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeptPins {
    /// The PINs; `None` if they have none.
    pub pins: Option<Pins>,
    /// Whether they were last changed with the duress PIN. An attacker may have forced that change and know the new PINs, so
    /// each of them counts as the duress PIN, and so does cancelling without a PIN after they were removed.
    pub is_decoy: bool,
}

impl KeptPins {
    /// Checks a PIN for cancelling, or for changing the PINs.
    pub fn judge(&self, pin: Option<&str>) -> Verdict {
        let verdict = match (&self.pins, pin) {
            (None, _) => Verdict::NotNeeded,
            (Some(_), None) => Verdict::Missing,
            (Some(pins), Some(pin)) => pins.judge(pin),
        };
        match verdict {
            Verdict::NotNeeded | Verdict::Right if self.is_decoy => Verdict::Duress,
            verdict => verdict,
        }
    }
}

impl NewPins {
    /// 422 unless both have the right form and differ.
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

    /// Hashes the PINs for storage.
    pub fn keep(&self, salt: [u8; 16]) -> Pins {
        let duress = self.duress_pin.as_deref().map(|pin| derive(pin, &salt));
        Pins { salt, cancel: derive(&self.cancel_pin, &salt), duress }
    }
}

impl Pins {
    /// Checks a PIN, in constant time.
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

/// Never used: HMAC accepts keys of every length.
fn unreachable_key() -> Hmac<Sha256> {
    Hmac::new(&hmac::digest::Key::<Hmac<Sha256>>::default())
}

fn is_same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
