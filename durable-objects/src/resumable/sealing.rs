//! The stored bytes of an upload become a file.

use super::Object;
use super::queries::{parts, upload as statements};
use crate::sql::text;
use campana_core::files::resumable::UploadState;
use campana_core::shared::problem::Problem;

impl Object {
    /// Makes the file, and reads it once for its SHA-256. It is done again if an instance was lost before it had the hash.
    pub(super) async fn seal(&self) -> Result<UploadState, Problem> {
        let upload = self.stored()?.ok_or_else(Problem::not_found)?;
        if upload.content.is_some() {
            return Ok(upload.state());
        }
        let store = self.context.file_parts()?;
        if let Some(of) = upload.parts() {
            let tags = self.sql.list(parts::TAGS, [], |row| row.string(0))?;
            // Parts that have become a file cannot become one again.
            if let Err(problem) = store.complete(of, tags).await
                && store.hash(upload.key()).await?.is_none()
            {
                return Err(problem);
            }
        }
        let Some((size, sha256)) = store.hash(upload.key()).await? else {
            return Err(Problem::unavailable("the store lacks the file of this upload"));
        };
        if size != upload.length {
            return Err(Problem::internal("the file has another size than its upload"));
        }
        self.sql.run(statements::FINISH, vec![text(upload.of.id.as_str()), text(&sha256)])?;
        Ok(self.stored()?.ok_or_else(Problem::not_found)?.state())
    }
}
