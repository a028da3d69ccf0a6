//! Splits a command line into a program and its arguments. No shell is involved: nothing is expanded, piped or redirected.

use std::mem::take;

/// Splits a command line at its white space. Text in single quotes is taken literally. In double quotes, a backslash escapes
/// a double quote or a backslash. Outside of quotes, a backslash escapes any character.
///
/// # Errors
/// The problem: there is no program, it begins with an assignment, a quote is not closed, or a backslash is the last
/// character. Nothing of the command is quoted.
pub fn split(command: &str) -> Result<Vec<String>, &'static str> {
    let mut arguments = Vec::new();
    let mut argument = String::new();
    // An empty pair of quotes is an argument as well.
    let mut started = false;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' => {
                started = true;
                loop {
                    match letters.next().ok_or("a quote is not closed")? {
                        end if end == letter => break,
                        '\\' if letter == '"' => match letters.next().ok_or("a quote is not closed")? {
                            plain @ ('"' | '\\') => argument.push(plain),
                            other => argument.extend(['\\', other]),
                        },
                        inside => argument.push(inside),
                    }
                }
            }
            '\\' => {
                started = true;
                argument.push(letters.next().ok_or("a backslash is the last character")?);
            }
            space if space.is_whitespace() => {
                if take(&mut started) {
                    arguments.push(take(&mut argument));
                }
            }
            letter => {
                started = true;
                argument.push(letter);
            }
        }
    }
    if started {
        arguments.push(argument);
    }
    match arguments.first() {
        None => Err("it names no program"),
        Some(program) if program.is_empty() => Err("it names no program"),
        // Its value may be a secret, so it must not be taken for a program, whose name is shown.
        Some(program) if is_assignment(program) => {
            Err("it begins with an assignment, which only a shell understands; write: env NAME=value program")
        }
        Some(_) => Ok(arguments),
    }
}

/// Whether a word is `NAME=value` of a shell.
fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn quotes_and_backslashes() {
        for (command, arguments) in [
            ("a b", vec!["a", "b"]),
            ("  a\t b\n", vec!["a", "b"]),
            ("'a b' \"c d\"", vec!["a b", "c d"]),
            (r#"a\ b "c\"d\\e\f" 'g\h'"#, vec!["a b", r#"c"d\e\f"#, r"g\h"]),
            ("a '' \"\"b", vec!["a", "", "b"]),
            ("a $HOME | b; c > d", vec!["a", "$HOME", "|", "b;", "c", ">", "d"]),
            ("ä='ö'", vec!["ä=ö"]),
        ] {
            assert_eq!(split(command).unwrap(), arguments, "{command}");
        }
        for wrong in [
            "",
            "  ",
            "''",
            "a 'b",
            "a \"b\\\"",
            "a\\",
            "PASSWORD=sup3r program",
            "'P=a b' program",
            "_p=sup3r",
            "=sup3r",
        ] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
