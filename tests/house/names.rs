//! The text of a person, or of another object of the platform, cannot change the kind of an event.

mod known;
mod mistaken;

use std::collections::BTreeSet;

use bytes::Bytes;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::platform::{self, Platform, Visit};
use serde_json::{Value, json};

use self::known::{FREE, Names, names};
use crate::fixtures::{of, report};

/// Returns the event's variant.
fn variant<P: Platform + Default>(body: &str) -> String {
    let event = serde_json::to_value(P::default().decode(&Bytes::copy_from_slice(body.as_bytes()))).unwrap();
    let variant = |event: &Value| event.as_object().unwrap().keys().next().unwrap().clone();
    match event["Batch"]["events"].as_array() {
        // A body that holds several events has the variant of its first event.
        Some(events) => events.first().map_or_else(|| variant(&event), variant),
        None => variant(&event),
    }
}

/// Returns the bodies of a platform's fixtures that are events.
fn bodies<P: Platform + Default>() -> Vec<Value> {
    let bodies = of(P::default().facts().name)
        .filter_map(|fixture| serde_json::from_slice::<Value>(fixture.request.body()).ok());
    let mut bodies: Vec<Value> =
        bodies.filter(|body| body.is_object() && variant::<P>(&body.to_string()) != "Other").collect();
    bodies.sort_by_cached_key(Value::to_string);
    bodies.dedup();
    assert!(bodies.len() > 4, "{}: {} bodies", P::default().facts().name, bodies.len());
    bodies
}

/// Collects JSON pointers to all values in a body, and to the body.
fn places(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(list) => {
            for (position, member) in list.iter().enumerate() {
                places(member, format!("{place}/{position}"), found);
            }
        }
        _ => {}
    }
    found.push(place);
}

#[test]
fn a_known_name_in_another_member_does_not_change_the_event() {
    struct Filled(Vec<String>, usize);
    impl Visit for Filled {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let Names { certain, uncertain, known } = names(P::default().facts().name);
            let is_text = |body: &Value, members: &[&str]| {
                members.iter().any(|member| body.pointer(&format!("/{member}")).is_some_and(Value::is_string))
            };
            for body in bodies::<P>() {
                let right = variant::<P>(&body.to_string());
                let mut everywhere = Vec::new();
                places(&body, String::new(), &mut everywhere);
                let texts = everywhere.iter().filter(|place| body.pointer(place).is_some_and(Value::is_string));
                let objects = everywhere.iter().filter(|place| body.pointer(place).is_some_and(Value::is_object));
                let mut fillings: Vec<(String, &str)> = texts.map(|place| (place.clone(), "")).collect();
                for object in objects {
                    fillings.extend(FREE.iter().map(|member| (object.clone(), *member)));
                }
                // A platform with many names has many bodies, so that each place gets a few of the names in turn.
                let few = if known.len() > 20 { 4 } else { known.len() };
                let mut turn = known.iter().cycle();
                for (place, member) in fillings {
                    let filled = format!("{place}/{member}");
                    let filled = filled.trim_end_matches('/');
                    let top = filled[1..].split('/').collect::<Vec<_>>();
                    let is_one_of = |members: &[&str]| members.contains(&&filled[1..]);
                    // The member that names the event, or that would name it.
                    let is_named = body.pointer(filled).is_some_and(Value::is_string);
                    let names_it = is_one_of(certain) && (!is_text(&body, certain) || is_named);
                    if names_it || is_one_of(uncertain) && !is_text(&body, certain) {
                        continue;
                    }
                    for name in turn.by_ref().take(few) {
                        let mut body = body.clone();
                        match (body.pointer_mut(&place).unwrap(), member) {
                            (text, "") => *text = Value::from(*name),
                            (object, member) if object[member].is_object() || object[member].is_array() => continue,
                            (object, member) => object[member] = Value::from(*name),
                        }
                        self.1 += 1;
                        let got = variant::<P>(&body.to_string());
                        let is_unread = got == "Other" && (FREE.contains(top.last().unwrap()) || top.len() == 1);
                        if got != right && !is_unread {
                            self.0.push(format!(
                                "{} is read as {got} instead of {right}: {body}",
                                P::default().facts().name
                            ));
                        }
                    }
                }
            }
        }
    }
    let mut filled = Filled(Vec::new(), 0);
    platform::visit_all(&mut filled);
    report(filled.0);
    assert!(filled.1 > 20_000, "only {} bodies were filled", filled.1);
}

/// Returns the members of an event, without its name: in an envelope, and flat.
fn records(platform: &str) -> Vec<Value> {
    match platform {
        "firstpromoter" => vec![json!({"event_id": "e", "entity_id": 7, "data": {"id": 7, "status": "approved"}})],
        "genius-referrals" => vec![
            json!({"data": {"id": 7, "token": "t", "email": "e", "advocate_token": "t"}}),
            json!({"id": 7, "token": "t", "email": "e", "advocate_token": "t"}),
            json!({"data": {"bonus": {"id": 7}, "referral": {"advocate_token": "t"}}}),
        ],
        "prefinery" => vec![
            json!({"data": {"id": 7, "user_id": 8}}),
            json!({"id": 7, "user_id": 8}),
            json!({"tester": {"id": 7}, "reward": {"id": 7}, "points": {"id": 7}}),
            json!({"id": 7, "tester": {"id": 7}, "reward": {"id": 7}, "points": {"id": 7}}),
        ],
        "redpin" => vec![
            json!({"status": "CREATED", "payment_id": "p", "event_id": "e", "customer_id": "c", "unique_identifier": "u",
                "client_customer_ref": "r"}),
        ],
        "refersion" => vec![
            json!({"id": 7, "status": "APPROVED", "commission_total": "1", "offer": {"id": 1}, "order_id": "o"}),
            json!({"id": 7, "code": "c", "offer": {"id": 1}}),
            json!({"data": {"affiliates": {"7": {"id": 7}}}}),
        ],
        "refir" => vec![
            json!({"newLead": {"leadId": "1"}, "referrer": {"leadId": "2"}}),
            json!({"data": {"newLead": {"leadId": "1"}, "referrer": {"leadId": "2"}}}),
        ],
        "referral-rocket" => vec![json!({"createdAt": 1, "data": {"participantId": 1}})],
        "saasquatch" => {
            vec![json!({"id": "1", "tenantAlias": "t", "live": true, "created": 1, "data": {"id": "2"}})]
        }
        "dub" => vec![json!({"id": "e", "data": {"id": "d", "amount": 1, "earnings": 1, "customer": {"id": "c"},
            "sale": {"amount": 1}, "link": {"id": "l"}, "sourcePartner": {"id": "p"}, "targetPartner": {"id": "q"}}})],
        "rewardful" => vec![json!({"event": {"id": "e"}, "object": {"id": "o", "amount": 1}})],
        "loyaltylion" => {
            let members = json!({"customer": {}, "referring_customer": {}, "referred_customer": {}, "transaction": {},
                "reward_id": 1, "reward_identifier": "r", "customer_id": 2});
            vec![
                json!({"id": "e", "payload": {"properties": members}}),
                json!({"id": "e", "payload": members}),
                serde_json::from_str(&with(&members, &[("id", json!("e")), ("payload", json!({}))])).unwrap(),
            ]
        }
        "talkable" => {
            vec![json!({"site": "s", "payload": {"reward": {"id": 7}, "coupon_code": "c", "person": {}}})]
        }
        "friendbuy" => {
            vec![json!({"data": [{"rewardId": "1", "eventId": "2", "receiptId": "3", "transactionId": "4"}]})]
        }
        "growsurf" => vec![
            json!({"createdAt": 1, "data": {"id": "1", "participant": {"id": "1"}, "reward": {"id": "1", "approved": true},
                "commission": {"id": "1"}, "adjustment": {"adjustedAt": 1}, "adjustedCommission": {"id": "1"},
                "payout": {"id": "1"}, "campaign": {"id": "1"}}}),
        ],
        "tolt" => vec![json!({"data": {"id": "1"}, "timestamp": "2026-01-15T10:30:00.000Z"})],
        unknown => panic!("{unknown} has no records"),
    }
}

fn with(record: &Value, members: &[(&str, Value)]) -> String {
    let mut body = record.clone();
    for (member, value) in members {
        let place = member.split('/').fold(&mut body, |object, name| &mut object[name]);
        *place = value.clone();
    }
    body.to_string()
}

#[test]
fn contradicting_names_give_other_or_the_certain_event() {
    struct Pairs(Vec<String>, usize);
    impl Visit for Pairs {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let Names { certain, uncertain, known } = names(P::default().facts().name);
            let mut demand = |body: &str, wanted: &[&str]| {
                self.1 += 1;
                let got = variant::<P>(body);
                if !wanted.contains(&got.as_str()) {
                    self.0
                        .push(format!("{} is read as {got} instead of {wanted:?}: {body}", P::default().facts().name));
                }
            };
            let mut read = BTreeSet::new();
            for record in records(P::default().facts().name) {
                let alone = |member: &str, name: &str| variant::<P>(&with(&record, &[(member, name.into())]));
                let wrongs = known.iter().cycle().skip(1).zip(known.iter().cycle().skip(known.len() / 2));
                for (right, wrong) in known
                    .iter()
                    .zip(wrongs)
                    .flat_map(|(right, (one, two))| [right, one, two].map(|wrong| (*right, *wrong)))
                {
                    for (position, place) in certain.iter().enumerate() {
                        let own = alone(place, right);
                        let own = own.as_str();
                        read.insert(own.to_owned());
                        for other in &certain[position + 1..] {
                            for (first, second) in [(right, wrong), (wrong, right)] {
                                let body = with(&record, &[(place, first.into()), (other, second.into())]);
                                demand(&body, if right == wrong { std::slice::from_ref(&own) } else { &["Other"] });
                            }
                        }
                        // A known name does not replace an unknown name or another type in a more certain member.
                        for other in uncertain.iter().chain(&certain[position + 1..]) {
                            let is_certain = certain.contains(other);
                            demand(
                                &with(&record, &[(place, right.into()), (other, wrong.into())]),
                                &[if is_certain && right != wrong { "Other" } else { own }],
                            );
                            for unknown in [
                                json!("signed_up"),
                                json!(""),
                                json!(7),
                                json!(true),
                                json!([right]),
                                json!({"name": right}),
                            ] {
                                demand(&with(&record, &[(place, unknown.clone()), (other, wrong.into())]), &["Other"]);
                            }
                        }
                    }
                    for (position, place) in uncertain.iter().enumerate() {
                        for other in &uncertain[position + 1..] {
                            for (first, second) in [(right, wrong), (wrong, right)] {
                                if right == wrong {
                                    continue;
                                }
                                let body = with(&record, &[(place, first.into()), (other, second.into())]);
                                // A person's `name` does not contradict a flat record's `type`.
                                let is_flat =
                                    *other == "name" && P::default().facts().name == GeniusReferrals.facts().name;
                                let own = if is_flat { alone(place, first) } else { "Other".to_owned() };
                                demand(&body, &[&own, "Other"]);
                            }
                        }
                    }
                }
            }
            assert!(certain.is_empty() || read.len() > 2, "{}: the records are {read:?}", P::default().facts().name);
        }
    }
    let mut pairs = Pairs(Vec::new(), 0);
    platform::visit_all(&mut pairs);
    report(pairs.0);
    assert!(pairs.1 > 10_000, "only {} pairs", pairs.1);
}

#[test]
fn a_misspelled_or_repeated_name_gives_other() {
    struct Otherwise(Vec<String>);
    impl Visit for Otherwise {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let Names { certain, uncertain, known } = names(P::default().facts().name);
            // Genius Referrals publishes no names, so that one word in any letter case identifies a name.
            let is_by_word = P::default().facts().name == GeniusReferrals.facts().name;
            for record in records(P::default().facts().name) {
                for (place, name) in
                    certain.iter().chain(uncertain).flat_map(|place| known.iter().map(move |name| (*place, *name)))
                {
                    let mut bodies = vec![
                        with(&record, &[(place, json!({"name": name}))]),
                        with(&record, &[(place, json!([name]))]),
                        format!(r#"{{"{place}":"{name}","{place}":"{name}",{}"#, &record.to_string()[1..]),
                        format!(r#"{{"{place}":"x","{place}":"{name}",{}"#, &record.to_string()[1..]),
                    ];
                    if !is_by_word {
                        let case = |upper: bool| if upper { name.to_uppercase() } else { name.to_lowercase() };
                        let others = [
                            format!(" {name}"),
                            format!("{name} "),
                            format!("{name}\n"),
                            format!("{name}\0"),
                            case(true),
                            case(false),
                        ];
                        let others = others.iter().filter(|other| *other != name);
                        bodies.extend(others.map(|other| with(&record, &[(place, other.as_str().into())])));
                    }
                    // An event that is identified by its shape alone ignores a member that it does not know.
                    let own = variant::<P>(&record.to_string());
                    let is_certain = certain.contains(&place) || P::default().facts().name == Refir.facts().name;
                    for body in bodies {
                        let got = variant::<P>(&body);
                        if got != "Other" && (is_certain || got != own) {
                            self.0.push(format!("{} is read as {got}: {body}", P::default().facts().name));
                        }
                    }
                }
            }
        }
    }
    let mut otherwise = Otherwise(Vec::new());
    platform::visit_all(&mut otherwise);
    report(otherwise.0);
}

#[test]
fn a_misspelled_member_overrules_an_uncertain_name() {
    struct Spelled(Vec<String>, usize);
    impl Visit for Spelled {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let Names { certain, uncertain, known } = names(P::default().facts().name);
            let spellings = [
                "Event",
                "EVENT",
                "event-type",
                "EventType",
                "event type",
                "Event_Name",
                "eventname",
                "webhookEvent",
                "WEBHOOK-EVENT",
                "Action",
                "TOPIC",
                "Type",
                "\\u0045vent",
            ];
            for record in records(P::default().facts().name) {
                let mut demand = |event: &Value, is_certain: bool| {
                    let own = variant::<P>(&event.to_string());
                    for (spelling, value) in spellings.iter().flat_map(|spelling| {
                        ["\"signed_up\"", "\"\"", "7", "{}", "null"].map(|value| (*spelling, value))
                    }) {
                        self.1 += 1;
                        let body = format!(r#"{{"{spelling}":{value},{}"#, &event.to_string()[1..]);
                        let got = variant::<P>(&body);
                        if got != if is_certain || value == "null" { own.as_str() } else { "Other" } {
                            self.0.push(format!("{} is read as {got}: {body}", P::default().facts().name));
                        }
                    }
                };
                // These platforms document their only member for the name.
                let documented = ["friendbuy", "growsurf", "referral-rocket", "tolt"];
                demand(&record, documented.contains(&P::default().facts().name));
                for name in known {
                    for place in certain.iter().chain(uncertain).filter(|place| **place != "name") {
                        let event = with(&record, &[(place, Value::from(*name))]);
                        demand(&serde_json::from_str(&event).unwrap(), certain.contains(place));
                    }
                }
            }
        }
    }
    let mut spelled = Spelled(Vec::new(), 0);
    platform::visit_all(&mut spelled);
    report(spelled.0);
    assert!(spelled.1 > 10_000, "only {} bodies", spelled.1);
}
