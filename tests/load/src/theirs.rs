//! Redpin's referral as one would write it with serde alone: the same members as owned strings.

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct ReferralCreated {
    pub(crate) status: String,
    referral_id: Option<String>,
    partner_id: Option<String>,
    customer_id: Option<String>,
    failure_message: Option<String>,
    referral_date: Option<String>,
    registration_date: Option<String>,
    first_trade_date: Option<String>,
    customer_type: Option<String>,
    additional_details: Option<AdditionalDetails>,
    company: Option<Company>,
    contact: Option<Contact>,
}

#[derive(Serialize, Deserialize)]
struct AdditionalDetails {
    client_reference_id: Option<String>,
    service_required: Option<String>,
    country_moving_to: Option<String>,
    ccy_pair: Option<String>,
    etv: Option<String>,
    partner_id: Option<String>,
    enquiry_notes: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Company {
    name: Option<String>,
    registration_number: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Contact {
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    phone_number: Option<String>,
    mobile_number: Option<String>,
    date_of_birth: Option<String>,
    address: Option<Address>,
}

#[derive(Serialize, Deserialize)]
struct Address {
    street: Option<String>,
    city: Option<String>,
    country: Option<String>,
    state: Option<String>,
    post_code: Option<String>,
}

#[cfg(test)]
mod tests {
    use referral_webhooks::platform::Platform as _;
    use referral_webhooks::platform::redpin::{Event, Redpin};

    use super::*;
    use crate::requests::BODY;

    #[test]
    fn both_read_the_same_of_the_same_body() {
        let Event::ReferralCreated(ours) = Redpin.decode(&BODY.into()) else { panic!("another event") };
        let theirs: ReferralCreated = serde_json::from_str(BODY).unwrap();
        assert_eq!(serde_json::to_value(&ours).unwrap(), serde_json::to_value(&theirs).unwrap());
    }
}
