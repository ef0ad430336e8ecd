//! Message encryption for Web Push (RFC 8291): a message is one record of `aes128gcm` (RFC 8188).

use aes_gcm::aead::Aead;
use aes_gcm::{Aes128Gcm, KeyInit, Nonce};
use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use p256::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;

/// Record size in bytes: the most that every push service accepts (RFC 8291, section 4).
const RECORD_BYTES: u32 = 4_096;
/// Bytes of an uncompressed point.
const POINT_BYTES: usize = 65;
/// Header size in bytes: salt, record size, and the sender's key with its length.
const HEADER_BYTES: usize = 16 + 4 + 1 + POINT_BYTES;
/// Size of the authentication tag in bytes.
const TAG_BYTES: usize = 16;
/// Delimiter of the last record, which is the only one here.
const LAST_RECORD: u8 = 2;
/// Longest message in bytes.
pub const MAX_PLAINTEXT: usize = RECORD_BYTES as usize - HEADER_BYTES - TAG_BYTES - 1;

/// A device's keys for encryption.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceKeys {
    public: PublicKey,
    auth: [u8; 16],
}

impl DeviceKeys {
    /// Reads a device's keys from base64url: `p256dh` must be an uncompressed point of the curve, `auth` 16 bytes. The
    /// error is the name of the invalid field.
    pub fn read(p256dh: &str, auth: &str) -> Result<Self, &'static str> {
        let bytes = |text: &str| Base64UrlUnpadded::decode_vec(text.trim_end_matches('=')).ok();
        let point = bytes(p256dh).filter(|point| point.len() == POINT_BYTES);
        let public = point.and_then(|point| PublicKey::from_sec1_bytes(&point).ok()).ok_or("p256dh")?;
        let auth = bytes(auth).and_then(|auth| auth.try_into().ok()).ok_or("auth")?;
        Ok(Self { public, auth })
    }
}

/// Does not print the keys.
impl std::fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceKeys").finish_non_exhaustive()
    }
}

/// A key for a single message.
pub struct Ephemeral(SecretKey);

impl Ephemeral {
    /// From random bytes. `None` for about one draw in four thousand million: draw again.
    pub fn new(random: [u8; 32]) -> Option<Self> {
        SecretKey::from_bytes(&random.into()).ok().map(Self)
    }
}

/// Does not print the key.
impl std::fmt::Debug for Ephemeral {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ephemeral").finish_non_exhaustive()
    }
}

/// Body of the request to the push service. `salt` is 16 random bytes; never reuse the salt or the key. `None` if the
/// message is longer than [`MAX_PLAINTEXT`].
pub fn encrypt(plaintext: &[u8], device: &DeviceKeys, ephemeral: &Ephemeral, salt: [u8; 16]) -> Option<Vec<u8>> {
    if plaintext.len() > MAX_PLAINTEXT {
        return None;
    }
    let (receiver, sender) = (device.public.to_encoded_point(false), ephemeral.0.public_key().to_encoded_point(false));
    let shared = diffie_hellman(ephemeral.0.to_nonzero_scalar(), device.public.as_affine());
    let key_info = [b"WebPush: info\0", receiver.as_bytes(), sender.as_bytes()].concat();
    let secret: [u8; 32] = derive(&device.auth, shared.raw_secret_bytes(), &key_info)?;
    let key: [u8; 16] = derive(&salt, &secret, b"Content-Encoding: aes128gcm\0")?;
    let nonce: [u8; 12] = derive(&salt, &secret, b"Content-Encoding: nonce\0")?;
    let record = [plaintext, &[LAST_RECORD]].concat();
    let sealed = Aes128Gcm::new(&key.into()).encrypt(&Nonce::from(nonce), record.as_slice()).ok()?;
    let length = [u8::try_from(sender.len()).ok()?];
    Some([&salt[..], &RECORD_BYTES.to_be_bytes(), &length, sender.as_bytes(), &sealed].concat())
}

/// HKDF (RFC 5869).
fn derive<const N: usize>(salt: &[u8], secret: &[u8], info: &[u8]) -> Option<[u8; N]> {
    let mut derived = [0; N];
    Hkdf::<Sha256>::new(Some(salt), secret).expand(info, &mut derived).ok()?;
    Some(derived)
}

#[cfg(test)]
mod tests {
    use super::*;

    const P256DH: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        Base64UrlUnpadded::decode_vec(text).ok().and_then(|bytes| bytes.try_into().ok()).expect("N bytes in base64url")
    }

    fn sender() -> Ephemeral {
        Ephemeral::new(bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).expect("a valid key")
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_output_equals_the_example_of_the_rfc() {
        let device = DeviceKeys::read(P256DH, AUTH).expect("valid keys");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw");
        let sent = encrypt(b"When I grow up, I want to be a watermelon", &device, &sender(), salt).expect("it fits");
        assert_eq!(
            Base64UrlUnpadded::encode_string(&sent),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl\
             7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn a_message_fills_a_record_and_no_more() {
        let device = DeviceKeys::read(P256DH, AUTH).expect("valid keys");
        let sealed = |length: usize| encrypt(&vec![b'x'; length], &device, &sender(), [0; 16]).map(|body| body.len());
        assert_eq!(sealed(MAX_PLAINTEXT), Some(4_096));
        assert_eq!(sealed(MAX_PLAINTEXT + 1), None);
    }

    #[test]
    fn keys_that_cannot_be_used_are_named() {
        // Compressed point; point at infinity; point off the curve; wrong lengths; not base64url.
        let off = format!("{}5", &P256DH[..P256DH.len() - 1]);
        for bad in ["AiVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx", "AA", &off, "", "!", &P256DH[..80]] {
            assert_eq!(DeviceKeys::read(bad, AUTH).err(), Some("p256dh"), "{bad}");
        }
        for bad in ["", "BTBZMqHH6r4Tts7J_aSI", "BTBZMqHH6r4Tts7J_aSIggAA", "BTBZMqHH6r4Tts7J/aSIgg"] {
            assert_eq!(DeviceKeys::read(P256DH, bad).err(), Some("auth"), "{bad}");
        }
        assert!(DeviceKeys::read(&format!("{P256DH}="), &format!("{AUTH}==")).is_ok(), "padding is allowed");
        assert_eq!(format!("{:?}", sender()), "Ephemeral { .. }");
        assert!(Ephemeral::new([0; 32]).is_none() && Ephemeral::new([255; 32]).is_none());
    }
}
