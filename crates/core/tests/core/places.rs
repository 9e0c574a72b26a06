//! Precedence among several places for one value.

use bytes::Bytes;
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::refir::Refir;
use serde_json::{Value, json};

#[test]
fn the_leads_own_id_comes_before_the_accounts() {
    let leads = ["newLead", "new_lead", "lead", "newUser", "new_user", "user"];
    let ids = ["leadId", "id", "_id", "userId"];
    let lead = |body: &Value| {
        let event = serde_json::to_value(Refir.decode(&Bytes::from(body.to_string()))).unwrap();
        event["LeadAdded"]["lead"]["id"].clone()
    };
    for (position, place) in leads.iter().enumerate() {
        for later in &leads[position + 1..] {
            let (right, wrong) = (json!({"leadId": "right"}), json!({"leadId": "wrong"}));
            for body in [
                json!({*place: right, *later: wrong}),
                json!({"data": {*place: right, *later: wrong}}),
                json!({*later: wrong, "data": {*place: right}}),
                json!({*place: right, "data": {*later: wrong}}),
            ] {
                assert_eq!(lead(&body), "right", "{body}");
            }
        }
    }
    for (position, id) in ids.iter().enumerate() {
        for later in &ids[position + 1..] {
            for right in [json!("right"), json!(7)] {
                let body = json!({"newUser": {*id: right, *later: "wrong"}});
                assert_eq!(lead(&body), right.as_i64().map_or("right".to_owned(), |id| id.to_string()), "{body}");
            }
            for missing in [Value::Null, json!("")] {
                let body = json!({"newUser": {*id: missing, *later: "right"}});
                assert_eq!(lead(&body), "right", "{body}");
            }
        }
    }
}
