//! Reads the names of other modules from a source file: its `use` statements, its child modules, and the paths in its
//! code. Comments, strings and code that is compiled for tests only are ignored. Start with [`Source::read`].

/// One imported name of a `use` statement; a group in braces is several imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The path in the source, such as `crate::error::Code` or `child::Item`; `*` may be the last word.
    pub path: Vec<String>,
    /// The name in this file.
    pub name: String,
    /// `pub use`, `pub(crate) use` and the like: other files see the name through this one.
    pub exported: bool,
}

/// The imports, declarations and paths of a source file.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub imports: Vec<Import>,
    /// Declared by `mod child;`.
    pub children: Vec<String>,
    /// Declared by `mod name { … }`.
    pub inline: Vec<String>,
    /// The functions, types, constants and so on that the file defines.
    pub items: Vec<String>,
    /// Paths of two words or more, outside of `use`.
    pub paths: Vec<Vec<String>>,
    /// The code without `use` statements and declarations of modules.
    rest: String,
}

impl Source {
    pub fn read(text: &str) -> Source {
        let code = code_only(text);
        assert!(!code.contains("#[path"), "modules with the attribute `path` are not supported");
        let mut source = Source::default();
        let code = source.take_imports(&code);
        source.rest = source.take_modules(&code);
        source.items = items(&source.rest);
        source.paths = paths(&source.rest);
        source
    }

    /// Whether the code outside of `use` statements uses `name`, except as a field, a method or the tail of a path.
    pub fn names(&self, name: &str) -> bool {
        words(&self.rest).any(|(at, word)| word == name && !is_tail(&self.rest[..at]))
    }

    fn take_imports(&mut self, code: &str) -> String {
        let mut rest = String::new();
        let mut copied = 0;
        for (at, word) in words(code) {
            let before = code[copied.min(at)..at].trim_end();
            let starts = at >= copied
                && word == "use"
                && code[at + 3..].starts_with(char::is_whitespace)
                && (before.is_empty() || before.ends_with([';', '{', '}', ']', ')']) || before.ends_with("pub"));
            if !starts {
                continue;
            }
            let end = code[at..].find(';').map_or(code.len(), |length| at + length);
            let exported = before.ends_with("pub") || (before.ends_with(')') && before.contains("pub"));
            let mut found = Vec::new();
            unfold(&[], &code[at + 3..end], &mut found);
            self.imports.extend(found.into_iter().map(|(path, name)| Import { path, name, exported }));
            rest.push_str(&code[copied..at]);
            rest.push(';');
            copied = end + 1;
        }
        rest.push_str(code.get(copied..).unwrap_or_default());
        rest
    }

    fn take_modules(&mut self, code: &str) -> String {
        let mut rest = String::new();
        let mut copied = 0;
        for (at, word) in words(code) {
            if word != "mod" || is_tail(&code[..at]) {
                continue;
            }
            let Some((start, name)) = words(&code[at + 3..]).next() else { continue };
            let end = at + 3 + start + name.len();
            match code[end..].trim_start().chars().next() {
                Some(';') => self.children.push(name.to_owned()),
                Some('{') => self.inline.push(name.to_owned()),
                _ => continue,
            }
            rest.push_str(&code[copied..at]);
            copied = end;
        }
        rest.push_str(&code[copied..]);
        rest
    }
}

/// The code of a source file without comments, strings and tests.
pub fn code_only(source: &str) -> String {
    let letters: Vec<char> = source.chars().collect();
    let at = |position: usize| letters.get(position).copied().unwrap_or(' ');
    let mut code = String::new();
    let mut position = 0;
    while position < letters.len() {
        match (at(position), at(position + 1)) {
            ('/', '/') => {
                while position < letters.len() && at(position) != '\n' {
                    position += 1;
                }
            }
            ('/', '*') => {
                while position < letters.len() && (at(position), at(position + 1)) != ('*', '/') {
                    position += 1;
                }
                position += 2;
            }
            ('r', '"' | '#') if !is_letter(at(position.wrapping_sub(1))) => {
                let hashes = (position + 1..).take_while(|&next| at(next) == '#').count();
                if at(position + 1 + hashes) != '"' {
                    code.push('r');
                    position += 1;
                    continue;
                }
                let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                position += 2 + hashes;
                while position < letters.len()
                    && !(0..=hashes).all(|next| at(position + next) == end.chars().nth(next).unwrap())
                {
                    position += 1;
                }
                position += 1 + hashes;
            }
            ('"', _) => {
                position += 1;
                while position < letters.len() && at(position) != '"' {
                    position += if at(position) == '\\' { 2 } else { 1 };
                }
                position += 1;
            }
            // A character; a lifetime has no second quote.
            ('\'', '\\') => {
                position += 3;
                while position < letters.len() && at(position) != '\'' {
                    position += 1;
                }
                position += 1;
            }
            ('\'', _) if at(position + 2) == '\'' => position += 3,
            (letter, _) => {
                code.push(letter);
                position += 1;
            }
        }
    }
    without_tests(&code)
}

/// Removes each `#[cfg(test)]` and `#[cfg(all(test, …))]` with the item that follows it.
fn without_tests(code: &str) -> String {
    let mut rest = code;
    let mut remaining = String::new();
    while let Some((before, after)) = rest.split_once("#[cfg(") {
        remaining.push_str(before);
        if !after.starts_with("test)") && !after.starts_with("all(test,") {
            remaining.push_str("#[cfg(");
            rest = after;
            continue;
        }
        let mut depth = 0_usize;
        let mut end = after.len();
        for (position, letter) in after.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && matches!(letter, '}' | ';') {
                end = position + 1;
                break;
            }
        }
        rest = &after[end..];
    }
    remaining + rest
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Every word of some code, with its position.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut position = 0;
    std::iter::from_fn(move || {
        let start = position + code[position..].find(is_letter)?;
        let end = code[start..].find(|letter| !is_letter(letter)).map_or(code.len(), |length| start + length);
        position = end;
        Some((start, &code[start..end]))
    })
}

/// Whether the word after `before` is a field, a method, the tail of a path, a variable of a macro or a lifetime.
fn is_tail(before: &str) -> bool {
    let trimmed = before.trim_end();
    // `..name` is a range or a rest, not a field.
    trimmed.ends_with("::")
        || (trimmed.ends_with('.') && !trimmed.ends_with(".."))
        || before.ends_with('$')
        || before.ends_with('\'')
}

/// The paths of two words or more: `a::b::c`; a turbofish ends one.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, word) in words(code) {
        if is_tail(&code[..at]) {
            continue;
        }
        let mut path = vec![word.to_owned()];
        let mut rest = &code[at + word.len()..];
        while let Some(tail) = rest.trim_start().strip_prefix("::").map(str::trim_start) {
            let length = tail.find(|letter| !is_letter(letter)).unwrap_or(tail.len());
            if length == 0 {
                break;
            }
            path.push(tail[..length].to_owned());
            rest = &tail[length..];
        }
        if path.len() > 1 {
            found.push(path);
        }
    }
    found
}

/// The names of the items that the code defines, methods included.
fn items(code: &str) -> Vec<String> {
    const KEYWORDS: [&str; 9] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "macro_rules"];
    let all: Vec<(usize, &str)> = words(code).collect();
    let pairs = all.iter().zip(all.iter().skip(1));
    pairs.filter(|((_, keyword), _)| KEYWORDS.contains(keyword)).map(|(_, (_, name))| (*name).to_owned()).collect()
}

/// Reads `a::b`, `a as b`, `{a, b::c}` or `*` after a base; returns the rest of the text.
fn unfold<'a>(base: &[String], text: &'a str, found: &mut Vec<(Vec<String>, String)>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let after = unfold(base, rest, found);
            assert!(after.len() < rest.len(), "unsupported syntax: {}", &rest[..rest.len().min(60)]);
            rest = after.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
    }
    let end = text.find(|letter: char| !is_letter(letter) && letter != '*').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let mut path = base.to_vec();
    if word != "self" || base.is_empty() {
        path.push(word.to_owned());
    }
    let rest = rest.trim_start();
    if let Some(deeper) = rest.strip_prefix("::") {
        return unfold(&path, deeper, found);
    }
    let mut name = path.last().cloned().unwrap_or_default();
    let mut after = rest;
    if let Some(renamed) = rest.strip_prefix("as ").map(str::trim_start) {
        let end = renamed.find(|letter| !is_letter(letter)).unwrap_or(renamed.len());
        name = renamed[..end].to_owned();
        after = &renamed[end..];
    }
    found.push((path, name));
    after
}
