//! A command as its words. No shell is involved: nothing is expanded, piped or redirected.

use std::mem::take;

/// Splits a command at its white space. Single quotes hold everything between them together; so do double quotes, within
/// which a backslash makes a quote or a backslash an ordinary character; outside of quotes a backslash does that for any
/// character.
///
/// # Errors
/// What is wrong with it: there is no word, a quote is left open, or a backslash has nothing behind it.
pub fn split(command: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word = String::new();
    // A pair of quotes with nothing in it is a word as well.
    let mut begun = false;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' => {
                begun = true;
                loop {
                    match letters.next().ok_or("a quote is left open")? {
                        end if end == letter => break,
                        '\\' if letter == '"' => match letters.next().ok_or("a quote is left open")? {
                            plain @ ('"' | '\\') => word.push(plain),
                            other => word.extend(['\\', other]),
                        },
                        inside => word.push(inside),
                    }
                }
            }
            '\\' => {
                begun = true;
                word.push(letters.next().ok_or("a backslash has nothing behind it")?);
            }
            space if space.is_whitespace() => {
                if take(&mut begun) {
                    words.push(take(&mut word));
                }
            }
            letter => {
                begun = true;
                word.push(letter);
            }
        }
    }
    if begun {
        words.push(word);
    }
    if words.first().is_none_or(String::is_empty) { Err("it names no program") } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn quotes_and_backslashes() {
        for (command, words) in [
            ("a b", vec!["a", "b"]),
            ("  a\t b\n", vec!["a", "b"]),
            ("'a b' \"c d\"", vec!["a b", "c d"]),
            (r#"a\ b "c\"d\\e\f" 'g\h'"#, vec!["a b", r#"c"d\e\f"#, r"g\h"]),
            ("a '' \"\"b", vec!["a", "", "b"]),
            ("a $HOME | b; c > d", vec!["a", "$HOME", "|", "b;", "c", ">", "d"]),
            ("ä='ö'", vec!["ä=ö"]),
        ] {
            assert_eq!(split(command).unwrap(), words, "{command}");
        }
        for wrong in ["", "  ", "''", "a 'b", "a \"b\\\"", "a\\"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
