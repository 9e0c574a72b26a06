//! Requests that give no reason to name an accident.

use referral_webhooks_fixtures::{Expected, of_platform};

use super::made::{Made, PLATFORMS, SECRET, Signs, explained, explained_of, made, proven, secret_of};
use super::{bodies, secrets};
use crate::scheme::{SchemeName, Settings};
use crate::sender::Sender;

/// Returns the bodies of a platform's genuine fixtures.
fn genuine_bodies(platform: &str) -> Vec<Vec<u8>> {
    let fixtures = of_platform(platform).filter(|fixture| matches!(fixture.expected, Expected::Event(_)));
    fixtures.map(|fixture| fixture.request.body().to_vec()).collect()
}

#[test]
fn a_genuine_request_has_no_accident() {
    for (platform, signs) in PLATFORMS {
        let made = made(platform, signs, bodies::RICH.as_bytes());
        let explanation = explained(&made, made.secret.as_bytes());
        let object = explanation.object();
        assert_eq!(proven(&explanation), Some(Vec::new()), "{platform}: {object}");
        assert_eq!(object["accepted"], true, "{platform}: {object}");
        assert_eq!(object["suspected"].as_array().map(Vec::len), Some(0), "{platform}: {object}");
    }
}

#[test]
fn a_wrong_secret_accuses_no_one() {
    // Without optimisation, every fourth platform is tried, because a search without a result is the longest.
    for (platform, signs) in PLATFORMS.into_iter().step_by(if cfg!(debug_assertions) { 4 } else { 1 }) {
        let wrong = match signs {
            Signs::Svix => "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned(),
            Signs::Jws => Sender::platform(platform).expect("it is a platform").scheme.secret_from(&[4; 32]),
            _ => "7f1e9a3c5b8d4e2f6a0c1b3d5e7f9a2c".to_owned(),
        };
        // A body token is another one in a genuine body.
        let bodies = if signs == Signs::BodyToken { Vec::new() } else { genuine_bodies(platform) };
        for (number, body) in bodies.iter().take(2).chain([&bodies::RICH.into()]).enumerate() {
            let made = made(platform, signs, body);
            let explanation = explained(&made, wrong.as_bytes());
            let object = explanation.object();
            assert_eq!(proven(&explanation), None, "{platform} {number}: {object}");
            assert_eq!(object["suspected"].as_array().map(Vec::len), Some(0), "{platform} {number}: {object}");
            assert_eq!(object["complete"], true, "{platform} {number}: {object}");
            let conclusion = object["conclusion"].as_str().unwrap_or_default();
            if object["kind"] == "signature-mismatch" {
                assert!(conclusion.contains("cannot be told apart"), "{platform} {number}: {object}");
            } else {
                assert!(!conclusion.contains("body"), "{platform} {number}: a token proves no body: {object}");
            }
        }
    }
}

/// A changed body without a trace, and a wrong secret, have the same explanation.
#[test]
fn a_wrong_secret_and_a_changed_body_are_not_told_apart() {
    for (platform, signs) in PLATFORMS {
        if matches!(signs, Signs::UrlToken | Signs::BodyToken | Signs::Jws) {
            continue;
        }
        let genuine = made(platform, signs, bodies::RICH.as_bytes());
        let secret = genuine.secret.clone();
        let changed = Made { body: bodies::RICH.replace("12", "13").into(), ..genuine };
        let wrong = made(platform, signs, bodies::RICH.as_bytes());
        let other = if signs == Signs::Svix {
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
        } else {
            "7f1e9a3c5b8d4e2f6a0c1b3d5e7f9a2c"
        };
        let (changed, wrong) = (explained(&changed, secret.as_bytes()), explained(&wrong, other.as_bytes()));
        assert_eq!(changed.object(), wrong.object(), "{platform}");
    }
}

#[test]
fn an_accident_that_cannot_be_undone_is_suspected() {
    let rows: [(&str, &str, &str); 9] = [
        ("body-cut", r#"{"event":"user.invited","user":{"name":"Jo"#, SECRET),
        ("body-empty", "", SECRET),
        ("body-printed", "[object Object]", SECRET),
        ("body-printed", "{event=user.invited, user={name=Ottilie}}", SECRET),
        ("body-printed", "map[event:user.invited user:map[name:Ottilie]]", SECRET),
        ("body-printed", "<Buffer 7b 22 65 76 ... 70 more bytes>", SECRET),
        ("body-characters", "{\"name\":\"Jos\u{fffd}\"}", SECRET),
        ("body-order", r#"{"a":1,"amount":12,"event":"x","user":{"email":"a","name":"b"}}"#, SECRET),
        ("secret-short", bodies::RICH, "d2c4e8b1f0"),
    ];
    for (name, body, secret) in rows {
        let genuine = made(
            "prefinery",
            PLATFORMS[6].1,
            br#"{"event":"x","user":{"name":"b","email":"a"},"a":1.0,"amount":12.0,"n":[1.10,1e2]}"#,
        );
        let explanation = explained(&Made { body: body.into(), ..genuine }, secret.as_bytes());
        let object = explanation.object();
        assert_eq!(proven(&explanation), None, "{name}: {object}");
        let suspected: Vec<_> =
            object["suspected"].as_array().into_iter().flatten().map(|it| &it["accident"]).collect();
        assert_eq!(suspected, [name], "{object}");
        let sentences = explanation.sentences().join("\n");
        assert!(sentences.contains(&format!("{name} (suspected, not proven)")), "{sentences}");
    }
}

#[test]
fn schemes_alone_and_profiles_have_the_same_accidents() {
    let settings = |text: &str| toml::from_str::<Settings>(text).expect("these are settings");
    let token = Made {
        platform: "header-token",
        secret: SECRET.to_owned(),
        uri: "/".to_owned(),
        headers: vec![("authorization".to_owned(), format!("\"Token {SECRET}\""))],
        body: b"{}".to_vec(),
    };
    let sender = Sender::scheme(SchemeName::HeaderToken, &settings("header = \"authorization\"\nprefix = \"Bearer \""))
        .expect("it is a scheme");
    let explanation = explained_of(sender, &token, format!("export T='{SECRET}'").as_bytes());
    let want = ["header-quoted", "header-prefix", "secret-assignment", "secret-quotes"].map(str::to_owned);
    assert_eq!(proven(&explanation), Some(want.to_vec()), "{}", explanation.object());

    let plain =
        Sender::scheme(SchemeName::BodyHmac, &settings("header = \"x-webhook-signature\"")).expect("it is a scheme");
    let made = made("firstpromoter", PLATFORMS[1].1, bodies::RICH.as_bytes());
    for secrets::Row(name, want, file) in secrets::ROWS {
        let explanation = explained_of(plain.clone(), &made, &file(&secret_of("firstpromoter", PLATFORMS[1].1)));
        let mut found = proven(&explanation).unwrap_or_default();
        let mut want = want.to_vec();
        found.sort_unstable();
        want.sort_unstable();
        assert_eq!(found, want, "{name}: {}", explanation.object());
    }
}

/// No control character of a name or a value reaches a terminal.
#[test]
fn hostile_text_has_no_control_characters_in_an_explanation() {
    let hostile = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\r\n";
    let json = serde_json::to_string(hostile).expect("it is JSON");
    let bodies = [
        format!("{{{json}:{}}}", serde_json::to_string(bodies::RICH).expect("it is JSON")),
        format!("{}=%7B%22a%22%3A1%7D", hostile.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>()),
        format!("{{\"a\":{json}}}"),
        hostile.to_owned(),
    ];
    for body in bodies {
        for signed in [&body, bodies::RICH, r#"{"a":1}"#, hostile] {
            let made = Made { body: body.clone().into(), ..made("prefinery", PLATFORMS[6].1, signed.as_bytes()) };
            for file in [
                SECRET.to_owned(),
                format!("{{{json}:\"{SECRET}\"}}"),
                format!("{hostile}={SECRET}"),
                hostile.to_owned(),
            ] {
                let explanation = explained(&made, file.as_bytes());
                let mut printed = Vec::new();
                explanation.print(&mut anstream::StripStream::new(&mut printed)).expect("memory can be written");
                let printed = String::from_utf8(printed).expect("it is text");
                for text in [printed, explanation.object().to_string(), explanation.sentences().join("\n")] {
                    let is_hostile = |it: char| it.is_control() && it != '\n' || it == '\u{202e}';
                    assert!(!text.contains(is_hostile), "{body:?} {file:?}: {text:?}");
                    assert!(!text.contains(SECRET), "{body:?} {file:?}: the secret is shown");
                }
            }
        }
    }
}
