//! The platforms: one file each, with its facts, its events and their decoding.
//!
//! All files have the same order: sources, the type with its facts, the contract, the events, their members, decoding, tests.
//! A large platform has its members and its reader in a folder.
//!
//! A new platform is a file, a folder of fixtures, its `pub mod` line, and its line in the table below. A test compares the
//! table with the folders of fixtures.

pub mod genius_referrals;
pub mod prefinery;
pub mod redpin;
pub mod referral_rocket;
pub mod refir;
#[cfg(feature = "saasquatch")]
pub mod saasquatch;

mod canonical;
pub(crate) mod contract;
mod decode;
pub(crate) mod delivery_id;
mod descriptor;
mod envelope;
mod event;
mod facts;
mod name;
mod why;

pub use descriptor::{Descriptor, Visit};
pub use event::{Event, Other};
pub use facts::{BodyTime, Platform, Signed};
pub use why::Why;

/// Declares [`ALL`] and [`visit_all`] from one table.
macro_rules! platforms {
    ($($(#[$cfg:meta])? $module:ident::$platform:ident,)+) => {
        /// All platforms, as values.
        ///
        /// ```
        /// use referral_webhooks::platform;
        ///
        /// let names: Vec<&str> = platform::ALL.iter().map(|descriptor| descriptor.name).collect();
        /// assert!(names.contains(&"redpin"));
        /// ```
        pub const ALL: &[Descriptor] = &[$($(#[$cfg])? Descriptor::of::<$module::$platform>(),)+];

        /// Visits the type of every platform, in the order of [`ALL`].
        ///
        /// ```
        /// use referral_webhooks::platform::{ALL, Platform, Visit, visit_all};
        ///
        /// struct Count(usize);
        ///
        /// impl Visit for Count {
        ///     fn visit<P: Platform>(&mut self) {
        ///         self.0 += 1;
        ///     }
        /// }
        ///
        /// let mut count = Count(0);
        /// visit_all(&mut count);
        /// assert_eq!(count.0, ALL.len());
        /// ```
        pub fn visit_all(visitor: &mut impl Visit) {
            $($(#[$cfg])? visitor.visit::<$module::$platform>();)+
        }
    };
}

platforms! {
    genius_referrals::GeniusReferrals,
    prefinery::Prefinery,
    redpin::Redpin,
    refir::Refir,
    referral_rocket::ReferralRocket,
    #[cfg(feature = "saasquatch")] saasquatch::SaaSquatch,
}
