//! Statements on the tables of a resumable upload.

crate::queries::queries! {
    parts {
        ADD = "add",
        TAGS = "tags",
    }
    upload {
        ADVANCE = "advance",
        BEGIN = "begin",
        BEGIN_PARTS = "begin_parts",
        DESCRIBE = "describe",
        FINISH = "finish",
        GET = "get",
    }
}
