//! Accidents of secrets.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// An accident of a secret: its name here, the names that the doctor must find, and the receiver's file.
pub(super) struct Row(pub(super) &'static str, pub(super) &'static [&'static str], pub(super) fn(&str) -> Vec<u8>);

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Returns the accidents on the receiver's side.
pub(super) const ROWS: &[Row] = &[
    Row("blanks around", &["secret-white-space"], |secret| format!(" {secret} \n").into()),
    Row("two line feeds", &["secret-white-space"], |secret| format!("{secret}\r\n\r\n").into()),
    Row("wrapped line", &["secret-white-space"], |secret| format!("{}\n{}", &secret[..16], &secret[16..]).into()),
    Row("no-break space", &["secret-white-space"], |secret| format!("{secret}\u{a0}").into()),
    Row("zero-width space", &["secret-white-space"], |secret| {
        format!("{}\u{200b}{}", &secret[..9], &secret[9..]).into()
    }),
    Row("double quotes", &["secret-quotes"], |secret| format!("\"{secret}\"\n").into()),
    Row("single quotes", &["secret-quotes"], |secret| format!("'{secret}'").into()),
    Row("backticks", &["secret-quotes"], |secret| format!("`{secret}`").into()),
    Row("one quote", &["secret-quotes"], |secret| format!("{secret}\"").into()),
    Row("typographic quotes", &["secret-quotes"], |secret| format!("“{secret}”").into()),
    Row("low typographic quotes", &["secret-quotes"], |secret| format!("„{secret}“").into()),
    Row("Python bytes", &["secret-quotes"], |secret| format!("b'{secret}'").into()),
    Row("angle brackets", &["secret-brackets"], |secret| format!("<{secret}>").into()),
    Row("brackets", &["secret-brackets"], |secret| format!("[{secret}]").into()),
    Row("wrapper type", &["secret-brackets"], |secret| format!("SecretStr({secret})").into()),
    Row("XML element", &["secret-brackets"], |secret| format!("<string name=\"k\">{secret}</string>").into()),
    Row("literal \\n", &["secret-escape"], |secret| format!("{secret}\\n").into()),
    Row("literal \\r\\n", &["secret-escape"], |secret| format!("{secret}\\r\\n").into()),
    Row("byte order mark", &["secret-encoding"], |secret| format!("\u{feff}{secret}\n").into()),
    Row("UTF-16 LE", &["secret-encoding"], |secret| {
        [0xfeff].into_iter().chain(secret.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }),
    Row("UTF-16 BE", &["secret-encoding"], |secret| {
        [0xfeff].into_iter().chain(secret.encode_utf16()).flat_map(u16::to_be_bytes).collect()
    }),
    Row("base64", &["secret-in-base64"], |secret| STANDARD.encode(secret).into()),
    Row("base64 with line feed", &["secret-in-base64"], |secret| STANDARD.encode(format!("{secret}\n")).into()),
    Row("base64 without padding", &["secret-in-base64"], |secret| STANDARD_NO_PAD.encode(secret).into()),
    Row("URL-safe base64", &["secret-in-base64"], |secret| URL_SAFE.encode(secret).into()),
    Row("base64 of base64", &["secret-in-base64", "secret-in-base64"], |secret| {
        STANDARD.encode(URL_SAFE_NO_PAD.encode(secret)).into()
    }),
    Row("hexadecimal", &["secret-in-hex"], |secret| hex(secret).into()),
    Row("percent escapes", &["secret-percent"], |secret| escaped(secret).into()),
    Row("entities", &["secret-entities"], |secret| {
        secret.chars().map(|it| format!("&#{};", u32::from(it))).collect::<String>().into()
    }),
    Row("AWS", &["secret-json", "secret-json"], |secret| {
        let inner = serde_json::json!({ "key": secret }).to_string();
        let answer = serde_json::json!({ "ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:x", "SecretString": inner });
        serde_json::to_vec_pretty(&answer).expect("it is JSON")
    }),
    Row("AWS, plain", &["secret-json"], |secret| format!("{{\"SecretString\": \"{secret}\"}}\n").into()),
    Row("Google", &["secret-json", "secret-in-base64"], |secret| {
        let data = STANDARD.encode(secret);
        serde_json::json!({ "name": "projects/1/secrets/x/versions/1", "payload": { "data": data, "dataCrc32c": "1" } })
            .to_string()
            .into()
    }),
    Row("Vault", &["secret-json"], |secret| {
        serde_json::json!({ "request_id": "1", "data": { "data": { "webhook": secret }, "metadata": { "version": 1 } } })
            .to_string()
            .into()
    }),
    Row("Doppler", &["secret-json"], |secret| {
        serde_json::json!({ "WEBHOOK_SECRET": { "raw": secret, "computed": secret } }).to_string().into()
    }),
    Row("1Password", &["secret-json"], |secret| {
        serde_json::json!([{ "id": "password", "type": "CONCEALED", "label": "password", "value": secret }])
            .to_string()
            .into()
    }),
    Row("JSON string with escapes", &["secret-json"], |secret| {
        let first = secret.chars().next().map(u32::from).unwrap_or_default();
        format!("\"\\u{first:04x}{}\"", &secret[1..]).into()
    }),
    Row("Kubernetes", &["secret-yaml", "secret-in-base64"], |secret| {
        let data = STANDARD.encode(secret);
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: hooks\ntype: Opaque\ndata:\n  WEBHOOK_SECRET: {data}\n"
        )
        .into()
    }),
    Row("Kubernetes, plain", &["secret-yaml"], |secret| {
        format!("apiVersion: v1\nkind: Secret\nstringData:\n  webhook-secret: {secret}\n").into()
    }),
    Row("YAML line", &["secret-yaml"], |secret| format!("webhook_secret: {secret}").into()),
    Row("YAML line with quotes", &["secret-yaml", "secret-quotes"], |secret| format!("secret: \"{secret}\"\n").into()),
    Row("YAML block", &["secret-yaml"], |secret| format!("hooks:\n  secret: |\n    {secret}\n  other: 1\n").into()),
    Row("dotenv", &["secret-assignment"], |secret| format!("SHOP_SECRET={secret}\n").into()),
    Row("dotenv with blanks", &["secret-assignment"], |secret| format!("shop_secret = {secret}").into()),
    Row("export", &["secret-assignment", "secret-quotes"], |secret| format!("export X=\"{secret}\"\n").into()),
    Row("dotenv file", &["secret-assignment"], |secret| {
        format!("# hooks\nPORT=8080\nWEBHOOK_SECRET={secret}\nDEBUG=false\n").into()
    }),
    Row("inline comment", &["secret-comment"], |secret| format!("{secret} # production").into()),
    Row("comment line", &["secret-comment"], |secret| format!("# webhook secret of production\n{secret}\n").into()),
    Row("dotenv with comment", &["secret-assignment", "secret-comment"], |secret| {
        format!("SECRET={secret}  # from the portal\n").into()
    }),
    Row("second line", &["secret-line"], |secret| format!("3f8a7c1e5b9d2f60a4c8e7b1d5f90312\n{secret}\n").into()),
    Row("previous line", &["secret-line"], |secret| format!("{secret}\n3f8a7c1e5b9d2f60a4c8e7b1d5f90312\n").into()),
    Row("list", &["secret-list"], |secret| format!("{secret},3f8a7c1e5b9d2f60a4c8e7b1d5f90312").into()),
    Row("Bearer", &["secret-credentials"], |secret| format!("Bearer {secret}").into()),
    Row("bullet", &["secret-punctuation"], |secret| format!("• {secret}").into()),
    Row("table", &["secret-table"], |secret| format!("| webhook secret | {secret} |").into()),
    // Chains.
    Row("JSON in base64 with \\n", &["secret-escape", "secret-in-base64", "secret-json"], |secret| {
        let json = format!("{{\"username\":\"hooks\",\"password\":\"{secret}\"}}\n");
        format!("{}\\n", STANDARD.encode(json)).into()
    }),
    Row("dotenv in base64", &["secret-in-base64", "secret-assignment"], |secret| {
        STANDARD.encode(format!("WEBHOOK_SECRET={secret}\n")).into()
    }),
    Row("quoted in a mark", &["secret-encoding", "secret-quotes"], |secret| format!("\u{feff}\"{secret}\"\r\n").into()),
];

/// Accidents of secrets of Svix.
pub(super) const SVIX_ROWS: &[Row] = &[
    Row("v1", &["secret-prefix"], |secret| format!("v1,{secret}").into()),
    Row("mistyped prefix", &["secret-prefix"], |secret| secret.replace("whsec", "hwsec").into()),
];

/// Accidents of secrets whose text is the key.
pub(super) const TEXT_ROWS: &[Row] = &[
    Row("foreign prefix", &["secret-prefix"], |secret| format!("whsec_{secret}").into()),
    Row("upper case", &["secret-case"], |secret| secret.to_ascii_uppercase().into()),
    Row("trailing comma", &["secret-punctuation"], |secret| format!("{secret},").into()),
    Row("signature prefix", &["secret-credentials"], |secret| format!("sha256={secret}").into()),
];

/// An accident of the sender's copy: its name here, the names that the doctor must find, and the sender's key.
pub(super) const SENDER_ROWS: &[Row] = &[
    Row("line feed", &["secret-white-space"], |secret| format!("{secret}\n").into()),
    Row("CR LF", &["secret-white-space"], |secret| format!("{secret}\r\n").into()),
    Row("blank", &["secret-white-space"], |secret| format!("{secret} ").into()),
    Row("quotes", &["secret-quotes"], |secret| format!("\"{secret}\"").into()),
    Row("byte order mark", &["secret-encoding"], |secret| format!("\u{feff}{secret}").into()),
    Row("prefix", &["secret-prefix"], |secret| format!("whsec_{secret}").into()),
    Row("upper case", &["secret-case"], |secret| secret.to_ascii_uppercase().into()),
    Row("shell parameter", &["secret-expansion"], |secret| format!("{}$7{}", &secret[..12], &secret[12..]).into()),
    Row("decoded hexadecimal", &["secret-hex"], |secret| {
        (0..16).map(|at| u8::from_str_radix(&secret[at * 2..at * 2 + 2], 16).expect("it is hexadecimal")).collect()
    }),
    Row("decoded base64", &["secret-base64"], |secret| STANDARD.decode(secret).expect("it is base64")),
];
