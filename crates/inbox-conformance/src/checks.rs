//! The macro that defines checks and lists them.

/// Defines the checks of a group, and a macro with the group's name that makes a test of each.
///
/// A group is written as a module, so that rustfmt formats it. Its checks become functions of the file.
macro_rules! checks {
    (mod $group:ident { $($(#[$doc:meta])* async fn $check:ident($store:ident: impl Store) $body:block)+ }) => {
        $(
            $(#[$doc])*
            pub async fn $check($store: impl Store) $body
        )+

        $crate::checks::tests_of! { ($) $group: $($check)+ }
    };
}

/// Defines the macro of a group. The first argument is a dollar sign, because a macro within a macro cannot write one.
macro_rules! tests_of {
    (($dollar:tt) $group:ident: $($check:ident)+) => {
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $group {
            ($dollar fresh:path) => {
                $(
                    #[tokio::test]
                    async fn $check() {
                        $crate::$group::$check($dollar fresh().await).await;
                    }
                )+
            };
        }
    };
}

pub(crate) use {checks, tests_of};
