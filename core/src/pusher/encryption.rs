//! Keys of encrypted channels. Clients get a channel's key with the signature of their subscription. Backends derive it
//! from a master key with the same function as the backend libraries of the protocol. The master key is derived from
//! the app's secret and is not stored; a new secret changes it.

use super::channel::ChannelName;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// Text whose HMAC with the app's secret is the master key.
const LABEL: &[u8] = b"campana:encryption-master-key:1";

/// Master key for backends. `None` if the secret is empty.
pub fn master_key(secret: &str) -> Option<[u8; 32]> {
    let mac = if secret.is_empty() { None } else { Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok() };
    Some(mac?.chain_update(LABEL).finalize().into_bytes().into())
}

/// Key of a channel.
pub fn shared_secret(master_key: &[u8; 32], channel: &ChannelName) -> [u8; 32] {
    Sha256::new().chain_update(channel.as_str()).chain_update(master_key).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::hex::hex;

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
    fn each_secret_has_its_own_master_key_and_an_empty_one_has_none() {
        assert_eq!(
            master_key("demo-secret").map(|key| hex(&key)).as_deref(),
            Some("33531454c242235a52c592880792f4d72710ec93093e672bf19edf9f587a4b3d")
        );
        assert_ne!(master_key("one"), master_key("other"));
        assert_eq!(master_key(""), None);
    }
}
