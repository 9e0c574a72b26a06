//! The imports between the files of a crate, and their circles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::modules::{Module, Sources, modules};

/// Returns the shortest circle through each import of a crate, such as `a.rs → b.rs → a.rs`.
pub(super) fn circles(sources: &Sources, root: &Path) -> BTreeSet<String> {
    let modules = modules(sources, root);
    let imports = imports(&modules);
    let edges = imports.iter().flat_map(|(from, all)| all.iter().map(|to| (*from, *to)));
    let folder = root.parent().unwrap_or(root);
    let circles = edges.filter_map(|(from, to)| {
        let mut circle = way(&imports, to, from)?;
        let first = circle.iter().enumerate().min_by_key(|(_, module)| &modules[**module].file)?.0;
        circle.rotate_left(first);
        circle.push(circle[0]);
        let files = circle.iter().map(|module| &modules[*module].file);
        let names = files.map(|file| file.strip_prefix(folder).unwrap_or(file).display().to_string());
        Some(names.collect::<Vec<_>>().join(" → "))
    });
    circles.collect()
}

/// Returns the files outside all modules of the crate.
pub(super) fn unread(sources: &Sources, root: &Path) -> Vec<String> {
    let modules = modules(sources, root);
    let is_unread = |file: &&PathBuf| modules.iter().all(|module| module.file != **file);
    sources.keys().filter(is_unread).map(|file| file.display().to_string()).collect()
}

type Imports = BTreeMap<usize, BTreeSet<usize>>;

/// Returns the shortest path between two files, both included.
fn way(imports: &Imports, from: usize, to: usize) -> Option<Vec<usize>> {
    let mut reached = BTreeMap::from([(from, from)]);
    let mut next = VecDeque::from([from]);
    while let Some(module) = next.pop_front() {
        if module == to {
            let mut way = vec![to];
            while way[0] != from {
                way.insert(0, reached[&way[0]]);
            }
            return Some(way);
        }
        for further in imports.get(&module).into_iter().flatten() {
            if !reached.contains_key(further) {
                reached.insert(*further, module);
                next.push_back(*further);
            }
        }
    }
    None
}

/// Returns the imports of each file. A file is identified by its outermost module.
fn imports(modules: &[Module]) -> Imports {
    let mut imports = Imports::new();
    for (position, module) in modules.iter().enumerate().filter(|(_, module)| !module.is_for_tests) {
        let mut uses = |found: Option<Found>| {
            if let Some(Found::Item(definer)) = found
                && modules[definer].outermost != module.outermost
            {
                imports.entry(module.outermost).or_default().insert(modules[definer].outermost);
            }
        };
        for path in &module.paths {
            uses(resolve(modules, position, path, &mut Vec::new()));
        }
        for import in &module.uses {
            let found = resolve(modules, position, &import.path, &mut Vec::new());
            match found {
                // A glob is an import of every name that occurs.
                Some(Found::Module(target)) if import.name == "*" && !import.is_export => {
                    for word in module.words.iter().filter(|word| !module.items.contains(*word)) {
                        uses(resolve(modules, target, std::slice::from_ref(word), &mut Vec::new()));
                    }
                }
                // A re-export is an import only if the file uses the name.
                _ if !import.is_export || module.words.contains(&import.name) => uses(found),
                _ => {}
            }
        }
    }
    imports
}

/// The target of a path.
#[derive(Debug, Clone, Copy)]
enum Found {
    Module(usize),
    /// An item, by the module that defines it.
    Item(usize),
}

/// Follows a path through modules and re-exports. `None` if it belongs to another crate.
fn resolve(modules: &[Module], from: usize, path: &[String], seen: &mut Vec<(usize, String)>) -> Option<Found> {
    let (mut current, mut rest, mut is_here) = (from, path, false);
    while let Some((name, tail)) = rest.split_first() {
        let module = &modules[current];
        let next = match name.as_str() {
            "crate" => Some(0),
            "self" => Some(current),
            "super" => module.parent,
            _ if tail.is_empty() && module.items.contains(name) => return Some(Found::Item(current)),
            _ => module.children.get(name).copied(),
        };
        if let Some(next) = next {
            (current, rest, is_here) = (next, tail, true);
            continue;
        }
        if module.items.contains(name) {
            return Some(Found::Item(current));
        }
        let place = (current, name.clone());
        if !seen.contains(&place) {
            seen.push(place);
            for import in &module.uses {
                let found = if import.name == *name {
                    resolve(modules, current, &[&import.path, tail].concat(), seen)
                } else if import.name == "*"
                    && let Some(Found::Module(target)) = resolve(modules, current, &import.path, &mut seen.clone())
                {
                    resolve(modules, target, rest, seen)
                } else {
                    None
                };
                if found.is_some() {
                    return found;
                }
            }
        }
        // A macro defines the item.
        return is_here.then_some(Found::Item(current));
    }
    Some(Found::Module(current))
}
