//! What a person shows of themselves to others.

use crate::named;
use serde::{Deserialize, Serialize};

named! {
    /// Who sees whether a person is online, and when they last were.
    #[derive(Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum PresenceSetting {
        /// Everybody who sees the person.
        #[default]
        Visible = "visible",
        /// Nobody.
        Hidden = "hidden",
    }
}

named! {
    /// Whether a person shows what they have read, and sees what others have.
    #[derive(Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum ReceiptsSetting {
        /// To and from everybody who shows theirs.
        #[default]
        Public = "public",
        /// Neither.
        Private = "private",
    }
}

/// A person's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Privacy {
    /// Who sees whether the person is online.
    pub presence: PresenceSetting,
    /// Whether the person shows and sees receipts.
    pub receipts: ReceiptsSetting,
}
