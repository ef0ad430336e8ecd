//! Search for messages: what is indexed of a message, how a query is read, and what the index is asked.
//!
//! Text is cut into words here, for the index, for queries and for highlights alike ([`words`]), so that they agree. The
//! index gets words of letters a to z, digits and `_` only: no text of a user can be an operator of the index.

mod found;
mod index;
mod query;
#[cfg(test)]
mod tests;
mod words;

pub use found::{Excerpt, MAX_HIGHLIGHTS, MessageQuery};
pub use index::{
    Erase, FeedMessages, Find, Found, FoundMessage, IndexState, IndexedContent, IndexedMessage, OneConversation, Place,
    Rebuild, conversation_key, object_name, of_sender,
};
pub use query::{MAX_NAMES, MAX_QUERY_CHARS, MAX_TERMS, ParsedQuery, Term, parse_time};
pub use words::{IndexedWord, indexed_words};

use crate::chat::wire::{Message, MessageType};
use crate::files::Attachment;
use crate::named;
use std::borrow::Cow;

named! {
    /// What a message can have, for `has:`.
    #[derive(PartialOrd, Ord)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum Feature {
        /// A file.
        File = "file",
        /// A picture.
        Image = "image",
        /// A link in its text.
        Link = "link",
    }
}

named! {
    /// Order of the messages that a search finds.
    #[derive(Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum Sort {
        /// Newest first.
        #[default]
        New = "new",
        /// Best first, of the newest that fit.
        Best = "best",
    }
}

/// The features of a message.
pub fn features_of(message: &Message) -> Vec<Feature> {
    let body = message.body.as_deref().unwrap_or_default();
    let has_link = ["http://", "https://"].iter().any(|scheme| contains_ignoring_case(body, scheme));
    let (files, message_type) = (&message.attachments, message.message_type);
    [
        (Feature::File, message_type == MessageType::File || !files.is_empty()),
        (Feature::Image, message_type == MessageType::Image || files.iter().any(Attachment::is_picture)),
        (Feature::Link, has_link),
    ]
    .into_iter()
    .filter_map(|(feature, has)| has.then_some(feature))
    .collect()
}

/// The text in which words are looked for: that of the message, and the names of its files.
pub fn searched_text(message: &Message) -> Cow<'_, str> {
    let body = message.body.as_deref().unwrap_or_default();
    if message.attachments.is_empty() {
        return Cow::Borrowed(body);
    }
    let names = message.attachments.iter().map(|file| file.name.as_str());
    Cow::Owned(std::iter::once(body).chain(names).collect::<Vec<_>>().join("\n"))
}

/// Whether a message can be found: a person wrote it, and it is not deleted.
pub fn is_searchable(message: &Message) -> bool {
    message.deleted_at.is_none() && !message.is_system()
}

fn contains_ignoring_case(text: &str, ascii: &str) -> bool {
    text.as_bytes().windows(ascii.len()).any(|window| window.eq_ignore_ascii_case(ascii.as_bytes()))
}
