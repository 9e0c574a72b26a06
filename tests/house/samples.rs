//! Checks that the README's samples build from exactly the lines shown.
//!
//! A sample is a block of Rust. It depends on the last block of `[dependencies]` before it under the same heading. The
//! samples with the same dependencies are one package outside the workspace. The crates of this checkout replace those
//! of the registry. A sample with a `main` is also run, unless its block is marked `no_run`.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Samples with the same dependencies.
#[derive(Debug, PartialEq)]
struct Package {
    dependencies: String,
    samples: Vec<Sample>,
}

/// A sample: the line of its block in the README, and its code.
#[derive(Debug, PartialEq)]
struct Sample {
    line: usize,
    code: String,
    is_run: bool,
}

impl Sample {
    fn has_main(&self) -> bool {
        self.code.contains("fn main(")
    }
}

/// Returns the packages of a README.
fn packages(readme: &str) -> Result<Vec<Package>, String> {
    let mut packages: Vec<Package> = Vec::new();
    let mut current = None;
    let mut lines = readme.lines().zip(1..);
    while let Some((text, line)) = lines.next() {
        if text.starts_with('#') {
            current = None;
        }
        let Some(kind) = text.strip_prefix("```") else {
            continue;
        };
        let block = lines.by_ref().map(|(text, _)| text).take_while(|text| *text != "```");
        let block = block.fold(String::new(), |block, text| block + text + "\n");
        match kind {
            "toml" if block.starts_with("[dependencies]\n") => {
                let known = packages.iter().position(|package| package.dependencies == block);
                current = known.or(Some(packages.len()));
                if known.is_none() {
                    packages.push(Package { dependencies: block, samples: Vec::new() });
                }
            }
            "rust" | "rust,no_run" => {
                let package = current.ok_or_else(|| format!("line {line}: no `[dependencies]` before the sample"))?;
                let mut sample = Sample { line, code: block, is_run: false };
                sample.is_run = sample.has_main() && kind == "rust";
                packages[package].samples.push(sample);
            }
            _ if kind.starts_with("rust") => {
                return Err(format!("line {line}: `{kind}` is not built"));
            }
            _ => {}
        }
    }
    Ok(packages)
}

/// Checks the samples of a package, and runs those with a `main`. The packages of a group share a target folder.
fn build(package: &Package, group: &str, name: &str) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(group);
    let (target, folder) = (folder.join("target"), folder.join(name));
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::create_dir_all(folder.join("examples")).unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
    // The versions that the workspace's tests have downloaded.
    fs::copy("../Cargo.lock", folder.join("Cargo.lock")).unwrap();
    let mut manifest =
        format!("[package]\nname = \"{name}\"\nedition = \"2024\"\nautoexamples = false\n\n[workspace]\n\n");
    manifest.push_str(&package.dependencies);
    for sample in &package.samples {
        let Sample { line, code, .. } = sample;
        let kind = if sample.has_main() { "bin" } else { "lib" };
        manifest.push_str(&format!("\n[[example]]\nname = \"line_{line}\"\ncrate-type = [\"{kind}\"]\n"));
        fs::write(folder.join(format!("examples/line_{line}.rs")), code).unwrap();
    }
    manifest.push_str("\n[patch.crates-io]\n");
    for package in
        fs::read_dir("../crates").unwrap().map(|package| package.unwrap().path()).chain(["../fixtures".into()])
    {
        let package = fs::canonicalize(package).unwrap();
        let text = fs::read_to_string(package.join("Cargo.toml")).unwrap();
        let name = text.lines().find_map(|line| line.strip_prefix("name = ")).unwrap();
        manifest.push_str(&format!("{name} = {{ path = {package:?} }}\n"));
    }
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();

    let cargo = |arguments: &[&str]| {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or(OsString::from("cargo")));
        cargo.args(arguments).arg("--quiet").current_dir(&folder).env("CARGO_TARGET_DIR", &target);
        let output = cargo.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(format!("cargo {}:\n{stderr}", arguments.join(" "))) }
    };
    // The workspace may have fewer features of its dependencies than a sample, and so fewer packages.
    let check = ["check", "--lib", "--examples", "--offline"];
    cargo(&check).or_else(|_| cargo(&check[..3]))?;
    let mut run = package.samples.iter().filter(|sample| sample.is_run);
    run.try_for_each(|sample| cargo(&["run", "--offline", "--example", &format!("line_{}", sample.line)]))
}

#[test]
fn every_sample_builds_from_the_lines_shown() {
    let packages = packages(include_str!("../../README.md")).unwrap_or_else(|error| panic!("README.md: {error}"));
    let samples: usize = packages.iter().map(|package| package.samples.len()).sum();
    assert!(samples > 3, "only {samples} samples were found");
    for (number, package) in packages.iter().enumerate() {
        build(package, "readme", &format!("package-{number}"))
            .unwrap_or_else(|error| panic!("{}{error}", package.dependencies));
    }
}

const README: &str = "\
# One
```toml
[dependencies]
time = \"0.3\"
```
Text.
```rust
fn first() {}
```
```sh
ls
```
```rust,no_run
fn main() {}
```
## Two
```toml
[dependencies]
```
```rust
fn main() {}
```
## Three
```toml
[dependencies]
time = \"0.3\"
```
```rust
mod third {}
```
";

#[test]
fn samples_share_a_package_if_their_dependencies_are_the_same() {
    let sample = |line, code: &str, is_run| Sample { line, code: code.to_owned(), is_run };
    let dated = vec![
        sample(7, "fn first() {}\n", false),
        sample(13, "fn main() {}\n", false),
        sample(28, "mod third {}\n", false),
    ];
    let want =
        [("[dependencies]\ntime = \"0.3\"\n", dated), ("[dependencies]\n", vec![sample(20, "fn main() {}\n", true)])];
    let want = want.map(|(dependencies, samples)| Package { dependencies: dependencies.to_owned(), samples });
    assert_eq!(packages(README).unwrap(), want);
}

#[test]
fn a_sample_without_dependencies_before_it_is_named_by_its_line() {
    let moved = README.replace("## Two\n", "## Two\n```rust\n```\n");
    assert_eq!(packages(&moved), Err("line 17: no `[dependencies]` before the sample".to_owned()));
    let skipped = README.replace("rust,no_run", "rust,ignore");
    assert_eq!(packages(&skipped), Err("line 13: `rust,ignore` is not built".to_owned()));
}

#[test]
fn a_sample_fails_if_its_lines_do_not_build_or_run() {
    for (code, want) in [
        ("fn main() {}", Ok(())),
        ("pub fn on_request() {}", Ok(())),
        ("use bytes::Bytes;", Err("cargo check")),
        ("fn main() { panic!() }", Err("cargo run")),
    ] {
        let readme = format!("```toml\n[dependencies]\n```\n```rust\n{code}\n```\n");
        let built = build(&packages(&readme).unwrap()[0], "samples", "package");
        match (&built, want) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(part)) if error.starts_with(part) => {}
            _ => panic!("{code}: {built:?}, expected {want:?}"),
        }
    }
}
