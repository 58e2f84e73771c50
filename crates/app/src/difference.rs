//! The difference of two texts, line by line.

/// Most pairs of lines that are compared; beyond it the parts that differ are told whole.
const PAIRS_MAX: usize = 4_000_000;
/// Lines that stay the same and are told around one that differs.
const AROUND: usize = 2;

/// What became of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Goes,
    Comes,
}

/// The lines that differ, each after `- ` or `+ `, with two lines around them after two blanks; `...` stands for what is
/// left out. Nothing for equal texts.
pub(crate) fn lines(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, tail) = old_rest.split_at(old_rest.len().saturating_sub(end));
    let (new_middle, _) = new_rest.split_at(new_rest.len().saturating_sub(end));
    let mut all: Vec<(Fate, &str)> = old.iter().take(start).map(|line| (Fate::Stays, *line)).collect();
    all.extend(middle(old_middle, new_middle));
    all.extend(tail.iter().map(|line| (Fate::Stays, *line)));
    told(&all)
}

fn middle<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Fate, &'a str)> {
    let goes = |line: &&'a str| (Fate::Goes, *line);
    let comes = |line: &&'a str| (Fate::Comes, *line);
    if old.len().saturating_mul(new.len()) > PAIRS_MAX {
        return old.iter().map(goes).chain(new.iter().map(comes)).collect();
    }
    // For each pair of places: how many lines the rests have in common.
    let mut common: Vec<Vec<usize>> = vec![vec![0; new.len() + 1]];
    for one in old.iter().rev() {
        let below = common.last().cloned().unwrap_or_default();
        let mut row = vec![0; new.len() + 1];
        for (at, other) in new.iter().enumerate().rev() {
            let at_of = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(0);
            let most = if one == other {
                at_of(&below, at + 1) + 1
            } else {
                at_of(&below, at).max(at_of(&row, at + 1))
            };
            if let Some(cell) = row.get_mut(at) {
                *cell = most;
            }
        }
        common.push(row);
    }
    common.reverse();
    let most = |a: usize, b: usize| common.get(a).and_then(|row| row.get(b)).copied().unwrap_or(0);
    let (mut a, mut b, mut all) = (0, 0, Vec::new());
    loop {
        match (old.get(a), new.get(b)) {
            (Some(one), Some(other)) if one == other => {
                all.push((Fate::Stays, *one));
                (a, b) = (a + 1, b + 1);
            }
            (Some(one), other) if other.is_none() || most(a + 1, b) >= most(a, b + 1) => {
                all.push(goes(one));
                a += 1;
            }
            (_, Some(other)) => {
                all.push(comes(other));
                b += 1;
            }
            _ => return all,
        }
    }
}

fn told(all: &[(Fate, &str)]) -> Vec<String> {
    let differs = |at: usize| all.get(at).is_some_and(|(fate, _)| *fate != Fate::Stays);
    let is_near = |at: usize| (at.saturating_sub(AROUND)..=at + AROUND).any(differs);
    let mut text = Vec::new();
    let mut is_left_out = false;
    for (at, (fate, line)) in all.iter().enumerate() {
        let sign = match fate {
            Fate::Stays if !is_near(at) => {
                is_left_out = true;
                continue;
            }
            Fate::Stays => ' ',
            Fate::Goes => '-',
            Fate::Comes => '+',
        };
        if std::mem::take(&mut is_left_out) && !text.is_empty() {
            text.push("...".to_owned());
        }
        text.push(format!("{sign} {line}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_differs_is_told_with_what_stands_around_it() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj";
        let new = "a\nb\nc\nx\ne\nf\ng\nh\ni\nj\nk";
        let expected = ["  b", "  c", "- d", "+ x", "  e", "  f", "...", "  i", "  j", "+ k"];
        assert_eq!(lines(old, new), expected);
        assert_eq!(lines(old, old), [""; 0]);
        assert_eq!(lines("", "a"), ["+ a"]);
        assert_eq!(lines("a", ""), ["- a"]);
    }

    #[test]
    fn texts_that_are_too_long_to_compare_are_told_whole() {
        let (old, new) = ("a\n".repeat(3_000), "b\n".repeat(3_000));
        assert_eq!(lines(&old, &new).len(), 6_000);
    }

    proptest! {
        #[test]
        fn every_line_that_comes_or_goes_is_told(old in "([abc]\n){0,12}", new in "([abc]\n){0,12}") {
            let all = lines(&old, &new);
            let with = |sign: char| all.iter().filter(|line| line.starts_with(sign)).count();
            prop_assert_eq!(old.lines().count() + with('+'), new.lines().count() + with('-'));
            let of = |text: &str, letter: &str| text.lines().filter(|line| *line == letter).count();
            for letter in ["a", "b", "c"] {
                let told = |sign: &str| all.iter().filter(|line| **line == format!("{sign} {letter}")).count();
                prop_assert_eq!(of(&old, letter) + told("+"), of(&new, letter) + told("-"));
            }
        }
    }
}
