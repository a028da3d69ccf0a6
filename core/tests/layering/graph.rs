//! The dependencies between the files of a crate, and their cycles. A file depends on the file that defines an item:
//! re-exports are followed and are no dependencies themselves. Start with [`Tree::edges`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::reader::Source;

/// A module's path from the crate's root: empty for the root itself.
pub type Module = Vec<String>;

/// From one file to another, with one path that causes the dependency.
pub type Edges = BTreeMap<(Module, Module), String>;

/// The limit of following re-exports of re-exports.
const MAX_DEPTH: usize = 16;

/// The limit of globs whose paths begin with the name from another glob. Each level asks every glob of the file.
const MAX_GLOB_DEPTH: usize = 4;

/// The modules of a crate, one per file, without those that are compiled for tests only.
#[derive(Debug, Default)]
pub struct Tree {
    modules: BTreeMap<Module, Source>,
    files: BTreeMap<Module, PathBuf>,
}

/// The target of a path.
enum Target {
    /// An item that this file defines.
    Item(Module),
    /// A module itself.
    Whole(Module),
}

impl Tree {
    /// Reads a crate from its root file, such as `src/lib.rs`, following its `mod` declarations.
    pub fn read(root: &Path) -> Tree {
        let mut tree = Tree::default();
        tree.add(Vec::new(), root, root.parent().unwrap());
        tree
    }

    fn add(&mut self, module: Module, file: &Path, folder: &Path) {
        let source = Source::read(&fs::read_to_string(file).unwrap());
        for child in &source.children {
            let inside = folder.join(child);
            let flat = folder.join(format!("{child}.rs"));
            let file = if flat.exists() { flat } else { inside.join("mod.rs") };
            let mut name = module.clone();
            name.push(child.clone());
            self.add(name, &file, &inside);
        }
        self.files.insert(module.clone(), file.to_owned());
        self.modules.insert(module, source);
    }

    /// For the tests of this code: modules by name, such as `a::b`, with their texts.
    pub fn of_texts(texts: &[(&str, &str)]) -> Tree {
        let modules = texts.iter().map(|(name, text)| (split(name), Source::read(text))).collect();
        Tree { modules, files: BTreeMap::new() }
    }

    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.modules.keys()
    }

    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.values()
    }

    /// Every path to the crate itself in a module's source, from the crate's root, re-exports included.
    pub fn paths(&self, module: &Module) -> Vec<Module> {
        let source = &self.modules[module];
        let imports = source.imports.iter().map(|import| &import.path);
        imports.chain(&source.paths).flat_map(|path| self.absolute(module, path, 0)).collect()
    }

    /// All dependencies between files.
    pub fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for (module, source) in &self.modules {
            let mut add = |to: Module, path: &[String]| {
                if to != *module {
                    edges.entry((module.clone(), to)).or_insert_with(|| path.join("::"));
                }
            };
            for import in &source.imports {
                if import.exported && !source.names(&import.name) {
                    continue;
                }
                for path in self.absolute(module, &import.path, 0) {
                    match path.split_last() {
                        Some((last, base)) if last == "*" => {
                            self.all_of(base).into_iter().for_each(|to| add(to, &import.path));
                        }
                        _ => {
                            if let Some(Target::Item(to)) = self.resolve(&path, 0) {
                                add(to, &import.path);
                            }
                        }
                    }
                }
            }
            for written in &source.paths {
                for path in self.absolute(module, written, 0) {
                    if let Some(Target::Item(to)) = self.resolve(&path, 0) {
                        add(to, written);
                    }
                }
            }
        }
        edges
    }

    /// The dependencies of `use base::*`: the file itself and the files of its re-exports.
    fn all_of(&self, base: &[String]) -> Vec<Module> {
        match self.resolve(base, 0) {
            Some(Target::Item(file)) => vec![file],
            None => Vec::new(),
            Some(Target::Whole(module)) => {
                let exports = self.modules[&module].imports.iter().filter(|import| import.exported);
                let paths = exports.flat_map(|import| self.absolute(&module, &import.path, 0));
                let targets = paths.filter_map(|path| match self.resolve(&path, 0) {
                    Some(Target::Item(file)) => Some(file),
                    _ => None,
                });
                let mut all: Vec<Module> = targets.collect();
                all.push(module);
                all
            }
        }
    }

    /// The possible meanings of a path in a module's source, from the crate's root; empty for paths of other crates.
    fn absolute(&self, module: &Module, path: &[String], depth: usize) -> Vec<Module> {
        let Some((first, rest)) = path.split_first() else { return vec![module.clone()] };
        let source = &self.modules[module];
        let joined = |base: &[String], rest: &[String]| [base, rest].concat();
        match first.as_str() {
            "crate" => return vec![rest.to_vec()],
            "self" => return vec![joined(module, rest)],
            "super" => {
                let mut base = module.clone();
                let ups = path.iter().take_while(|word| *word == "super").count();
                base.truncate(base.len().saturating_sub(ups));
                return vec![joined(&base, &path[ups..])];
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let mut all = Vec::new();
        if source.children.contains(first) {
            all.push(joined(module, path));
        }
        for import in source.imports.iter().filter(|import| import.name == *first && import.path != path) {
            // `use error::Error` names a child: continue with its target.
            all.extend(self.absolute(module, &import.path, depth + 1).iter().map(|base| joined(base, rest)));
        }
        if depth < MAX_GLOB_DEPTH {
            for import in source.imports.iter().filter(|import| import.name == "*") {
                // `use crate::a::*` names the children of `a`.
                let bases = self.absolute(module, &import.path[..import.path.len() - 1], depth + 1);
                let has_child =
                    |base: &Module| self.modules.get(base).is_some_and(|base| base.children.contains(first));
                all.extend(bases.iter().filter(|base| has_child(base)).map(|base| joined(base, path)));
            }
        }
        all
    }

    /// Follows a path from the crate's root to the file that defines the item.
    fn resolve(&self, path: &[String], depth: usize) -> Option<Target> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut module = Module::new();
        for (index, word) in path.iter().enumerate() {
            let source = self.modules.get(&module)?;
            let rest = &path[index + 1..];
            let mut inside = module.clone();
            inside.push(word.clone());
            let is_item = source.items.contains(word) || source.imports.iter().any(|import| import.name == *word);
            // `a::name` may be a function and a module at once: the last word means the function.
            if self.modules.contains_key(&inside) && !(rest.is_empty() && is_item) {
                module = inside;
                continue;
            }
            if source.items.contains(word) || source.inline.contains(word) {
                return Some(Target::Item(module));
            }
            let named = source.imports.iter().filter(|import| import.name == *word);
            let globs = source.imports.iter().filter(|import| import.name == "*");
            let named = named.map(|import| (import.path.as_slice(), rest));
            let globs = globs.map(|import| (&import.path[..import.path.len() - 1], &path[index..]));
            for (base, rest) in named.chain(globs) {
                for base in self.absolute(&module, base, 0) {
                    let found = self.resolve(&[base.as_slice(), rest].concat(), depth + 1);
                    // If one glob does not have the name, another one may.
                    if found.is_some() {
                        return found;
                    }
                }
            }
            let imported = source.imports.iter().any(|import| import.name == *word);
            // An item of another crate, or one that this reader does not find, such as the result of a macro.
            return (!imported && depth == 0).then_some(Target::Item(module));
        }
        Some(Target::Whole(module))
    }
}

pub fn split(name: &str) -> Module {
    name.split("::").filter(|word| !word.is_empty()).map(String::from).collect()
}

/// The name of a module in messages.
pub fn show(module: &Module) -> String {
    if module.is_empty() { "the root".to_owned() } else { module.join("::") }
}

/// The groups of files that depend on each other, with their dependencies.
pub fn cycles(edges: &Edges) -> Vec<String> {
    let mut next: BTreeMap<&Module, Vec<&Module>> = BTreeMap::new();
    for (from, to) in edges.keys() {
        next.entry(from).or_default().push(to);
    }
    let reached: BTreeMap<&Module, BTreeSet<&Module>> = next
        .keys()
        .map(|start| {
            let mut seen = BTreeSet::new();
            let mut open = next[*start].clone();
            while let Some(module) = open.pop() {
                if seen.insert(module) {
                    open.extend(next.get(module).into_iter().flatten());
                }
            }
            (*start, seen)
        })
        .collect();
    let both = |a: &Module, b: &Module| reached.get(a).is_some_and(|seen| seen.contains(b));
    let mut done: BTreeSet<&Module> = BTreeSet::new();
    let mut reports = Vec::new();
    for start in next.keys().filter(|module| both(module, module)) {
        if done.contains(*start) {
            continue;
        }
        let cycle: BTreeSet<&Module> =
            next.keys().copied().filter(|other| both(start, other) && both(other, start)).collect();
        let mut report = format!("a cycle of {} files:", cycle.len());
        for ((from, to), path) in edges {
            if cycle.contains(from) && cycle.contains(to) {
                report.push_str(&format!("\n  {} uses {} by {path}", show(from), show(to)));
            }
        }
        reports.push(report);
        done.extend(cycle);
    }
    reports
}
