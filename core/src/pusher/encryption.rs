//! Keys of encrypted channels. Clients get a channel's key with the signature of their subscription, and backends work it
//! out of a master key that they are given once: the same derivation as in the backends' libraries, so that
//! whatever either of them encrypts the other can read. The master key comes out of the app's secret and needs no place
//! of its own; with another secret it is another one.

use super::channel::ChannelName;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// What is signed with the secret to get the master key.
const LABEL: &[u8] = b"campana:encryption-master-key:1";

/// The key that backends are given.
pub fn master_key(secret: &str) -> Option<[u8; 32]> {
    let mac = if secret.is_empty() { None } else { Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok() };
    Some(mac?.chain_update(LABEL).finalize().into_bytes().into())
}

/// The key of a channel.
pub fn shared_secret(master_key: &[u8; 32], channel: &ChannelName) -> [u8; 32] {
    Sha256::new().chain_update(channel.as_str()).chain_update(master_key).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pusher::signature::hex;

    #[test]
    fn a_channels_key_is_the_hash_of_its_name_and_the_master_key() {
        let channel = ChannelName::trusted("private-encrypted-x");
        let expected = Sha256::digest([channel.as_str().as_bytes(), &[7; 32]].concat());
        assert_eq!(hex(&shared_secret(&[7; 32], &channel)), hex(&expected));
        assert_ne!(
            shared_secret(&[7; 32], &channel),
            shared_secret(&[7; 32], &ChannelName::trusted("private-encrypted-y"))
        );
    }

    #[test]
    fn every_secret_has_a_master_key_of_its_own_and_none_has_none() {
        assert_eq!(
            master_key("demo-secret").map(|key| hex(&key)).as_deref(),
            Some("33531454c242235a52c592880792f4d72710ec93093e672bf19edf9f587a4b3d")
        );
        assert_ne!(master_key("one"), master_key("other"));
        assert_eq!(master_key(""), None);
    }
}
