//! Accidents of the signed time.

use bytes::Bytes;
use referral_webhooks::ErrorKind;

use super::accident::Accident;
use super::fit::Fit;
use crate::inquiry::Inquiry;

/// Returns the accident of the signed time of a request whose proof is valid.
pub(super) fn accident(fit: &Fit, inquiry: &Inquiry) -> Option<Accident> {
    let sender = &fit.route.repaired.sender;
    let tolerance = inquiry.tolerance.unwrap_or(sender.tolerance);
    let verifier = fit.key.repaired.verifier(sender.scheme.clone()).ok()?.with_tolerance(tolerance);
    let request = fit.route.repaired.request(&fit.body.repaired);
    let age = match verifier.verify(&request, inquiry.now) {
        Err(error) if error.kind() == ErrorKind::TooNew && error.age().is_none() => {
            let what = "the signed time is in milliseconds, and this scheme's is in seconds";
            let help = "if the sender is yours, sign seconds; otherwise contact the platform's support";
            return Some(Accident::new("milliseconds", what, help));
        }
        Err(error) if error.kind() == ErrorKind::TooOld && error.age().is_none() => {
            let what = "the signed time is in seconds, and this scheme's is in milliseconds";
            let help = "if the sender is yours, sign milliseconds; otherwise contact the platform's support";
            return Some(Accident::new("seconds", what, help));
        }
        Err(error) => error.age()?,
        Ok(verified) => {
            // Some platforms sign a time in the body.
            let payload = Bytes::from(verified.payload().into_owned());
            let signed_at = sender.signed_at(&payload).filter(|_| verified.signed_at().is_none())?;
            let age = inquiry.now.unix_timestamp() - signed_at.unix_timestamp();
            let allowed = if age < 0 { tolerance.future() } else { tolerance.past() };
            (age.unsigned_abs() > allowed.as_secs()).then_some(age)?
        }
    };
    let (direction, allowed) = if age < 0 { ("after", tolerance.future()) } else { ("before", tolerance.past()) };
    let (seconds, allowed) = (age.unsigned_abs(), allowed.as_secs());
    let what = format!("it was signed {seconds} s {direction} the time at which it came; {allowed} s are allowed");
    let help = "set this machine's clock (NTP) and give `--now` as the time at which it came; if both are right, it is \
                a late retry or a replay";
    Some(Accident::new("clock", &what, help))
}
