//! The builder of a contract.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::StatusCode;

use super::acknowledges::Acknowledges;
use super::contract::Contract;
use super::contradiction::{Contradiction, Fault, Setting};
use super::disabling::Disabling;
use super::forbidden::Forbidden;
use super::redelivery::Redelivery;
use super::retries::Retries;
use super::retry_time::RetryTime;

/// The builder of a [`Contract`]. An unstated fact has the reading that loses and pays nothing: unknown retries,
/// redelivery and disabling, and no status but 200 as success.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks::{Contract, Retention, Retries};
///
/// const DAY: Duration = Duration::from_secs(86_400);
/// const CONTRACT: Contract = Contract::builder().retries(Retries::UNKNOWN.until(Duration::from_secs(3 * 86_400))).build();
/// assert_eq!((CONTRACT.success, CONTRACT.transient.as_u16()), (http::StatusCode::OK, 503));
/// assert_eq!((CONTRACT.retries.horizon(), CONTRACT.retention()), (Some(3 * DAY), Retention::ForGood));
/// ```
///
/// A contradiction in a constant is an error of the compiler:
///
/// ```compile_fail,E0080
/// # use referral_webhooks::{Contract, Forbidden};
/// const CONTRACT: Contract = Contract::builder().never(&[Forbidden::new(500..=599, "is final")]).build();
/// # let _ = CONTRACT;
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ContractBuilder {
    counts_as_success: RangeInclusive<u16>,
    transient: u16,
    retry_after: Option<Duration>,
    unproven: u16,
    undecided: Option<u16>,
    stale: Option<u16>,
    never: &'static [Forbidden],
    deadline: Option<Duration>,
    retries: Retries,
    retries_on: Option<RangeInclusive<u16>>,
    retry_time: RetryTime,
    redelivery: Redelivery,
    disabling: Disabling,
    removal: Option<u16>,
    acknowledges: &'static [(&'static str, Acknowledges)],
}

impl Contract {
    /// Returns a builder: 200 is the only success, 503 asks for a retry, 401 refuses, and everything else is unknown.
    ///
    /// ```
    /// use referral_webhooks::{Contract, ErrorKind};
    ///
    /// const CONTRACT: Contract = Contract::builder().build();
    /// assert_eq!(CONTRACT.status(ErrorKind::SignatureMismatch), 401);
    /// assert_eq!(CONTRACT.status(ErrorKind::BodyIncomplete), 503);
    /// ```
    pub const fn builder() -> ContractBuilder {
        ContractBuilder {
            counts_as_success: 200..=200,
            transient: 503,
            retry_after: None,
            unproven: 401,
            undecided: None,
            stale: None,
            never: Forbidden::USUAL,
            deadline: None,
            retries: Retries::UNKNOWN,
            retries_on: None,
            retry_time: RetryTime::Unknown,
            redelivery: Redelivery::Unknown,
            disabling: Disabling::Unknown,
            removal: None,
            acknowledges: &[],
        }
    }
}

/// Declares a setter for each line: its documentation, the name, the type of its argument, and the stored value.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $argument:ty => $value:expr,)+) => {
        $(
            $(#[$doc])*
            pub const fn $name(mut self, $name: $argument) -> Self {
                self.$name = $value;
                self
            }
        )+
    };
}

impl ContractBuilder {
    setters! {
        /// Sets [`Contract::counts_as_success`]: 200 alone by default.
        ///
        /// ```
        /// # use referral_webhooks::Contract;
        /// const CONTRACT: Contract = Contract::builder().counts_as_success(200..=299).build();
        /// assert_eq!((CONTRACT.counts_as_success, CONTRACT.success.as_u16()), (200..=299, 200));
        /// ```
        counts_as_success: RangeInclusive<u16> => counts_as_success,
        /// Sets [`Contract::transient`]: 503 by default.
        ///
        /// ```
        /// # use referral_webhooks::Contract;
        /// const CONTRACT: Contract = Contract::builder().transient(429).build();
        /// assert_eq!((CONTRACT.transient.as_u16(), CONTRACT.undecided.as_u16()), (429, 429));
        /// ```
        transient: u16 => transient,
        /// Sets [`Contract::retry_after`]: absent by default.
        ///
        /// ```
        /// # use std::time::Duration;
        /// # use referral_webhooks::Contract;
        /// const CONTRACT: Contract = Contract::builder().retry_after(Duration::from_secs(60)).build();
        /// assert_eq!(CONTRACT.retry_after, Some(Duration::from_secs(60)));
        /// ```
        retry_after: Duration => Some(retry_after),
        /// Sets [`Contract::unproven`]: 401 by default.
        ///
        /// ```
        /// # use referral_webhooks::Contract;
        /// const CONTRACT: Contract = Contract::builder().unproven(404).build();
        /// assert_eq!((CONTRACT.unproven.as_u16(), CONTRACT.stale.as_u16()), (404, 404));
        /// ```
        unproven: u16 => unproven,
        /// Sets [`Contract::undecided`]: the same as [`transient`](Self::transient) by default.
        ///
        /// ```
        /// # use referral_webhooks::Contract;
        /// // A platform that retries after every status but 200.
        /// const CONTRACT: Contract = Contract::builder().undecided(401).build();
        /// assert_eq!(CONTRACT.undecided.as_u16(), 401);
        /// ```
        undecided: u16 => Some(undecided),
        /// Sets [`Contract::stale`]: the same as [`unproven`](Self::unproven) by default.
        ///
        /// ```
        /// # use referral_webhooks::Contract;
        /// const CONTRACT: Contract = Contract::builder().stale(503).build();
        /// assert_eq!(CONTRACT.stale.as_u16(), 503);
        /// ```
        stale: u16 => Some(stale),
        /// Sets [`Contract::never`]: [`Forbidden::USUAL`] by default.
        ///
        /// ```
        /// # use referral_webhooks::{Contract, Forbidden};
        /// const NEVER: &[Forbidden] = &[Forbidden::new(410..=410, "removes the endpoint")];
        /// const CONTRACT: Contract = Contract::builder().never(NEVER).build();
        /// assert_eq!(CONTRACT.forbids(http::StatusCode::GONE), Some("removes the endpoint"));
        /// ```
        never: &'static [Forbidden] => never,
        /// Sets [`Contract::deadline`]: unknown by default.
        ///
        /// ```
        /// # use std::time::Duration;
        /// # use referral_webhooks::Contract;
        /// const CONTRACT: Contract = Contract::builder().deadline(Duration::from_secs(10)).build();
        /// assert_eq!(CONTRACT.deadline, Some(Duration::from_secs(10)));
        /// ```
        deadline: Duration => Some(deadline),
        /// Sets [`Contract::retries`]: [`Retries::UNKNOWN`] by default.
        ///
        /// ```
        /// # use std::time::Duration;
        /// # use referral_webhooks::{Contract, Retries};
        /// const CONTRACT: Contract = Contract::builder().retries(Retries::every(Duration::from_secs(3_600)).times(72)).build();
        /// assert_eq!(CONTRACT.retries.schedule().count(), 72);
        /// ```
        retries: Retries => retries,
        /// Sets [`Contract::retries_on`]: every status that is no success by default.
        ///
        /// ```
        /// # use referral_webhooks::Contract;
        /// const CONTRACT: Contract = Contract::builder().transient(429).retries_on(429..=429).build();
        /// assert!(!CONTRACT.is_retried_after(http::StatusCode::BAD_GATEWAY));
        /// ```
        retries_on: RangeInclusive<u16> => Some(retries_on),
        /// Sets [`Contract::retry_time`]: unknown by default.
        ///
        /// ```
        /// # use referral_webhooks::{Contract, RetryTime};
        /// const CONTRACT: Contract = Contract::builder().retry_time(RetryTime::Kept).build();
        /// assert_eq!(CONTRACT.retry_time, RetryTime::Kept);
        /// ```
        retry_time: RetryTime => retry_time,
        /// Sets [`Contract::redelivery`]: unknown by default.
        ///
        /// ```
        /// # use referral_webhooks::{Contract, Redelivery};
        /// const CONTRACT: Contract = Contract::builder().redelivery(Redelivery::AnyTime).build();
        /// assert_eq!(CONTRACT.redelivery, Redelivery::AnyTime);
        /// ```
        redelivery: Redelivery => redelivery,
        /// Sets [`Contract::disabling`]: unknown by default.
        ///
        /// ```
        /// # use referral_webhooks::{Contract, Disabling};
        /// const CONTRACT: Contract = Contract::builder().disabling(Disabling::after_failures(20)).build();
        /// assert_eq!(CONTRACT.disabling, Disabling::after_failures(20));
        /// ```
        disabling: Disabling => disabling,
        /// Sets [`Contract::removal`]: absent by default.
        ///
        /// ```
        /// # use referral_webhooks::Contract;
        /// const CONTRACT: Contract = Contract::builder().removal(410).build(); // one of `Forbidden::USUAL`
        /// assert_eq!(CONTRACT.removal, Some(http::StatusCode::GONE));
        /// ```
        removal: u16 => Some(removal),
        /// Sets [`Contract::acknowledges`](Contract#structfield.acknowledges): receipt for every event by default.
        ///
        /// ```
        /// # use referral_webhooks::{Acknowledges, Contract};
        /// const CONTRACT: Contract =
        ///     Contract::builder().acknowledges(&[("payout.confirmed", Acknowledges::Fulfilment)]).build();
        /// assert_eq!(CONTRACT.acknowledges(Some("payout.confirmed")), Acknowledges::Fulfilment);
        /// ```
        acknowledges: &'static [(&'static str, Acknowledges)] => acknowledges,
    }

    /// Makes the contract.
    ///
    /// # Panics
    ///
    /// If the contract [contradicts itself](Fault). In a constant this is an error of the compiler, so make contracts in
    /// constants. [`try_build`](Self::try_build) is for contracts that are made at run time.
    ///
    /// ```
    /// # use referral_webhooks::Contract;
    /// const CONTRACT: Contract = Contract::builder().counts_as_success(200..=299).build();
    /// assert_eq!(CONTRACT.check(), Ok(()));
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn build(self) -> Contract {
        match self.try_build() {
            Ok(contract) => contract,
            Err(contradiction) => contradiction.panic(),
        }
    }

    /// Makes the contract, for contracts that are read at run time.
    ///
    /// # Errors
    ///
    /// If the contract [contradicts itself](Fault).
    ///
    /// ```
    /// # use referral_webhooks::Contract;
    /// let contradiction = Contract::builder().unproven(200).try_build().unwrap_err();
    /// assert!(contradiction.to_string().starts_with("contract: `unproven` "));
    /// ```
    pub const fn try_build(self) -> Result<Contract, Contradiction> {
        let (Some(transient), Some(unproven)) = (status(self.transient), status(self.unproven)) else {
            let setting = if status(self.transient).is_none() { Setting::Transient } else { Setting::Unproven };
            return Err(Contradiction::new(setting, Fault::NotAStatus));
        };
        let undecided = match self.undecided {
            None => transient,
            Some(undecided) => match status(undecided) {
                Some(undecided) => undecided,
                None => return Err(Contradiction::new(Setting::Undecided, Fault::NotAStatus)),
            },
        };
        let stale = match self.stale {
            None => unproven,
            Some(stale) => match status(stale) {
                Some(stale) => stale,
                None => return Err(Contradiction::new(Setting::Stale, Fault::NotAStatus)),
            },
        };
        let removal = match self.removal {
            None => None,
            Some(removal) => match status(removal) {
                Some(removal) => Some(removal),
                None => return Err(Contradiction::new(Setting::Removal, Fault::NotAStatus)),
            },
        };
        let contract = Contract {
            success: StatusCode::OK,
            counts_as_success: self.counts_as_success,
            transient,
            retry_after: self.retry_after,
            unproven,
            undecided,
            stale,
            never: self.never,
            deadline: self.deadline,
            retries: self.retries,
            retries_on: self.retries_on,
            retry_time: self.retry_time,
            redelivery: self.redelivery,
            disabling: self.disabling,
            removal,
            acknowledges: self.acknowledges,
        };
        match contract.check() {
            Ok(()) => Ok(contract),
            Err(contradiction) => Err(contradiction),
        }
    }
}

/// Returns a status from 100 to 599.
const fn status(status: u16) -> Option<StatusCode> {
    if status > 599 {
        return None;
    }
    match StatusCode::from_u16(status) {
        Ok(status) => Some(status),
        Err(_) => None,
    }
}
