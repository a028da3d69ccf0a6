//! Splits a command line into a program and its arguments. No shell is involved: nothing is expanded, piped or redirected.

use std::mem::take;

/// Splits a command line at its white space. Text in single quotes is taken literally. In double quotes, a backslash escapes
/// a double quote or a backslash. Outside of quotes, a backslash escapes any character.
///
/// # Errors
/// The problem: there is no program, a quote is not closed, or a backslash is the last character.
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
    if arguments.first().is_none_or(String::is_empty) { Err("it names no program") } else { Ok(arguments) }
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
        for wrong in ["", "  ", "''", "a 'b", "a \"b\\\"", "a\\"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
