use super::*;

fn tags(source: &str) -> Vec<String> {
    Lexer::template(source).map(|tag| show(&tag)).collect()
}

fn show(tag: &Tag<'_>) -> String {
    let tokens: Vec<String> = tag
        .tokens
        .iter()
        .map(|token| match token {
            Token::Word(word) => (*word).to_owned(),
            Token::Literal => "#".to_owned(),
            Token::Mark(mark) => char::from(*mark).to_string(),
        })
        .collect();
    format!("{}{}", if tag.statement { "%" } else { "" }, tokens.join(" "))
}

#[test]
fn tags_are_found_as_the_engine_finds_them() {
    for (source, expected) in [
        ("text", vec![]),
        ("a {{ b.c }} d {% if x %}", vec!["b . c", "%if x"]),
        ("{{- b -}}{%+ if x +%}", vec!["b", "%if x"]),
        ("{{ '}}' }}{{ \"a\\\"}}\" }}", vec!["#", "#"]),
        ("{{ {'a': {'b': 1}}}}{{ x }}", vec!["{ # : { # : # } }", "x"]),
        ("{# {{ a }} #}{{ b }}{##}{{ c }}", vec!["b", "c"]),
        ("{% raw %}{{ a }}{% endraw %}{{ b }}", vec!["b"]),
        ("{%- raw -%}{{ a }}{% x %}{%- endraw -%}{{ b }}", vec!["b"]),
        ("{% rawer %}", vec!["%rawer"]),
        ("{{{1: 2}}}", vec!["{ # : # }"]),
        ("{ {{ a }} }", vec!["a"]),
        ("{{ a", vec!["a"]),
        ("{{ 'a", vec![""]),
        ("{{ é }}{{ a }}", vec![""]),
        ("{# a", vec![]),
        ("{% raw %}{{ a }}", vec![]),
    ] {
        assert_eq!(tags(source), expected, "{source}");
    }
    assert_eq!(Lexer::expression("a }} b").map(|tag| show(&tag)).collect::<Vec<_>>(), ["a"]);
    assert_eq!(Lexer::expression("{'a': 1}").map(|tag| show(&tag)).collect::<Vec<_>>(), ["{ # : # }"]);
}
