//! Statements on the tables of a tenant's index.

crate::queries::queries! {
    conversations {
        ADD = "add",
        ADD_ALL = "add_all",
        COUNT = "count",
        NUMBER = "number",
    }
    fills {
        ADD = "add",
        ADD_ALL = "add_all",
        ADVANCE = "advance",
        COUNT = "count",
        END = "end",
        NEXT = "next",
        REMOVE = "remove",
        REMOVE_ALL = "remove_all",
    }
    marks {
        ADD = "add",
        BACK = "back",
        REMOVE_ALL = "remove_all",
        REMOVE_BEFORE = "remove_before",
    }
    memberships {
        ADD_ALL = "add_all",
        AMONG = "among",
        LIST = "list",
        REMOVE_ALL = "remove_all",
    }
    messages {
        ADD = "add",
        BEFORE = "before",
        CHANGE = "change",
        COUNT = "count",
        FIND = "find",
        LAST_BETWEEN = "last_between",
        OF_CONVERSATION = "of_conversation",
        REMOVE = "remove",
        REMOVE_ALL = "remove_all",
    }
    people {
        FIND = "find",
        REMOVE = "remove",
        SAVE = "save",
        UNUSED = "unused",
        USED = "used",
    }
    removed_messages {
        ADD = "add",
        HAS = "has",
        PURGE = "purge",
    }
    texts {
        ADD = "add",
        BEST = "best",
        FITTING = "fitting",
        LAST_EXAMINED = "last_examined",
        MERGE = "merge",
        NEWEST = "newest",
        NEWEST_OF_PERSON = "newest_of_person",
        REMOVE = "remove",
        REMOVE_ALL = "remove_all",
    }
}
