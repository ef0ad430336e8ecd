//! Signatures of the Pusher protocol: of subscriptions and sign-ins, and of requests of backends.

use super::parts;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::frame::MAX_PERSON_BYTES;
use campana_core::pusher::signature::{Voucher, request_text, sign, signin_text, subscription_text, verifies};
use campana_core::shared::socket_id::SocketId;

const SECRETS: [&str; 2] = ["a secret", "the secret before"];

/// Of two socket ids, channels and signed texts, and a voucher.
pub(crate) fn of_channels(data: &[u8]) {
    let Some([voucher, one_socket, one_channel, one_data, other_socket, other_channel, other_data]) = parts(data)
    else {
        return;
    };
    if let Some(parsed) = Voucher::parse(voucher) {
        assert!(parsed.channel_data.as_ref().is_none_or(|data| data.len() <= MAX_PERSON_BYTES));
        let written = parsed.to_text();
        assert_eq!(Voucher::parse(&written), Some(parsed));
        assert_eq!(written, voucher, "there is one way to write it");
    }
    is_a_signature(one_data, voucher);
    let one = SocketId::parse(one_socket).zip(ChannelName::parse(one_channel));
    let other = SocketId::parse(other_socket).zip(ChannelName::parse(other_channel));
    let (Some((one_socket, one_channel)), Some((other_socket, other_channel))) = (one, other) else { return };
    let text_of = |socket, channel, data: &str| {
        [
            subscription_text(socket, channel, None),
            subscription_text(socket, channel, Some(data)),
            signin_text(socket, data),
        ]
    };
    let one_texts = text_of(&one_socket, &one_channel, one_data);
    let other_texts = text_of(&other_socket, &other_channel, other_data);
    let is_same = [
        one_socket == other_socket && one_channel == other_channel,
        one_socket == other_socket && one_channel == other_channel && one_data == other_data,
        one_socket == other_socket && one_data == other_data,
    ];
    for (at, one) in one_texts.iter().enumerate() {
        for (other_at, other) in other_texts.iter().enumerate() {
            let is_expected = at == other_at && is_same[at];
            assert_eq!(one == other, is_expected, "what is signed for one is not signed for the other: {one}");
        }
    }
}

/// A signature fits its text and no other.
fn is_a_signature(text: &str, signature: &str) {
    for secret in SECRETS {
        let good = sign(secret, text);
        assert!(verifies(SECRETS, text, &good) && good.len() == 64);
        assert_eq!(verifies([secret], text, signature), signature.eq_ignore_ascii_case(&good));
        assert!(!verifies(["", "another"], text, &good));
        assert!(!verifies(SECRETS, &format!("{text} "), &good));
    }
    assert!(!verifies([""], text, &sign("", text)), "an empty secret signs nothing");
}

/// Of two requests, each a method, a path and a query.
pub(crate) fn of_requests(data: &[u8]) {
    let Some([one_path, one_query, other_path, other_query]) = parts(data) else { return };
    let (Some(one), Some(other)) = (request(one_path, one_query), request(other_path, other_query)) else { return };
    assert_eq!(one.0 == other.0, one.1 == other.1, "{} signs {:?} and {:?}", one.0, one.1, other.1);
    is_a_signature(&one.0, other_query);
}

type Parameters = Vec<(String, String)>;

/// The signed text, and what it means: the path and the parameters.
fn request(path: &str, query: &str) -> Option<(String, (String, Parameters))> {
    let query: Parameters = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let text = request_text("POST", path, &query)?;
    let mut meaning: Parameters = query.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    meaning.retain(|(name, _)| name != "auth_signature");
    meaning.sort();
    Some((text, (path.to_owned(), meaning)))
}
