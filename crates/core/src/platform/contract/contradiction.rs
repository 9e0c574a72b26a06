//! A contradiction in a contract.

use std::fmt;

/// A contradiction in a contract: a setting, and its fault.
///
/// ```
/// use referral_webhooks::platform::{Fault, Setting};
/// use referral_webhooks::{Contract, Forbidden};
///
/// const NEVER: &[Forbidden] = &[Forbidden::new(500..=599, "is final")];
/// let contradiction = Contract::builder().never(NEVER).try_build().unwrap_err();
/// assert_eq!((contradiction.setting(), contradiction.fault()), (Setting::Transient, Fault::IsForbidden));
/// assert_eq!(contradiction.to_string(), "contract: `transient` is a forbidden status, see `never`");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contradiction {
    setting: Setting,
    fault: Fault,
}

/// A setting of a [`Contract`](crate::Contract).
///
/// ```
/// use referral_webhooks::platform::Setting;
///
/// assert_eq!(Setting::CountsAsSuccess.as_str(), "counts_as_success");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// [`Contract::success`](crate::Contract::success).
    Success,
    /// [`Contract::counts_as_success`](crate::Contract::counts_as_success).
    CountsAsSuccess,
    /// [`Contract::transient`](crate::Contract::transient).
    Transient,
    /// [`Contract::retry_after`](crate::Contract::retry_after).
    RetryAfter,
    /// [`Contract::unproven`](crate::Contract::unproven).
    Unproven,
    /// [`Contract::undecided`](crate::Contract::undecided).
    Undecided,
    /// [`Contract::stale`](crate::Contract::stale).
    Stale,
    /// [`Contract::never`](crate::Contract::never).
    Never,
    /// [`Contract::deadline`](crate::Contract::deadline).
    Deadline,
    /// [`Retries::offsets`](crate::Retries::offsets).
    Offsets,
    /// [`Retries::then_every`](crate::Retries::then_every).
    ThenEvery,
    /// [`Retries::end`](crate::Retries::end).
    End,
    /// [`Contract::retries_on`](crate::Contract::retries_on).
    RetriesOn,
    /// [`Contract::redelivery`](crate::Contract::redelivery).
    Redelivery,
    /// [`Contract::disabling`](crate::Contract::disabling).
    Disabling,
    /// [`Contract::removal`](crate::Contract::removal).
    Removal,
    /// [`Contract::acknowledges`](crate::Contract#structfield.acknowledges).
    Acknowledges,
}

/// The fault of a setting.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks::platform::Fault;
/// use referral_webhooks::{Contract, Retries};
///
/// const OFFSETS: &[Duration] = &[Duration::from_secs(60), Duration::from_secs(30)];
/// let contradiction = Contract::builder().retries(Retries::at(OFFSETS)).try_build().unwrap_err();
/// assert_eq!(contradiction.fault(), Fault::NotIncreasing);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A status outside 100 to 599.
    NotAStatus,
    /// A range without a status, because its end is before its start.
    EmptyRange,
    /// Two ranges with a status in common, and so two effects of one status.
    Overlapping,
    /// A success other than 200, the status that [`Reply::Accepted`](crate::Reply::Accepted) has at every platform.
    NotOk,
    /// A status for a refused request outside 400 to 599.
    NotARefusal,
    /// A success that does not count as one.
    NotCounted,
    /// A status for a refused request that counts as success.
    Counted,
    /// A status that must not be sent.
    IsForbidden,
    /// A harmful status that is not forbidden.
    NotForbidden,
    /// The status that asks for a retry leads to none.
    NotRetried,
    /// A status for a refused request that also answers a question.
    IsADecision,
    /// A question whose answers have the same status.
    SameAnswers,
    /// A time or step of zero.
    Zero,
    /// Offsets that decrease or repeat.
    NotIncreasing,
    /// An end before the last attempt, or before the first step after it.
    BeforeTheLastAttempt,
    /// A step after the last offset although that is the end.
    AfterTheEnd,
    /// A time to wait that is longer than the platform retries.
    LongerThanRetries,
    /// An event without a name.
    EmptyName,
    /// Two meanings of one event.
    TwoMeanings,
}

impl Contradiction {
    pub(super) const fn new(setting: Setting, fault: Fault) -> Self {
        Self { setting, fault }
    }

    /// Returns the setting.
    ///
    /// ```
    /// use referral_webhooks::Contract;
    /// use referral_webhooks::platform::Setting;
    ///
    /// let contradiction = Contract::builder().transient(200).try_build().unwrap_err();
    /// assert_eq!(contradiction.setting(), Setting::Transient);
    /// ```
    #[must_use]
    pub const fn setting(&self) -> Setting {
        self.setting
    }

    /// Returns the fault.
    ///
    /// ```
    /// use referral_webhooks::Contract;
    /// use referral_webhooks::platform::Fault;
    ///
    /// assert_eq!(Contract::builder().transient(700).try_build().unwrap_err().fault(), Fault::NotAStatus);
    /// ```
    #[must_use]
    pub const fn fault(&self) -> Fault {
        self.fault
    }

    /// Panics with the text of `Display`, in constants too.
    #[track_caller]
    pub(in crate::platform) const fn panic(&self) -> ! {
        let text = Text::EMPTY.and("contract: `").and(self.setting.as_str()).and("` ").and(self.fault.as_str());
        panic!("{}", text.as_str())
    }
}

impl Setting {
    /// Returns the setting's name, as in the code.
    ///
    /// ```
    /// assert_eq!(referral_webhooks::platform::Setting::Offsets.as_str(), "retries.offsets");
    /// ```
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::CountsAsSuccess => "counts_as_success",
            Self::Transient => "transient",
            Self::RetryAfter => "retry_after",
            Self::Unproven => "unproven",
            Self::Undecided => "undecided",
            Self::Stale => "stale",
            Self::Never => "never",
            Self::Deadline => "deadline",
            Self::Offsets => "retries.offsets",
            Self::ThenEvery => "retries.then_every",
            Self::End => "retries.end",
            Self::RetriesOn => "retries_on",
            Self::Redelivery => "redelivery",
            Self::Disabling => "disabling",
            Self::Removal => "removal",
            Self::Acknowledges => "acknowledges",
        }
    }
}

impl Fault {
    /// Returns the fault in words, to be read after the name of the setting.
    ///
    /// ```
    /// assert_eq!(referral_webhooks::platform::Fault::Zero.as_str(), "is zero");
    /// ```
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotAStatus => "is outside 100 to 599",
            Self::EmptyRange => "is an empty range",
            Self::Overlapping => "has two effects of one status",
            Self::NotOk => "is not 200, the status of every accepted delivery",
            Self::NotARefusal => "is outside 400 to 599, and so refuses no request",
            Self::NotCounted => "is not a success, see `counts_as_success`",
            Self::Counted => "is a success, see `counts_as_success`",
            Self::IsForbidden => "is a forbidden status, see `never`",
            Self::NotForbidden => "is not a forbidden status, see `never`",
            Self::NotRetried => "leads to no retry, see `retries_on`",
            Self::IsADecision => "also answers a question, see `acknowledges`",
            Self::SameAnswers => "has the same status for yes and no",
            Self::Zero => "is zero",
            Self::NotIncreasing => "do not increase",
            Self::BeforeTheLastAttempt => "is before the last attempt",
            Self::AfterTheEnd => "is after the end of the retries",
            Self::LongerThanRetries => "is longer than the platform retries",
            Self::EmptyName => "has an event without a name",
            Self::TwoMeanings => "has two meanings of one event",
        }
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "contract: `{}` {}", self.setting.as_str(), self.fault.as_str())
    }
}

impl std::error::Error for Contradiction {}

/// A text that can be put together in a constant.
struct Text {
    bytes: [u8; 128],
    length: usize,
}

impl Text {
    const EMPTY: Self = Self { bytes: [0; 128], length: 0 };

    const fn and(mut self, piece: &str) -> Self {
        let mut at = 0;
        while at < piece.len() {
            self.bytes[self.length] = piece.as_bytes()[at];
            (self.length, at) = (self.length + 1, at + 1);
        }
        self
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "contract: a contradiction",
        }
    }
}
