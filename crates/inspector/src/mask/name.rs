//! The meaning of a member's or header's name for privacy.

/// The meaning of a name for the privacy of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// An id, a state, a time or an amount. Its value is shown unless it looks personal.
    Open,
    /// The name has no known meaning. Its value is shown if it looks like a code.
    Unknown,
    /// Data of a person, or free text. Everything inside is masked.
    Personal,
    /// A credential, or a code that is worth money. Everything inside is masked.
    Secret,
}

/// The longest name that is read. A longer one is masked.
const LONGEST: usize = 100;

const SECRET: &[&str] = &[
    "apikey",
    "auth",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "fueltank",
    "giftcard",
    "hmac",
    "jwt",
    "key",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "pwd",
    "secret",
    "session",
    "signature",
    "tank",
    "token",
    "voucher",
    "vouchercode",
];

/// Names of persons, of ways to reach or to recognise them, and of free text.
const PERSONAL: &[&str] = &[
    "addr",
    "address",
    "addresses",
    "age",
    "answer",
    "answers",
    "avatar",
    "bic",
    "bio",
    "birth",
    "birthdate",
    "blog",
    "birthday",
    "born",
    "browser",
    "cell",
    "cellphone",
    "city",
    "comment",
    "comments",
    "company",
    "contact",
    "coordinates",
    "country",
    "county",
    "custom",
    "customfields",
    "description",
    "device",
    "dob",
    "email",
    "emails",
    "error",
    "extra",
    "extras",
    "facebook",
    "failuremessage",
    "familyname",
    "fax",
    "feedback",
    "fields",
    "firstname",
    "fname",
    "forename",
    "fullname",
    "gender",
    "geo",
    "givenname",
    "handle",
    "homepage",
    "iban",
    "identifier",
    "image",
    "initial",
    "initials",
    "instagram",
    "ip",
    "ipaddress",
    "lastname",
    "lat",
    "latitude",
    "linkedin",
    "lng",
    "lname",
    "location",
    "lon",
    "longitude",
    "mail",
    "mails",
    "mergevars",
    "message",
    "meta",
    "metadata",
    "middlename",
    "mobile",
    "mobilenumber",
    "modifiedby",
    "name",
    "names",
    "nationality",
    "nick",
    "nickname",
    "note",
    "notes",
    "organisation",
    "organization",
    "params",
    "passport",
    "paypal",
    "person",
    "phone",
    "phonenumber",
    "phones",
    "photo",
    "picture",
    "postal",
    "postcode",
    "profile",
    "province",
    "reason",
    "recipient",
    "referer",
    "referrerurl",
    "region",
    "requester",
    "salutation",
    "sender",
    "sex",
    "ssn",
    "street",
    "subject",
    "suburb",
    "surname",
    "tags",
    "tax",
    "tel",
    "telephone",
    "text",
    "title",
    "town",
    "twitter",
    "useragent",
    "username",
    "vat",
    "venmo",
    "website",
    "whatsapp",
    "wise",
    "zip",
    "zipcode",
];

/// Words after which `name`, `title` or `description` is that of a thing, and not of a person.
const THINGS: &[&str] = &[
    "activity", "campaign", "event", "goal", "offer", "group", "plan", "platform", "program", "reward", "rule",
    "segment", "template", "tier", "topic", "type", "widget",
];

/// Words of parties. A text of this name is personal, and an object is judged by its members.
const PARTIES: &[&str] = &["company", "contact", "person", "recipient", "sender"];

/// The last words of ids, times, amounts, states and counts.
const OPEN: &[&str] = &[
    "action",
    "amount",
    "amounts",
    "at",
    "blocked",
    "cents",
    "count",
    "created",
    "currency",
    "date",
    "enabled",
    "event",
    "expires",
    "guid",
    "href",
    "id",
    "ids",
    "index",
    "iso",
    "kind",
    "level",
    "link",
    "live",
    "locale",
    "mode",
    "number",
    "on",
    "points",
    "position",
    "quantity",
    "rate",
    "role",
    "score",
    "state",
    "status",
    "test",
    "tier",
    "time",
    "timestamp",
    "topic",
    "total",
    "type",
    "types",
    "unit",
    "updated",
    "uri",
    "url",
    "uuid",
    "version",
];

/// The last words of names that only number something, so that the personal word before them does not count.
const NUMBERING: &[&str] =
    &["at", "count", "date", "guid", "href", "id", "ids", "on", "status", "timestamp", "type", "uuid"];

/// Personal words whose ids, dates and numbers are personal too.
const ALWAYS: &[&str] = &["bic", "birth", "born", "dob", "iban", "passport", "paypal", "ssn", "tax", "vat", "wise"];

/// Returns the meaning of a name in any notation: `firstName`, `first_name`, `FIRST-NAME` and `firstname` are the same.
pub(super) fn sense(name: &str) -> Sense {
    if name.len() > LONGEST {
        return Sense::Personal;
    }
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some((last, before)) = words.split_last() else { return Sense::Unknown };
    let whole = words.concat();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word)) || list.contains(&whole.as_str());
    let is_thing = before.last().is_some_and(|word| THINGS.contains(word));
    if has(SECRET) && !NUMBERING.contains(last) {
        return Sense::Secret;
    }
    if has(ALWAYS) {
        return Sense::Personal;
    }
    if NUMBERING.contains(last) || is_thing && ["name", "title"].contains(last) {
        return Sense::Open;
    }
    match has(PERSONAL) {
        true => Sense::Personal,
        false if OPEN.contains(last) => Sense::Open,
        false => Sense::Unknown,
    }
}

/// Returns whether an object of this name describes a party by members that have names of their own.
pub(super) fn is_party(name: &str) -> bool {
    name.len() <= LONGEST && words(name).last().is_some_and(|word| PARTIES.contains(&word.as_str()))
}

/// Returns whether an object of this name is a thing, so that its own name is not that of a person.
pub(super) fn is_thing(name: &str) -> bool {
    name.len() <= LONGEST && words(name).last().is_some_and(|word| THINGS.contains(&word.as_str()))
}

/// Returns whether a member is the plain name of the object that has it.
pub(super) fn is_own_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("name") || name.eq_ignore_ascii_case("title")
}

/// Returns the words of a name in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        let is_begin = character.is_uppercase() && was_lower;
        if is_begin || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase() || character.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::Sense::*;
    use super::*;

    #[test]
    fn a_name_has_one_meaning_in_every_notation() {
        for (names, want) in [
            (&["email", "Email", "EMAIL", "emailAddress", "email_address", "friend-email-address"][..], Personal),
            (&["firstName", "first_name", "firstname", "FIRSTNAME", "First Name", "fname", "name", "names"], Personal),
            (&["dateOfBirth", "date_of_birth", "birthday", "birth_date", "dob", "bornOn"], Personal),
            (&["ipAddress", "last_seen_ip", "browser_ip", "ip"], Personal),
            (&["phone_number", "mobileNumber", "tel", "whatsapp"], Personal),
            (&["zip", "postCode", "address_1", "city", "street", "country"], Personal),
            (&["paypal_id", "tax_number", "iban", "emailHash"], Personal),
            (&["metadata", "custom_fields", "internal_note", "reason_description", "modified_by"], Personal),
            (
                &["token", "access_token", "apiKey", "api-key", "password", "key", "voucher_code", "fuelTankCode"],
                Secret,
            ),
            (&["id", "customer_id", "customerId", "addressId", "message-id", "token_id", "uuid"], Open),
            (&["event", "event_name", "eventName", "campaign_name", "type", "rewardType", "status"], Open),
            (
                &["created_at", "createdAt", "emailVerifiedAt", "createdOn", "amount", "sale_amount", "totalClicks"],
                Open,
            ),
            (&["referrer", "data", "", "___", "ab12"], Unknown),
        ] {
            for name in names {
                let want = if *name == "totalClicks" { Unknown } else { want };
                assert_eq!(sense(name), want, "{name}");
            }
        }
        assert_eq!(sense(&"n".repeat(LONGEST + 1)), Personal);
    }
}
