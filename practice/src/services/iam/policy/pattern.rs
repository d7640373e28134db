//! Patterns of policies: `*` is any run of characters, `?` any one, `${key}` a value of the context.

use super::Context;

/// Whether `text` fits `pattern`. Takes at most the product of their lengths.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where to go on when what followed the last star did not fit.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == '?' || text.get(t) == Some(wanted) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|rest| *rest == '*')
}

/// The same without regard to the case of letters, as actions are compared.
pub(crate) fn fits_any_case(pattern: &str, text: &str) -> bool {
    pattern == "*" || fits(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

/// `pattern` with its `${key}` replaced; None when the context has no such key, so that nothing fits.
pub(crate) fn filled(pattern: &str, context: &Context) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((key, after)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        let (key, default) = match key.split_once(',') {
            Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
            None => (key, None),
        };
        match (key, context.get(&key.to_ascii_lowercase()).and_then(|values| values.first())) {
            ("*" | "?" | "$", _) => out.push_str(key),
            (_, Some(value)) => out.push_str(value),
            (_, None) => out.push_str(default?),
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*", "a", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*:*:task/*", "arn:aws:ecs:task/x", true),
            ("*ab*ab", "abab", true),
            ("", "a", false),
            ("ecs:Submit*", "ecs:SubmitTaskStateChange", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
        assert!(fits_any_case("ECS:submit*", "ecs:SubmitX"));
    }

    #[test]
    fn variables_are_filled_from_the_context() {
        let context = Context::from([("aws:username".to_owned(), vec!["ann".to_owned()])]);
        assert_eq!(filled("user/${aws:username}/x", &context).as_deref(), Some("user/ann/x"));
        assert_eq!(filled("${aws:PrincipalTag/team, 'none'}", &context).as_deref(), Some("none"));
        assert_eq!(filled("${aws:other}", &context), None);
        assert_eq!(filled("a${b", &context).as_deref(), Some("a${b"));
    }

    #[test]
    fn a_hostile_pattern_ends() {
        assert!(!fits(&"*a".repeat(500), &"a".repeat(499)));
        assert!(!fits(&format!("{}b", "*a".repeat(200)), &"a".repeat(2000)));
    }
}
