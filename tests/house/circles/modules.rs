//! The modules of a crate, with their items, imports and paths.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::tokens::{end_of_group, is_word, tokens};

/// The sources of a crate, by path.
pub(super) type Sources = BTreeMap<PathBuf, String>;

/// A module, without the items that are compiled for tests only.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The file that holds it.
    pub file: PathBuf,
    /// The module of the whole file, which contains the inline modules.
    pub outermost: usize,
    pub parent: Option<usize>,
    /// Whether it is compiled for tests only.
    pub is_for_tests: bool,
    pub children: BTreeMap<String, usize>,
    /// The names of the items that it defines.
    pub items: BTreeSet<String>,
    pub uses: Vec<Use>,
    /// Paths of at least two segments, outside of `use`.
    pub paths: Vec<Vec<String>>,
    /// Single words and first segments of paths, outside of `use`.
    pub words: BTreeSet<String>,
}

/// One name that a `use` imports.
#[derive(Debug)]
pub(super) struct Use {
    pub path: Vec<String>,
    /// The name in this module, or `*` for a glob.
    pub name: String,
    /// Whether it is a re-export.
    pub is_export: bool,
}

/// Returns the modules of a crate, the root first.
pub(super) fn modules(sources: &Sources, root: &Path) -> Vec<Module> {
    let mut reader = Reader { sources, modules: Vec::new() };
    let folder = root.parent().unwrap_or(root);
    reader.module(Module { file: root.to_owned(), ..Module::default() }, &tokens(&sources[root]), folder);
    reader.modules
}

struct Reader<'s> {
    sources: &'s Sources,
    modules: Vec<Module>,
}

impl Reader<'_> {
    /// Reads a module's tokens. `folder` has the files of its children.
    fn module(&mut self, module: Module, tokens: &[String], folder: &Path) -> usize {
        let position = self.modules.len();
        self.modules.push(module);
        let token = |at: usize| tokens.get(at).map_or("", String::as_str);
        let (mut at, mut depth) = (0, 0);
        let (mut attributes, mut is_export) = (Vec::<&[String]>::new(), false);
        while at < tokens.len() {
            let is_for_tests = attributes.iter().any(|attribute| is_for_tests(attribute));
            match token(at) {
                "#" => {
                    let open = at + if token(at + 1) == "!" { 2 } else { 1 };
                    let end = if token(open) == "[" { end_of_group(tokens, open) } else { open };
                    attributes.push(&tokens[at..end]);
                    at = end;
                    continue;
                }
                "pub" => {
                    is_export = true;
                    at = if token(at + 1) == "(" { end_of_group(tokens, at + 1) } else { at + 1 };
                    continue;
                }
                "mod" if is_word(token(at + 1)) => {
                    let name = token(at + 1);
                    let Module { file, outermost, is_for_tests: is_within, .. } = &self.modules[position];
                    let child = Module {
                        file: file.clone(),
                        outermost: *outermost,
                        parent: Some(position),
                        is_for_tests: is_for_tests || *is_within,
                        ..Module::default()
                    };
                    at += 2;
                    let child = if token(at) == "{" {
                        let open = at;
                        at = end_of_group(tokens, open);
                        Some(self.module(child, &tokens[open + 1..at - 1], &folder.join(name)))
                    } else {
                        let path = attributes.iter().find_map(|attribute| path_of(attribute));
                        self.file(child, &folder.join(name), path)
                    };
                    self.modules[position].children.extend(child.map(|child| (name.to_owned(), child)));
                }
                _ if is_for_tests => at = end_of_item(tokens, at, depth),
                "use" if token(at + 1) != "<" => {
                    let end = at + tokens[at..].iter().position(|token| token == ";").unwrap_or(tokens.len() - at);
                    for (path, name) in imports(&tokens[at + 1..end], &[]) {
                        self.modules[position].uses.push(Use { path, name, is_export });
                    }
                    at = end;
                }
                word if is_word(word) => {
                    let module = &mut self.modules[position];
                    if depth == 0 && DEFINITIONS.contains(&word) {
                        let name = if word == "macro_rules" { token(at + 2) } else { token(at + 1) };
                        module.items.insert(name.to_owned());
                    }
                    let before = if at == 0 { "" } else { token(at - 1) };
                    let mut path = vec![word.to_owned()];
                    while token(at + 1) == "::" && is_word(token(at + 2)) {
                        path.push(token(at + 2).to_owned());
                        at += 2;
                    }
                    at += 1;
                    if !matches!(before, "." | "::" | "fn") && (before != "$" || word == "crate") {
                        module.words.insert(word.to_owned());
                        module.paths.extend(Some(path).filter(|path| path.len() > 1));
                    }
                }
                mark => {
                    match mark {
                        "(" | "[" | "{" => depth += 1,
                        ")" | "]" | "}" => depth -= 1,
                        _ => {}
                    }
                    at += 1;
                }
            }
            attributes.clear();
            is_export = false;
        }
        // If a macro declares modules, paths in its call begin with their names.
        let Module { file, paths, children, uses, .. } = &self.modules[position];
        let file = file.clone();
        let names: BTreeSet<_> = paths.iter().map(|path| path[0].clone()).collect();
        let is_known = |name: &String| children.contains_key(name) || uses.iter().any(|import| import.name == *name);
        for name in names.into_iter().filter(|name| !is_known(name)).collect::<Vec<_>>() {
            let child = Module { file: file.clone(), parent: Some(position), ..Module::default() };
            let child = self.file(child, &folder.join(&name), None);
            self.modules[position].children.extend(child.map(|child| (name, child)));
        }
        position
    }

    /// Reads the module of a file, which has the module's name unless an attribute gives its path.
    fn file(&mut self, module: Module, name: &Path, path: Option<&str>) -> Option<usize> {
        let file = match path {
            Some(path) => normal(&module.file.parent()?.join(path)),
            None => [name.with_extension("rs"), name.join("mod.rs")]
                .into_iter()
                .find(|file| self.sources.contains_key(file))?,
        };
        let folder = if path.is_some() { file.parent()?.to_owned() } else { name.to_owned() };
        let tokens = tokens(self.sources.get(&file)?);
        Some(self.module(Module { file, outermost: self.modules.len(), ..module }, &tokens, &folder))
    }
}

/// The keywords before a definition's name.
const DEFINITIONS: [&str; 9] = ["const", "enum", "fn", "macro_rules", "static", "struct", "trait", "type", "union"];

fn is_for_tests(attribute: &[String]) -> bool {
    let has = |word| attribute.iter().any(|token| token == word);
    has("cfg") && has("test") && !has("not")
}

/// Returns the path of an attribute `#[path = "…"]`.
fn path_of(attribute: &[String]) -> Option<&str> {
    let at = attribute.iter().position(|token| token == "path")?;
    attribute.get(at + 2)?.strip_prefix('"')
}

/// Returns the position after the item that begins at `at`.
fn end_of_item(tokens: &[String], mut at: usize, depth: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "{" => return end_of_group(tokens, at),
            "(" | "[" => at = end_of_group(tokens, at),
            ")" | "]" | "}" => return at,
            ";" => return at + 1,
            "," if depth > 0 => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// Returns the imports of one tree of a `use`, as path and name.
fn imports(tree: &[String], prefix: &[String]) -> Vec<(Vec<String>, String)> {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while let Some(token) = tree.get(at) {
        match token.as_str() {
            "{" => {
                let group = &tree[at + 1..end_of_group(tree, at) - 1];
                return branches(group).into_iter().flat_map(|branch| imports(branch, &path)).collect();
            }
            "*" => return vec![(path, "*".to_owned())],
            "as" => {
                let name = tree.get(at + 1).cloned().unwrap_or_default();
                return vec![(path, name)];
            }
            "::" => {}
            "self" if !path.is_empty() => {}
            segment => path.push(segment.to_owned()),
        }
        at += 1;
    }
    path.last().cloned().map(|name| (path, name)).into_iter().collect()
}

/// Splits a group at its own commas.
fn branches(group: &[String]) -> Vec<&[String]> {
    let mut depth = 0;
    let branches = group.split(|token| {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        token == "," && depth == 0
    });
    branches.filter(|branch| !branch.is_empty()).collect()
}

/// Returns a path without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}
