//! Accidents of bodies.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// An accident of a body: its name here, the names that the doctor must find, the signed body and the received one.
pub(super) struct Row(
    pub(super) &'static str,
    pub(super) &'static [&'static str],
    pub(super) fn() -> Vec<u8>,
    pub(super) fn(&[u8]) -> Vec<u8>,
);

/// JSON with the characters that serialisers treat in different ways.
pub(super) const RICH: &str = concat!(
    r#"{"event":"user.invited","user":{"name":"José <O'Neil> & Söhne + Co","email":"ottilie@example.com","#,
    r#""url":"https://shop.example/ottilie"},"amount":12,"tags":[]}"#
);

/// JSON of ASCII without special characters, and the same as other programs compress it.
const PLAIN: &str =
    r#"{"event":"user.invited","user":{"name":"Ottilie Lovelace","email":"ottilie@example.com"},"amount":12}"#;

fn rich() -> Vec<u8> {
    RICH.into()
}

fn plain() -> Vec<u8> {
    PLAIN.into()
}

fn text(signed: &[u8]) -> String {
    String::from_utf8(signed.to_vec()).expect("it is text")
}

fn unhex(digits: &str) -> Vec<u8> {
    let digits = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("it is text"));
    digits.map(|pair| u8::from_str_radix(pair, 16).expect("it is hexadecimal")).collect()
}

/// Returns what `JSON.parse` and `JSON.stringify` make of these bodies.
fn stringified(_: &[u8]) -> Vec<u8> {
    RICH.into()
}

/// Returns an event of API Gateway with a body.
fn aws(body: &str, is_base64: bool) -> Vec<u8> {
    serde_json::json!({
        "version": "2.0", "routeKey": "POST /hooks", "rawPath": "/hooks", "rawQueryString": "",
        "headers": { "content-type": "application/json", "user-agent": "x" },
        "requestContext": { "http": { "method": "POST", "path": "/hooks" }, "stage": "$default" },
        "body": body, "isBase64Encoded": is_base64,
    })
    .to_string()
    .into()
}

/// Returns a form of one field whose escapes are in this letter case.
fn form(body: &[u8], blank: &str) -> Vec<u8> {
    let escaped = body.iter().map(|byte| match byte {
        b' ' => blank.to_owned(),
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    format!("payload={}", escaped.collect::<String>()).into()
}

const ENDS: &[Row] = &[
    Row("line feed appended", &["body-line-end"], rich, |body| [body, b"\n"].concat()),
    Row("CR LF appended", &["body-line-end"], rich, |body| [body, b"\r\n"].concat()),
    Row("blanks around", &["body-line-end"], rich, |body| [b"  ", body, b"\t\n"].concat()),
    Row("line feed trimmed", &["body-line-end"], || format!("{RICH}\n").into(), |body| body.trim_ascii().to_vec()),
    Row("CR LF trimmed", &["body-line-end"], || format!("{RICH}\r\n").into(), |body| body.trim_ascii().to_vec()),
    Row(
        "LF to CR LF",
        &["body-line-ends"],
        || RICH.replace(',', ",\n").into(),
        |body| text(body).replace('\n', "\r\n").into(),
    ),
    Row(
        "CR LF to LF",
        &["body-line-ends"],
        || RICH.replace(',', ",\r\n").into(),
        |body| text(body).replace('\r', "").into(),
    ),
    Row("twice", &["body-doubled"], rich, |body| [body, body].concat()),
];

const SERIALISERS: &[Row] = &[
    Row(
        "PHP to JavaScript",
        &["body-re-serialised"],
        || RICH.replace('/', "\\/").replace('é', "\\u00e9").replace('ö', "\\u00f6").into(),
        stringified,
    ),
    Row(
        "upper-case escapes to lower case",
        &["body-re-serialised"],
        || RICH.replace('é', "\\u00E9").replace('ö', "\\u00F6").into(),
        |_| RICH.replace('é', "\\u00e9").replace('ö', "\\u00f6").into(),
    ),
    Row(
        "lower-case escapes to upper case",
        &["body-re-serialised"],
        || RICH.replace('é', "\\u00e9").replace('ö', "\\u00f6").into(),
        |_| RICH.replace('é', "\\u00E9").replace('ö', "\\u00F6").into(),
    ),
    Row(
        "Gson",
        &["body-re-serialised"],
        || RICH.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027").into(),
        stringified,
    ),
    Row("JavaScript to Gson", &["body-re-serialised"], rich, |_| {
        RICH.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027").into()
    }),
    Row(
        "Go",
        &["body-re-serialised"],
        || RICH.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").into(),
        stringified,
    ),
    Row(
        ".NET",
        &["body-re-serialised"],
        || {
            RICH.replace('<', "\\u003C")
                .replace('>', "\\u003E")
                .replace('&', "\\u0026")
                .replace('\'', "\\u0027")
                .replace('+', "\\u002B")
                .replace('é', "\\u00E9")
                .replace('ö', "\\u00F6")
                .into()
        },
        stringified,
    ),
    Row("JavaScript to .NET", &["body-re-serialised"], rich, |_| {
        RICH.replace('<', "\\u003C")
            .replace('>', "\\u003E")
            .replace('&', "\\u0026")
            .replace('\'', "\\u0027")
            .replace('+', "\\u002B")
            .replace('é', "\\u00E9")
            .replace('ö', "\\u00F6")
            .into()
    }),
    Row("slashes escaped", &["body-re-serialised"], rich, |body| text(body).replace('/', "\\/").into()),
    Row(
        "Python's json.dumps",
        &["body-re-serialised"],
        || PLAIN.replace("\":", "\": ").replace(",\"", ", \"").into(),
        |_| plain(),
    ),
    Row("to Python's json.dumps", &["body-re-serialised"], plain, |_| {
        PLAIN.replace("\":", "\": ").replace(",\"", ", \"").into()
    }),
    Row(
        "Python's json.dumps with escapes",
        &["body-re-serialised"],
        || RICH.replace("\":", "\": ").replace(",\"", ", \"").replace('é', "\\u00e9").replace('ö', "\\u00f6").into(),
        stringified,
    ),
    Row(
        "minified",
        &["body-re-serialised"],
        || {
            serde_json::to_vec_pretty(&serde_json::from_str::<serde_json::Value>(PLAIN).expect("it is JSON"))
                .expect("it is JSON")
        },
        |body| serde_json::from_slice::<serde_json::Value>(body).expect("it is JSON").to_string().into(),
    ),
    Row(
        "pretty, two blanks",
        &["body-re-serialised"],
        || b"{\"a\":[1,{\"b\":\"c\"}],\"d\":{}}".to_vec(),
        |_| b"{\n  \"a\": [\n    1,\n    {\n      \"b\": \"c\"\n    }\n  ],\n  \"d\": {}\n}".to_vec(),
    ),
    Row(
        "signed with four blanks",
        &["body-re-serialised"],
        || b"{\n    \"a\": [\n        1\n    ]\n}".to_vec(),
        |_| b"{\"a\":[1]}".to_vec(),
    ),
    Row(
        "signed with tabs",
        &["body-re-serialised"],
        || b"{\n\t\"a\": [\n\t\t1\n\t]\n}".to_vec(),
        |_| b"{\"a\":[1]}".to_vec(),
    ),
    Row("signed with one blank", &["body-re-serialised"], || b"{\n \"a\": 1\n}".to_vec(), |_| b"{\"a\":1}".to_vec()),
    Row(
        "signed with eight blanks",
        &["body-re-serialised"],
        || b"{\n        \"a\": 1\n}".to_vec(),
        |_| b"{\"a\":1}".to_vec(),
    ),
    Row(
        "Jackson's pretty printer",
        &["body-re-serialised"],
        || b"{\n  \"a\" : 1,\n  \"b\" : { }\n}".to_vec(),
        |_| b"{\"a\":1,\"b\":{}}".to_vec(),
    ),
    Row("pretty with CR LF", &["body-re-serialised"], || b"{\r\n  \"a\": 1\r\n}".to_vec(), |_| b"{\"a\":1}".to_vec()),
    Row(
        "numbers shortened",
        &["body-numbers"],
        || br#"{"event":"x","amount":10.0,"count":3}"#.to_vec(),
        |_| br#"{"event":"x","amount":10,"count":3}"#.to_vec(),
    ),
    Row(
        "two digits shortened",
        &["body-numbers"],
        || br#"{"event":"x","amount":12.50}"#.to_vec(),
        |_| br#"{"event":"x","amount":12.5}"#.to_vec(),
    ),
    Row("exponent", &["body-numbers"], || br#"{"amount":1e3}"#.to_vec(), |_| br#"{"amount":1000}"#.to_vec()),
];

const TEXTS: &[Row] = &[
    Row("byte order mark added", &["body-encoding"], rich, |body| [b"\xef\xbb\xbf", body].concat()),
    Row("byte order mark removed", &["body-encoding"], || format!("\u{feff}{RICH}").into(), |_| rich()),
    Row("ISO-8859-1", &["body-encoding"], rich, |body| {
        text(body).chars().map(|it| u8::try_from(it).expect("it is Latin")).collect()
    }),
    Row(
        "Windows-1252",
        &["body-encoding"],
        || "{\"price\":\"5 €\",\"name\":\"José\"}".into(),
        |_| b"{\"price\":\"5 \x80\",\"name\":\"Jos\xe9\"}".to_vec(),
    ),
    Row("UTF-8 read as ISO-8859-1", &["body-encoding"], rich, |body| {
        body.iter().map(|byte| char::from(*byte)).collect::<String>().into()
    }),
    Row(
        "UTF-8 read as Windows-1252",
        &["body-encoding"],
        || "{\"price\":\"5 €\"}".into(),
        |_| "{\"price\":\"5 â‚¬\"}".into(),
    ),
    Row("UTF-16 LE", &["body-encoding"], rich, |body| {
        [0xfeff].into_iter().chain(text(body).encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }),
    Row("UTF-16 BE", &["body-encoding"], rich, |body| text(body).encode_utf16().flat_map(u16::to_be_bytes).collect()),
    Row("composed", &["body-accents"], || "{\"name\":\"Jose\u{301}\"}".into(), |_| "{\"name\":\"Jos\u{e9}\"}".into()),
    Row("decomposed", &["body-accents"], || "{\"name\":\"Jos\u{e9}\"}".into(), |_| "{\"name\":\"Jose\u{301}\"}".into()),
];

const PACKINGS: &[Row] = &[
    Row("base64", &["body-base64"], rich, |body| STANDARD.encode(body).into()),
    Row("URL-safe base64 without padding", &["body-base64"], rich, |body| URL_SAFE_NO_PAD.encode(body).into()),
    Row("base64 in lines", &["body-base64"], rich, |body| {
        STANDARD.encode(body).as_bytes().chunks(76).collect::<Vec<_>>().join(&b"\r\n"[..])
    }),
    Row("base64 of base64", &["body-base64", "body-base64"], rich, |body| {
        STANDARD.encode(STANDARD.encode(body)).into()
    }),
    Row("hexadecimal", &["body-hex"], rich, |body| {
        body.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
    }),
    Row("bytea", &["body-hex"], rich, |body| {
        format!("\\x{}", body.iter().map(|byte| format!("{byte:02x}")).collect::<String>()).into()
    }),
    Row("br", &["body-compressed"], plain, |_| unhex(BROTLI)),
    Row("deflate", &["body-compressed"], plain, |_| unhex(DEFLATE)),
    Row("zlib", &["body-compressed"], plain, |_| unhex(ZLIB)),
    Row("gzip in base64", &["body-base64", "body-compressed"], plain, |_| GZIP.into()),
];

const ENVELOPES: &[Row] = &[
    Row("AWS event", &["body-aws-event"], rich, |body| aws(&text(body), false)),
    Row("AWS event in base64", &["body-aws-event"], rich, |body| aws(&STANDARD.encode(body), true)),
    Row("AWS event of version 1", &["body-aws-event"], rich, |body| {
        serde_json::json!({
        "resource": "/hooks", "path": "/hooks", "httpMethod": "POST", "headers": null,
        "multiValueHeaders": { "Accept": ["*/*"] }, "body": text(body), "isBase64Encoded": false })
        .to_string()
        .into()
    }),
    Row("AWS event of a load balancer", &["body-aws-event"], rich, |body| {
        serde_json::json!({
        "requestContext": { "elb": { "targetGroupArn": "arn" } }, "httpMethod": "POST", "path": "/",
        "headers": {}, "body": STANDARD.encode(body), "isBase64Encoded": true })
        .to_string()
        .into()
    }),
    Row("Azure", &["body-envelope"], rich, |body| {
        serde_json::json!({
        "Data": { "req": { "Url": "https://x/api", "Method": "POST", "Body": text(body) } }, "Metadata": {} })
        .to_string()
        .into()
    }),
    Row("Pub/Sub", &["body-envelope", "body-base64"], rich, |body| {
        serde_json::json!({
        "message": { "data": STANDARD.encode(body), "messageId": "1" }, "subscription": "s" })
        .to_string()
        .into()
    }),
    Row("SQS", &["body-envelope"], rich, |body| {
        serde_json::json!({
        "Records": [{ "messageId": "1", "body": text(body), "attributes": {} }] })
        .to_string()
        .into()
    }),
    Row("parsed in an envelope", &["body-envelope"], rich, |body| {
        format!("{{\"headers\":{{}},\"body\":{}}}", text(body)).into()
    }),
    Row("JSON in JSON", &["body-json-string"], rich, |body| serde_json::to_vec(&text(body)).expect("it is JSON")),
    Row("JSON in JSON in JSON", &["body-json-string", "body-json-string"], rich, |body| {
        serde_json::to_vec(&serde_json::to_string(&text(body)).expect("it is JSON")).expect("it is JSON")
    }),
    Row("form of one field", &["body-form"], rich, |body| form(body, "+")),
    Row("form in an AWS event", &["body-aws-event", "body-form"], rich, |body| {
        aws(&STANDARD.encode(form(body, "%20")), true)
    }),
    Row("JSON as a field's name", &["body-envelope"], || br#"{"a":1}"#.to_vec(), |_| br#"{"{\"a\":1}":""}"#.to_vec()),
    Row("multipart", &["body-multipart"], rich, |body| {
        [b"--x1\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n", body, b"\r\n--x1--\r\n"].concat()
    }),
    Row("percent escapes", &["body-percent"], rich, |body| {
        body.iter().map(|byte| format!("%{byte:02X}")).collect::<String>().into()
    }),
    Row(
        "blanks of a form",
        &["body-form-rewritten"],
        || b"name=Ada+Lovelace&mail=a%40example.com".to_vec(),
        |_| b"name=Ada%20Lovelace&mail=a%40example.com".to_vec(),
    ),
    Row(
        "escapes of a form in lower case",
        &["body-form-rewritten"],
        || b"name=Ada%20Lovelace&mail=a%40example.com%2f".to_vec(),
        |_| b"name=Ada%20Lovelace&mail=a%40example.com%2F".to_vec(),
    ),
    Row(
        "form to JSON",
        &["body-form-to-json"],
        || b"event=a.b&name=Ada+Lovelace".to_vec(),
        |_| br#"{"event":"a.b","name":"Ada Lovelace"}"#.to_vec(),
    ),
];

const DUMPS: &[Row] = &[
    Row("b'…'", &["body-repr"], rich, |body| {
        let escape = |byte: &u8| match byte {
            b'\'' => "\\'".to_owned(),
            0..0x80 => char::from(*byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        };
        format!("b'{}'", body.iter().map(escape).collect::<String>()).into()
    }),
    Row("Node's buffer", &["body-bytes"], rich, |body| {
        serde_json::json!({ "type": "Buffer", "data": body }).to_string().into()
    }),
    Row(
        "Node's printed buffer",
        &["body-bytes"],
        || b"{\"a\":1}".to_vec(),
        |_| b"<Buffer 7b 22 61 22 3a 31 7d>".to_vec(),
    ),
    Row("Java's bytes", &["body-bytes"], rich, |body| {
        format!("{:?}", body.iter().map(|byte| byte.cast_signed()).collect::<Vec<_>>()).into()
    }),
    Row("Go's bytes", &["body-bytes"], rich, |body| format!("{body:?}").replace(", ", " ").into()),
    Row(
        "Python's dict",
        &["body-dump"],
        || br#"{"a":"it is","b":true,"c":[null,1.5]}"#.to_vec(),
        |_| b"{'a': 'it is', 'b': True, 'c': [None, 1.5]}".to_vec(),
    ),
    Row(
        "Ruby's hash",
        &["body-dump"],
        || br#"{"a":"it is","b":null}"#.to_vec(),
        |_| br#"{"a"=>"it is", "b"=>nil}"#.to_vec(),
    ),
    Row("entities", &["body-entities"], rich, |body| {
        text(body)
            .replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .into()
    }),
    Row("entities by number", &["body-entities"], plain, |body| text(body).replace('"', "&#34;").into()),
    Row("escaped quotes", &["body-escaped"], plain, |body| text(body).replace('"', "\\\"").into()),
    Row("line of a log", &["body-surrounded"], rich, |body| {
        format!("2026-01-15 10:30 INFO body={} (POST)", text(body)).into()
    }),
    // Chains.
    Row(
        "JSON in base64 in an event, trimmed",
        &["body-aws-event", "body-json-string", "body-line-end"],
        || format!("{PLAIN}\n").into(),
        |_| aws(&STANDARD.encode(serde_json::to_string(PLAIN).expect("it is JSON")), true),
    ),
    Row("b'…' of base64", &["body-repr", "body-base64"], rich, |body| format!("b'{}'", STANDARD.encode(body)).into()),
    Row("pretty in an envelope", &["body-envelope", "body-re-serialised"], plain, |body| {
        let inner = text(body).replace("\":", "\": ").replace(",\"", ", \"");
        serde_json::json!({ "event_body": inner }).to_string().into()
    }),
];

/// Returns every accident.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    [ENDS, SERIALISERS, TEXTS, PACKINGS, ENVELOPES, DUMPS].into_iter().flatten()
}

/// `PLAIN`, as Node compresses it with `brotliCompressSync`.
const BROTLI: &str = concat!(
    "1b6400c02c0aec36e20cd79b9941c95641e67881522466af6598e8ece49bdb53eab0f4816e2c5519dd904df5c8c341c12107",
    "ac6df1296b0163e0312ccf3b7990f90a69f477423ab1f5862a1797f6694d7a1c00b30c5f60671ca28d01",
);

/// `PLAIN`, as Node compresses it with `deflateRawSync`.
const DEFLATE: &str = concat!(
    "25cc310a80301044d1abc8d441d0329507103cc312a758c826a23108c1bb8b5a7e1efc0656a6028ff3e0de6baa5ab8c27d09",
    "df90c4088fa5148dca6ece955102e140138df0c83f4dbcc4b6c83e64c3ed2096cf773c8cf703",
);

/// `PLAIN`, as Node compresses it with `deflateSync`.
const ZLIB: &str = concat!(
    "789c25cc310a80301044d1abc8d441d0329507103cc312a758c826a23108c1bb8b5a7e1efc0656a6028ff3e0de6baa5ab8c2",
    "7d09df90c4088fa5148dca6ece955102e140138df0c83f4dbcc4b6c83e64c3ed2096cf773c8cf703f36222d0",
);

/// `PLAIN`, as Node compresses it with `gzipSync`, in base64.
const GZIP: &str = concat!(
    "H4sIAAAAAAAAAyXMMQqAMBBE0avI1EHQMpUHEDzDEqdYyCaiMQjBu4tafh78BlamAo/z4N5rqlq4wn0J35DECI+lFI3Kbs6VUQLh",
    "QBON8Mg/TbzEtsg+ZMPtIJbPdzyM9wMBODHtZQAAAA==",
);
