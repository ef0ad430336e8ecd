//! Objects of the app with connections, for functions that ask them. A connection that has just opened is missing until
//! its object's next report, 2 s later at most.

use super::Object;
use super::queries::holders;
use crate::sql::{Row, int, text};
use campana_core::accounts::quota::Kind;
use campana_core::live::{Holder, HoldersOf, ListHolders};
use campana_core::shared::problem::Problem;

impl Object {
    /// The objects with connections that `asked` selects.
    pub(super) fn holders(&self, asked: &ListHolders) -> Result<Vec<Holder>, Problem> {
        self.load()?;
        let (statement, of) = match &asked.of {
            HoldersOf::App => (holders::OF_APP, None),
            HoldersOf::User(user) => (holders::OF_USER, Some(user.as_str())),
            HoldersOf::Channel(target) => (holders::OF_CHANNEL, Some(target.as_deref().unwrap_or_default())),
            HoldersOf::Lease(source) => (holders::OF_LEASE, Some(source.as_str())),
        };
        let mut params = vec![text(&asked.from), int(asked.limit.into()), int(self.context.now().millis())];
        params.extend(of.map(text));
        self.context.sql.list(statement, params, holder)
    }
}

fn holder(row: &Row) -> Option<Holder> {
    Some(Holder { source: row.string(0)?, kind: Kind::parse(row.text(1)?)? })
}
