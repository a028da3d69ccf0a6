//! Which file of a crate uses which, and where they do so in a circle. An item is used from the file that defines it: a
//! re-export is followed and is no use by itself. Start at [`Tree::edges`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::reader::Source;

/// A module's path from the crate's root: empty for the root itself.
pub type Module = Vec<String>;

/// From one file to another, with a path that is the reason.
pub type Edges = BTreeMap<(Module, Module), String>;

/// Re-exports of re-exports are followed this far.
const DEEPEST: usize = 16;

/// The modules of a crate, by the files that hold them; those that only tests compile are not in it.
#[derive(Debug, Default)]
pub struct Tree {
    modules: BTreeMap<Module, Source>,
    files: BTreeMap<Module, PathBuf>,
}

/// Where a path leads.
enum Target {
    /// To an item that this file defines.
    Item(Module),
    /// To a module as such.
    Whole(Module),
}

impl Tree {
    /// Reads a crate from its root file, such as `src/lib.rs`, by its `mod` declarations.
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

    /// For the tests of this reader: modules by name, such as `a::b`, with their texts.
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

    /// Every path of the crate's own that a module's source says, from the crate's root, re-exports included.
    pub fn said(&self, module: &Module) -> Vec<Module> {
        let source = &self.modules[module];
        let imports = source.imports.iter().map(|import| &import.path);
        imports.chain(&source.paths).flat_map(|path| self.absolute(module, path, 0)).collect()
    }

    /// Which file uses which.
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

    /// What `use base::*` uses: the file itself and what it re-exports.
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

    /// What a path that is written in a module can mean, from the crate's root; nothing for another crate's.
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
        if depth > DEEPEST {
            return Vec::new();
        }
        let mut all = Vec::new();
        if source.children.contains(first) {
            all.push(joined(module, path));
        }
        for import in source.imports.iter().filter(|import| import.name == *first && import.path != path) {
            // `use error::Error` names a child; only what it leads to is of interest.
            all.extend(self.absolute(module, &import.path, depth + 1).iter().map(|base| joined(base, rest)));
        }
        all
    }

    /// Follows a path from the crate's root to the file that defines the item.
    fn resolve(&self, path: &[String], depth: usize) -> Option<Target> {
        if depth > DEEPEST {
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
                    // A glob that does not have it says nothing about it.
                    if found.is_some() {
                        return found;
                    }
                }
            }
            let imported = source.imports.iter().any(|import| import.name == *word);
            // Of another crate, or something that this reader does not see, such as what a macro defines.
            return (!imported && depth == 0).then_some(Target::Item(module));
        }
        Some(Target::Whole(module))
    }
}

pub fn split(name: &str) -> Module {
    name.split("::").filter(|word| !word.is_empty()).map(String::from).collect()
}

/// A module as messages name it.
pub fn show(module: &Module) -> String {
    if module.is_empty() { "the root".to_owned() } else { module.join("::") }
}

/// The groups of files that reach each other, with the edges among them.
pub fn circles(edges: &Edges) -> Vec<String> {
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
        let circle: BTreeSet<&Module> =
            next.keys().copied().filter(|other| both(start, other) && both(other, start)).collect();
        let mut report = format!("a circle of {} files:", circle.len());
        for ((from, to), path) in edges {
            if circle.contains(from) && circle.contains(to) {
                report.push_str(&format!("\n  {} uses {} by {path}", show(from), show(to)));
            }
        }
        reports.push(report);
        done.extend(circle);
    }
    reports
}
