//! `refhook sign`.

use std::process::Output;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::HMAC;
use referral_webhooks_fixtures::{platforms, sample};
use serde_json::Value;

use crate::{file, refhook, run, text};

const SVIX_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TOKEN: &str = "d2c4e8b1f0a94c7e9b3d5a6f";
/// The private key of RFC 7515, appendix A.2.
const JWK: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB","d":"Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ","p":"4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc","q":"uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc","dp":"BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0","dq":"h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU","qi":"IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U"}"#;
const HEX_SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A secret for every scheme. Svix decodes it, and the others use its text.
pub(crate) fn secret(platform: &str) -> &'static str {
    match platform {
        "redpin" | "tolt" => SVIX_SECRET,
        "saasquatch" => JWK,
        _ => TOKEN,
    }
}

/// Runs with these arguments and this secret, and a body or a request as standard input.
fn with_secret(secret: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = refhook(arguments);
    command.args(["--secret-env", "REFHOOK_TEST_SECRET"]).env("REFHOOK_TEST_SECRET", secret);
    run(command, input)
}

/// Returns a signed request as text.
#[track_caller]
fn signed(secret: &str, arguments: &[&str], body: &[u8]) -> Vec<u8> {
    let Output { status, stdout, stderr } = with_secret(secret, &[&["sign"], arguments].concat(), body);
    assert!(status.success(), "{arguments:?}: {}", text(&stderr));
    stdout
}

/// Returns the value of a header, and the body.
fn header<'m>(message: &'m [u8], name: &str) -> (&'m str, &'m [u8]) {
    let end = message.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let mut lines = text(&message[..end]).split("\r\n");
    let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    (line.unwrap_or_else(|| panic!("no `{name}` in {}", text(&message[..end]))), &message[end + 4..])
}

#[test]
fn signed_requests_verify_and_faulty_ones_are_refused() {
    for platform in platforms() {
        let fixture = sample(platform).unwrap();
        let (now, body) = (fixture.now.to_string(), fixture.request.body());
        let bad = |signature, timestamp, body, header| {
            [("signature", signature), ("timestamp", timestamp), ("body", body), ("header", header)]
        };
        let mismatch = Some("signature-mismatch");
        let kinds = match platform {
            "dub" | "firstpromoter" | "friendbuy" | "loyaltylion" | "rewardful" | "genius-referrals" | "refersion"
            | "saasquatch" => bad(mismatch, None, mismatch, Some("missing-header")),
            "refir" | "talkable" => bad(Some("token-mismatch"), None, None, None),
            _ => bad(mismatch, Some("too-old"), mismatch, Some("missing-header")),
        };
        let arguments = ["sign", "--platform", platform, "--at", &now];
        for (part, kind) in [("nothing", None)].into_iter().chain(kinds) {
            let row = format!("{platform}, {part} bad");
            let bad = if part == "nothing" { Vec::new() } else { vec!["--bad", part] };
            let made = with_secret(secret(platform), &[&arguments[..], &bad].concat(), body);
            if part != "nothing" && kind.is_none() {
                assert_eq!(made.status.code(), Some(2), "{row}");
                assert!(text(&made.stderr).contains("help: "), "{row}");
                continue;
            }
            assert!(made.status.success(), "{row}: {}", text(&made.stderr));
            // A private key is a weakness of a receiver.
            assert_eq!(made.stderr.is_empty(), platform != "saasquatch", "{row}: {}", text(&made.stderr));
            let verify = ["verify", "--platform", platform, "--now", &now, "--output", "json"];
            let Output { status, stdout, stderr } = with_secret(secret(platform), &verify, &made.stdout);
            assert_eq!(status.code(), Some(if kind.is_none() { 0 } else { 3 }), "{row}: {}", text(&stderr));
            let line: Value = serde_json::from_slice(&stdout).unwrap();
            assert_eq!(line["kind"].as_str(), kind, "{row}");
            assert!(kind.is_some() || line["reason"].is_null(), "{row}: the sample is understood");
        }
    }
}

#[test]
fn another_implementation_makes_the_same_signatures() {
    let body = br#"{"event":"x"}"#;
    let hex = |tag: [u8; 32]| tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let svix = |id: &str| {
        let signed = [id.as_bytes(), b".1768473000.", &body[..]].concat();
        format!("v1,{}", STANDARD.encode(HMAC::mac(signed, &key)))
    };
    let timed = hex(HMAC::mac([b"1768473000.", &body[..]].concat(), TOKEN));
    let form = b"payload=%7B%22event%22%3A%22x%22%7D";
    for (arguments, secret, name, want) in [
        (&["--platform", "redpin", "--id", "msg_1"][..], SVIX_SECRET, "svix-signature", svix("msg_1")),
        (
            &["--scheme", "svix", "--id", "m", "--variant", "webhook-headers"],
            SVIX_SECRET,
            "webhook-signature",
            svix("m"),
        ),
        (&["--platform", "prefinery"], TOKEN, "x-prefinery-signature", format!("t=1768473000,v1={timed}")),
        (&["--scheme", "timestamped-hmac", "--header", "X-Mine"], TOKEN, "x-mine", format!("t=1768473000,v1={timed}")),
        (&["--scheme", "body-hmac", "--header", "X-Mine"], TOKEN, "x-mine", hex(HMAC::mac(body, TOKEN))),
        (&["--platform", "referral-rocket"], HEX_SECRET, "x-rr-signature", hex(HMAC::mac(body, HEX_SECRET))),
        (
            &["--platform", "referral-rocket", "--variant", "hex-key"],
            HEX_SECRET,
            "x-rr-signature",
            hex(HMAC::mac(body, (0..32).map(|byte| byte % 16 * 17).collect::<Vec<u8>>())),
        ),
        (
            &["--platform", "genius-referrals"],
            TOKEN,
            "x-genius-referrals-signature-256",
            format!("sha256={}", hex(HMAC::mac(body, TOKEN))),
        ),
        (
            &["--platform", "genius-referrals", "--form"],
            TOKEN,
            "x-genius-referrals-signature-256",
            format!("sha256={}", hex(HMAC::mac(form, TOKEN))),
        ),
        (
            &["--platform", "genius-referrals", "--form", "--variant", "form-payload"],
            TOKEN,
            "x-genius-referrals-signature-256",
            format!("sha256={}", hex(HMAC::mac(body, TOKEN))),
        ),
    ] {
        let message = signed(secret, &[arguments, &["--at", "1768473000"]].concat(), body);
        let (signature, sent) = header(&message, name);
        assert_eq!(signature, want, "{arguments:?}");
        assert_eq!(sent, if arguments.contains(&"--form") { &form[..] } else { &body[..] }, "{arguments:?}");
    }
}

#[test]
fn the_signed_message_is_complete() {
    let arguments = ["--platform", "refir", "--to", "https://shop.example:8443/in?x=1"];
    let message = signed(TOKEN, &arguments, b"{}\n\xff");
    let line = text(message.split(|byte| *byte == b'\r').next().unwrap());
    assert_eq!(line, format!("POST /in/{TOKEN}?x=1 HTTP/1.1"));
    assert_eq!(header(&message, "host").0, "shop.example:8443");
    assert_eq!(header(&message, "content-length").0, "4");
    assert_eq!(header(&message, "content-type"), ("application/json", &b"{}\n\xff"[..]));
}

#[test]
fn the_curl_command_sends_the_same_request() {
    let body = b"@it's\n{}";
    let arguments = ["--scheme", "body-hmac", "--header", "x-mine", "--print", "curl", "--to", "http://h/p"];
    let command = signed(TOKEN, &arguments, body);
    // A shell parses the command, because its quotation is meant for one.
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{}", text(&command));
    let Output { stdout, .. } = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    let arguments: Vec<&str> = text(&stdout).split_terminator('\0').collect();
    assert_eq!(arguments[..2], ["-i", "http://h/p"]);
    assert_eq!(arguments[arguments.len() - 2..], ["--data-raw", text(body)]);
    assert!(arguments.iter().any(|argument| argument.starts_with("x-mine: ")), "{arguments:?}");
    let arguments = ["sign", "--scheme", "body-hmac", "--header", "x-mine", "--print", "curl"];
    let Output { status, stderr, .. } = with_secret(TOKEN, &arguments, b"\xff");
    assert_eq!(status.code(), Some(1));
    assert!(text(&stderr).contains("help: "), "{}", text(&stderr));
}

#[test]
fn an_unsignable_request_is_named_with_help() {
    let public = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
    for (arguments, secret, cause) in [
        (&["--platform", "redpin"][..], public, "a public key cannot sign"),
        (&["--platform", "redpin"], "whsec_*", "not standard base64"),
        (&["--platform", "redpin", "--id", "a.b"], SVIX_SECRET, "choose another `--id`"),
        (&["--platform", "redpin", "--at", "-1"], SVIX_SECRET, "choose a later `--at`"),
        (&["--platform", "redpin", "--form"], SVIX_SECRET, "does not support forms"),
        (&["--platform", "redpin", "--variant", "hex-key"], SVIX_SECRET, "it has svix-headers, webhook-headers"),
        (&["--platform", "referral-rocket", "--variant", "hex-key"], "no hexadecimal", "cannot be signed as `hex-key`"),
        (&["--platform", "genius-referrals", "--variant", "form-payload"], TOKEN, "goes with `--form`"),
    ] {
        let Output { status, stdout, stderr } = with_secret(secret, &[&["sign"], arguments].concat(), b"{}");
        assert_eq!(status.code(), Some(2), "{arguments:?}: {}", text(&stderr));
        assert!(text(&stderr).contains(cause) && text(&stderr).contains("help: "), "{}", text(&stderr));
        assert!(stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn body_and_secret_can_be_files() {
    let (secret, body) = (file("sign.secret", format!("{TOKEN}\n")), file("sign.body", "{}"));
    let arguments = ["sign", "--platform", "prefinery", "--secret-file", &secret, "--at", "1768473000"];
    let from_files = refhook(&[&arguments[..], &[&body]].concat()).output().unwrap().stdout;
    assert_eq!(from_files, signed(TOKEN, &["--platform", "prefinery", "--at", "1768473000"], b"{}"));
}
