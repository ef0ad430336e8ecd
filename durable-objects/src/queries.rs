//! Constants of SQL statements from files.

/// Makes a constant, `GROUP::NAME`, of each statement in `queries/GROUP/NAME.sql` beside the file that calls this. The
/// macro and its constants are private to the crate, so that the compiler reports one that nothing reads. For tests,
/// `FILES` has the paths without `.sql`.
macro_rules! queries {
    ($($group:ident { $($name:ident = $file:literal,)+ })+) => {
        $(
            pub(crate) mod $group {
                $(
                    pub(crate) const $name: &str =
                        include_str!(concat!("queries/", stringify!($group), "/", $file, ".sql")).trim_ascii_end();
                )+
            }
        )+

        #[cfg(test)]
        pub(crate) const FILES: &[&str] = &[$($(concat!("queries/", stringify!($group), "/", $file),)+)+];
    };
}

pub(crate) use queries;
