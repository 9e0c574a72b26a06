//! Checks that no files of a crate import each other in a circle.
//!
//! An import is a path, in a `use` or in the code, to an item that another file of the crate defines. `mod`, re-exports
//! of names that the file itself does not use, and code for tests are ignored. Methods and macros without a path are not
//! recognised.
//!
//! The variable `CIRCLES_IN` can name another checkout.

mod imports;
mod modules;
mod tokens;

use std::path::{Path, PathBuf};
use std::{env, fs};

use self::imports::{circles, unread};
use self::modules::Sources;

/// Reads the Rust files of a folder and of its subfolders.
fn read(folder: &Path, sources: &mut Sources) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.insert(path.clone(), fs::read_to_string(path).unwrap());
        }
    }
}

/// Returns the `src` folders of the workspace.
fn folders(workspace: &Path) -> Vec<PathBuf> {
    let packages = ["crates", "examples", "tests"]
        .into_iter()
        .flat_map(|group| fs::read_dir(workspace.join(group)).unwrap().map(|package| package.unwrap().path()));
    let sources = packages.chain([workspace.join("fixtures")]).map(|package| package.join("src"));
    let mut folders: Vec<_> = sources.filter(|folder| folder.is_dir()).collect();
    folders.sort();
    folders
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let workspace = fs::canonicalize(env::var_os("CIRCLES_IN").unwrap_or("..".into())).unwrap();
    let mut found = Vec::new();
    let mut crates = 0;
    for folder in folders(&workspace) {
        let mut sources = Sources::new();
        read(&folder, &mut sources);
        let root =
            ["lib.rs", "main.rs"].map(|root| folder.join(root)).into_iter().find(|root| sources.contains_key(root));
        let root = root.unwrap_or_else(|| panic!("{} has no root", folder.display()));
        let name = folder.strip_prefix(&workspace).unwrap().display();
        found.extend(circles(&sources, &root).into_iter().map(|circle| format!("{name}: {circle}")));
        found.extend(unread(&sources, &root).into_iter().map(|file| format!("{file} is in no module")));
        crates += 1;
    }
    assert!(crates > 15, "only {crates} crates were read");
    assert!(found.is_empty(), "{} circle(s):\n{}", found.len(), found.join("\n"));
}

/// Checks the circles of a small crate, whose files begin with lines such as `=== a.rs`.
#[track_caller]
fn check(files: &str, expected: &[&str]) {
    let files = files.split("=== ").skip(1).map(|file| file.split_once('\n').unwrap());
    let sources: Sources = files.map(|(name, source)| (PathBuf::from(name), source.to_owned())).collect();
    let found = circles(&sources, Path::new("lib.rs"));
    assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{sources:#?}");
}

#[test]
fn siblings_that_use_each_other_are_a_circle() {
    let rows = [
        // A `use`.
        ("use crate::b::B; pub struct A(B);", "use super::a::A; pub struct B(Box<A>);"),
        // A re-export of the root.
        ("use crate::B; pub struct A(B);", "use crate::{A}; pub struct B(Box<A>);"),
        // A path in the code, and a `use` in a function.
        ("pub struct A(crate::b::B);", "pub struct B; fn f() { use super::a::{self, A as Other}; }"),
        // A path that begins with an imported module.
        ("use crate::b; pub struct A; fn f() { b::f() }", "use {crate::a as other}; fn f() { other::f() }"),
        // A glob with a name that occurs.
        ("use crate::b::*; pub struct A(B);", "use crate::*; pub struct B(Box<A>);"),
        // A path to a macro, and a path in a macro.
        ("macro_rules! m { () => { $crate::b::f() } } pub(crate) use m; pub struct A;", "fn f() { crate::a::m!() }"),
        // A re-export that the file uses.
        ("pub use crate::b::B; pub struct A; fn f(_: B) {}", "pub struct B(super::a::A);"),
    ];
    for (a, b) in rows {
        let root = "mod a; mod b; pub use a::A; pub use self::b::B;";
        check(&format!("=== lib.rs\n{root}\n=== a.rs\n{a}\n=== b.rs\n{b}"), &["a.rs → b.rs → a.rs"]);
    }
}

#[test]
fn tests_comments_and_foreign_names_are_not_imports() {
    let a = "use crate::b::B; pub struct A(B);";
    let rows = [
        "pub struct B;",
        // Code for tests.
        "#[cfg(test)] mod tests { use crate::a::A; } #[cfg(all(test, unix))] use crate::a::A; pub struct B;",
        "#[cfg(test)] mod of_tests; pub struct B;",
        // Comments and texts.
        "/// As [`A`](crate::a::A). \n// crate::a::A\n /* /* crate::a::A */ crate::a::A */ pub struct B; const T: &str = \
         r#\"\"crate::a::A\"#; const C: char = '\"'; fn f<'a>() { f(\"\\\"\", 'a', '\\'', \"crate::a::A\") }",
        // A re-export that the file does not use.
        "pub use crate::a::A; pub struct B;",
        "pub(in crate::a) struct B;",
        // Names of another crate, and a method.
        "use other::{a::A, crate_a}; pub struct B; fn f() { other::a::A; b.a::<A>() }",
        // A glob without a name that occurs.
        "use crate::a::*; pub struct B;",
    ];
    for b in rows {
        let sources =
            format!("=== lib.rs\nmod a; mod b;\n=== a.rs\n{a}\n=== b.rs\n{b}\n=== b/of_tests.rs\nuse crate::a::A;");
        check(&sources, &[]);
    }
}

#[test]
fn a_parent_and_a_child_that_use_each_other_are_a_circle() {
    let child = "=== a/child.rs\nuse super::Kind; pub struct Child(Kind);";
    for parent in ["use self::child::Child;", "fn f() { child::Child::new() }", "pub use child::Child; type T = Child;"]
    {
        let files = format!("=== lib.rs\nmod a;\n=== a/mod.rs\nmod child; {parent} pub struct Kind;{child}");
        check(&files.replace("Kind;=", "Kind;\n="), &["a/child.rs → a/mod.rs → a/child.rs"]);
    }
    for parent in ["pub use child::Child; pub struct Kind;", "mod kind; pub use kind::Kind; use child::Child;"] {
        let kind = "\n=== a/kind.rs\npub enum Kind { Child }";
        check(&format!("=== lib.rs\nmod a;\n=== a/mod.rs\nmod child; {parent}\n{child}{kind}"), &[]);
    }
}

#[test]
fn a_circle_over_several_files_is_named_once() {
    let files = "=== lib.rs\nmod a; mod b; mod c; mod d;\n=== a.rs\nuse crate::b::B;\n=== b.rs\npub use inner::B;\n\
                 mod inner { use crate::c::C; pub struct B; }\n=== c.rs\nuse crate::d; pub struct C(d::D);\n\
                 === d.rs\npub struct D(super::a::A);";
    check(files, &["a.rs → b.rs → c.rs → d.rs → a.rs"]);
}

#[test]
fn a_file_in_two_modules_counts_once_for_each() {
    let root = "=== lib.rs\nmod one; mod two;\n=== one/mod.rs\n#[path = \"../shared.rs\"] mod shared; pub mod kind;\n\
                === two/mod.rs\n#[path = \"../shared.rs\"] mod shared; mod kind;\n=== one/kind.rs\npub struct Kind;\n";
    let shared = "=== shared.rs\nuse super::kind::Kind; pub struct Shared(Kind);\n";
    check(&format!("{root}{shared}=== two/kind.rs\npub struct Kind(crate::one::kind::Kind);"), &[]);
    let circle = "=== two/kind.rs\npub struct Kind(super::shared::Shared);";
    check(&format!("{root}{shared}{circle}"), &["shared.rs → two/kind.rs → shared.rs"]);
}
