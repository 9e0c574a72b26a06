//! `refhook.toml`: its place, and its values beside flags and variables. The transcripts of `config` show the rest.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::send::Receiver;
use crate::{refhook, run, text};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Returns the effective value and the origin of a key in `verify`.
fn tolerance(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (Value, String) {
    let mut command = refhook(&[arguments, &["config", "show", "--output", "json", "verify"]].concat());
    command.current_dir(folder).envs(variables.iter().copied());
    let Output { stdout, stderr, .. } = run(command, b"");
    let line: Value = serde_json::from_slice(&stdout).unwrap_or_else(|_| panic!("{}", text(&stderr)));
    let setting = &line["values"]["tolerance"];
    (setting["value"].clone(), setting["origin"].as_str().unwrap().to_owned())
}

#[test]
fn the_file_is_found_in_the_folder_and_above_it_in_the_repository() {
    let outside = tempfile::tempdir().unwrap();
    let repository = outside.path().join("shop");
    let below = repository.join("src/hooks");
    fs::create_dir_all(&below).unwrap();
    fs::write(outside.path().join("refhook.toml"), "tolerance = 1").unwrap();
    fs::write(repository.join("refhook.toml"), "tolerance = 2").unwrap();
    let is_default = (Value::Null, "default".to_owned());
    assert_eq!(tolerance(&below, &[], &[]), is_default, "without a repository, only the folder itself counts");
    assert_eq!(tolerance(&repository, &[], &[]).0, "2");
    fs::create_dir(repository.join(".git")).unwrap();
    assert_eq!(tolerance(&below, &[], &[]).0, "2");
    fs::remove_file(repository.join("refhook.toml")).unwrap();
    assert_eq!(tolerance(&below, &[], &[]), is_default, "the repository is the limit");
    let named = outside.path().join("refhook.toml").to_str().unwrap().to_owned();
    assert_eq!(tolerance(&below, &["--config", &named], &[]).0, "1");
    assert_eq!(tolerance(&below, &[], &[("REFHOOK_CONFIG", &named)]).0, "1");
    assert_eq!(tolerance(outside.path(), &["--no-config"], &[]), is_default);
    assert_eq!(tolerance(outside.path(), &[], &[("REFHOOK_NO_CONFIG", "1")]), is_default);
}

#[test]
fn flags_precede_variables_and_variables_precede_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("refhook.toml"), "tolerance = 1\n\n[verify]\ntolerance = 2\n").unwrap();
    assert!(tolerance(folder.path(), &[], &[]).1.ends_with("refhook.toml:4"), "the verb's table precedes");
    let variable = [("REFHOOK_TOLERANCE", "3")];
    assert_eq!(tolerance(folder.path(), &[], &variable), ("3".into(), "REFHOOK_TOLERANCE".to_owned()));
    let mut command = refhook(&["config", "show", "verify", "--tolerance", "4", "--output", "json"]);
    command.current_dir(folder.path()).envs(variable);
    let line: Value = serde_json::from_slice(&run(command, b"").stdout).unwrap();
    assert_eq!(line["values"]["tolerance"]["value"], "4");
    assert_eq!(line["values"]["tolerance"]["origin"], "flag");
}

#[test]
fn the_name_of_an_endpoint_is_a_complete_command() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::answering(200));
    let url = &receiver.url;
    fs::write(folder.path().join("redpin.secret"), SECRET).unwrap();
    let config = format!(
        "platform = \"dub\"\n\n[endpoints.redpin-main]\nplatform = \"redpin\"\nsecret_file = \"redpin.secret\"\n\
         url = \"{url}\"\n"
    );
    fs::write(folder.path().join("refhook.toml"), config).unwrap();
    // The working directory is another one, so that paths must begin at the file.
    let below = folder.path().join("below");
    fs::create_dir_all(&below).unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    for arguments in [
        &["send", "redpin-main", "REFERRAL_CREATED"][..],
        &["send", "--times", "1", "redpin-main", "REFERRAL_CREATED"],
        &["send", "REFERRAL_CREATED", "--use", "redpin-main"],
        &["--use", "redpin-main", "send", "REFERRAL_CREATED"],
    ] {
        let mut command = refhook(arguments);
        command.current_dir(&below);
        let Output { status, stdout, stderr } = run(command, b"");
        assert!(status.success(), "{arguments:?}: {}{}", text(&stdout), text(&stderr));
        let wanted = "✓ redpin  REFERRAL_CREATED  http://127.0.0.1:[..]  200  [..] ms  accepted\n";
        snapbox::assert_data_eq!(text(&stdout), wanted);
    }
    assert_eq!(receiver.requests().len(), 4);
}

#[test]
fn a_secret_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("redpin.secret"), SECRET).unwrap();
    fs::write(folder.path().join("refhook.toml"), "secret_file = \"redpin.secret\"\n").unwrap();
    for output in ["text", "json"] {
        let mut command = refhook(&["config", "show", "--output", output]);
        command.current_dir(folder.path()).env("REFHOOK_SECRET_ENV", "REDPIN_SECRET").env("REDPIN_SECRET", SECRET);
        let Output { status, stdout, .. } = run(command, b"");
        assert!(status.success() && !text(&stdout).contains("MfKQ9r8"), "{}", text(&stdout));
        assert!(text(&stdout).contains("set (environment variable REDPIN_SECRET)"), "{}", text(&stdout));
    }
}
