//! Redpin's referral as one would write it with serde alone: the members of ours, owned strings.

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(tag = "event_name")]
#[expect(clippy::large_enum_variant, reason = "as in the event that it mirrors")]
pub(crate) enum Tagged {
    #[serde(rename = "REFERRAL_CREATED")]
    ReferralCreated(ReferralCreated),
    #[serde(rename = "CUSTOMER STATUS")]
    CustomerStatus { customer_id: String },
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ReferralCreated {
    status: String,
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
