//! `/apps/{id}/files`: files that users of an app uploaded.

pub(super) mod scan;
