//! The platforms: one file each, with its facts, its events and their decoding.
//!
//! All files have the same order: sources, the type with its facts, the contract, the events, their members, decoding, tests.
//! A large platform has its members and its reader in a folder.
//!
//! A new platform is a file, a folder of fixtures, its `pub mod` line, and its line in the table below. A test compares the
//! table with the folders of fixtures.

#[cfg(feature = "dub")]
pub mod dub;
#[cfg(feature = "firstpromoter")]
pub mod firstpromoter;
#[cfg(feature = "friendbuy")]
pub mod friendbuy;
#[cfg(feature = "genius-referrals")]
pub mod genius_referrals;
#[cfg(feature = "growsurf")]
pub mod growsurf;
#[cfg(feature = "loyaltylion")]
pub mod loyaltylion;
#[cfg(feature = "prefinery")]
pub mod prefinery;
#[cfg(feature = "redpin")]
pub mod redpin;
#[cfg(feature = "referral-rocket")]
pub mod referral_rocket;
#[cfg(feature = "refersion")]
pub mod refersion;
#[cfg(feature = "refir")]
pub mod refir;
#[cfg(feature = "rewardful")]
pub mod rewardful;
#[cfg(feature = "saasquatch")]
pub mod saasquatch;
#[cfg(feature = "talkable")]
pub mod talkable;
#[cfg(feature = "tolt")]
pub mod tolt;

mod canonical;
pub(crate) mod contract;
mod decode;
pub(crate) mod delivery_id;
mod envelope;
mod event;
mod events;
mod facts;
mod members;
mod name;
mod visit;
mod why;

pub use contract::{ContractBuilder, Contradiction, Fault, Setting};
pub use decode::{Unreadable, decode_text, read};
pub use event::{Event, Other};
pub use facts::{Facts, Item, Platform, Signed};
pub use visit::Visit;
pub use why::Why;

/// Declares [`ALL`] and [`visit_all`] from one table.
macro_rules! platforms {
    ($($feature:literal $module:ident::$platform:ident,)+) => {
        /// The facts of all built-in platforms whose features are enabled.
        ///
        /// ```
        /// use referral_webhooks::platform;
        ///
        /// let names: Vec<&str> = platform::ALL.iter().map(|facts| facts.name).collect();
        /// assert!(names.contains(&"redpin"));
        /// ```
        pub static ALL: &[&Facts] = &[$(#[cfg(feature = $feature)] &$module::FACTS,)+];

        /// Visits every built-in platform whose feature is enabled, in the order of [`ALL`].
        ///
        /// ```
        /// use referral_webhooks::platform::{ALL, Platform, Visit, visit_all};
        ///
        /// struct Count(usize);
        ///
        /// impl Visit for Count {
        ///     fn visit<P: Platform + Default>(&mut self, _: P) {
        ///         self.0 += 1;
        ///     }
        /// }
        ///
        /// let mut count = Count(0);
        /// visit_all(&mut count);
        /// assert_eq!(count.0, ALL.len());
        /// ```
        pub fn visit_all(visitor: &mut impl Visit) {
            $(#[cfg(feature = $feature)] visitor.visit($module::$platform);)+
            let _ = visitor;
        }
    };
}

platforms! {
    "dub" dub::Dub,
    "firstpromoter" firstpromoter::FirstPromoter,
    "friendbuy" friendbuy::Friendbuy,
    "genius-referrals" genius_referrals::GeniusReferrals,
    "growsurf" growsurf::GrowSurf,
    "loyaltylion" loyaltylion::LoyaltyLion,
    "prefinery" prefinery::Prefinery,
    "redpin" redpin::Redpin,
    "referral-rocket" referral_rocket::ReferralRocket,
    "refersion" refersion::Refersion,
    "refir" refir::Refir,
    "rewardful" rewardful::Rewardful,
    "saasquatch" saasquatch::SaaSquatch,
    "talkable" talkable::Talkable,
    "tolt" tolt::Tolt,
}
