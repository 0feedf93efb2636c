//! From master keys to session keys (RFC 3711 section 4.3, RFC 7714 section 11).

use rtc_crypto::{CryptoError, StreamCipherAlgorithm};

use super::{MAX_SALT, MasterKey};
use crate::crypto;

/// Which session key is derived (RFC 3711 sections 4.3.1 and 4.3.2).
#[derive(Clone, Copy, Debug)]
pub(super) enum Label {
    RtpEncryption = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpEncryption = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// Derives one session key: the key stream of AES in counter mode, from the salt mixed with the label.
pub(super) fn derive<const N: usize>(
    master: &MasterKey,
    label: Label,
) -> Result<[u8; N], CryptoError> {
    let mut iv = [0; 16];
    for (to, from) in iv.iter_mut().zip(master.salt) {
        *to = from;
    }
    let [_, _, _, _, _, _, _, mixed, ..] = &mut iv;
    *mixed ^= label as u8;
    let mut key = [0; N];
    crypto::operations()
        .new_stream_cipher(StreamCipherAlgorithm::Aes128Ctr, &master.key)?
        .apply_keystream(&iv, &mut key)?;
    Ok(key)
}

const _: () = assert!(MAX_SALT < 16, "the last bytes of the vector count blocks");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_rfc_3711_appendix_b_3() {
        let master = MasterKey {
            key: 0xE1F9_7A0D_3E01_8BE0_D64F_A32C_06DE_4139_u128.to_be_bytes(),
            salt: [
                0x0E, 0xC6, 0x75, 0xAD, 0x49, 0x8A, 0xFE, 0xEB, 0xB6, 0x96, 0x0B, 0x3A, 0xAB, 0xE6,
            ],
        };
        let key: [u8; 16] = derive(&master, Label::RtpEncryption).unwrap();
        assert_eq!(u128::from_be_bytes(key), 0xC61E_7A93_744F_39EE_1073_4AFE_3FF7_A087);
        let salt: [u8; 14] = derive(&master, Label::RtpSalt).unwrap();
        assert_eq!(
            salt,
            [0x30, 0xCB, 0xBC, 0x08, 0x86, 0x3D, 0x8C, 0x85, 0xD4, 0x9D, 0xB3, 0x4A, 0x9A, 0xE1]
        );
        let key: [u8; 20] = derive(&master, Label::RtpAuthentication).unwrap();
        assert_eq!(
            key,
            [
                0xCE, 0xBE, 0x32, 0x1F, 0x6F, 0xF7, 0x71, 0x6B, 0x6F, 0xD4, 0xAB, 0x49, 0xAF, 0x25,
                0x6A, 0x15, 0x6D, 0x38, 0xBA, 0xA4
            ]
        );
    }
}
