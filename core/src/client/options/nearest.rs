//! Finds the known name that a misspelt one probably means.

/// The longest part of a name that is compared, in characters.
const LONGEST_COMPARED: usize = 64;

/// The most similar of these names, if one is similar enough. Of a long name only the beginning is compared.
pub(in crate::client) fn nearest_of<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name: String = name.chars().take(LONGEST_COMPARED).collect();
    let name = name.to_ascii_lowercase().replace('-', "_");
    names
        .map(|known| (distance(&name, &known.to_ascii_lowercase()), known))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()) / 2)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, removed or replaced (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (other, above) in right.iter().zip(row.iter().skip(1)) {
            let value = (diagonal + usize::from(letter != *other)).min(above + 1).min(before + 1);
            diagonal = *above;
            before = value;
            next.push(value);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest_of;

    #[test]
    fn a_misspelt_name_is_found_and_another_one_is_not() {
        let known = || ["caFilePath", "region"].into_iter();
        assert_eq!(nearest_of("cafilepaht", known()), Some("caFilePath"));
        assert_eq!(nearest_of("REGIO", known()), Some("region"));
        assert_eq!(nearest_of("x", known()), None);
        assert_eq!(nearest_of(&"region".repeat(1_000_000), known()), None);
    }
}
