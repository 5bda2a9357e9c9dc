//! Rust files as tokens: comments and strings are gone, macros are looked into.

use proc_macro2::{TokenStream, TokenTree};

use super::source::File;

/// A name, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// The name.
    pub name: String,
    /// Line of it, from 1.
    pub line: usize,
}

/// The names of a file.
#[derive(Debug)]
pub(super) struct Names {
    /// Those that begin a path: `tokio` in `use tokio::{fs, net}` and in `tokio::spawn(…)`.
    pub roots: Vec<Name>,
    /// All of them.
    pub all: Vec<Name>,
}

/// The names of a file.
pub(super) fn of(file: &File) -> &Names {
    file.names.get_or_init(|| {
        let parsed: Result<TokenStream, _> = file.text.parse();
        let tokens = parsed.unwrap_or_else(|error| panic!("{} is no Rust: {error}", file.path));
        let (mut roots, mut all) = (Vec::new(), Vec::new());
        gather_roots(tokens.clone(), Place::Plain, &mut roots);
        gather_all(tokens, &mut all);
        Names { roots, all }
    })
}

/// Where a list of tokens stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Anywhere.
    Plain,
    /// The braces of `use {a, b::c}`: each item begins a path.
    Import,
    /// The braces of `a::{b, c}`: no item begins a path.
    Continued,
}

fn gather_roots(stream: TokenStream, place: Place, roots: &mut Vec<Name>) {
    let tokens: Vec<_> = stream.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let item = index == 0 || is_punct(tokens.get(index - 1), ',');
        let continues = follows_colons(&tokens, index) || item && place == Place::Continued;
        let imported = follows_word(&tokens, index, &["use", "crate"]) || item && place == Place::Import;
        match token {
            TokenTree::Group(group) => {
                let inner = match (continues, imported) {
                    (true, _) => Place::Continued,
                    (_, true) => Place::Import,
                    _ => Place::Plain,
                };
                gather_roots(group.stream(), inner, roots);
            }
            TokenTree::Ident(ident) if !continues && (imported || are_colons(&tokens, index + 1)) => {
                roots.push(Name { name: ident.to_string(), line: ident.span().start().line });
            }
            _ => {}
        }
    }
}

fn are_colons(tokens: &[TokenTree], index: usize) -> bool {
    is_punct(tokens.get(index), ':') && is_punct(tokens.get(index + 1), ':')
}

/// Whether `::` stands before the token, and a path before that: `::tokio` begins one.
fn follows_colons(tokens: &[TokenTree], index: usize) -> bool {
    index >= 3
        && are_colons(tokens, index - 2)
        && (is_punct(tokens.get(index - 3), '>')
            || matches!(&tokens[index - 3], TokenTree::Ident(before) if *before != "use"))
}

/// `use tokio;`, `use tokio as t;`, `extern crate tokio;`
fn follows_word(tokens: &[TokenTree], index: usize, words: &[&str]) -> bool {
    let before = index.checked_sub(1).and_then(|before| tokens.get(before));
    matches!(before, Some(TokenTree::Ident(ident)) if words.iter().any(|word| *ident == word))
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn gather_all(stream: TokenStream, all: &mut Vec<Name>) {
    for token in stream {
        match token {
            TokenTree::Group(group) => gather_all(group.stream(), all),
            TokenTree::Ident(ident) => {
                all.push(Name { name: ident.to_string(), line: ident.span().start().line });
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let text = r#"
        //! tokio::none
        use tokio::{net, sync::mpsc};
        use {serde as s, bytes::Bytes};
        extern crate alloc;
        fn f() { let a = ::rand::random(); "reqwest::get"; view! { <A x=leptos::y/> } a::<uuid::Uuid>() }
        #[actix_web::main] struct S<T: sea_orm::Trait>(std::io::Result<T>);
    "#;
    let file = File::made_up("a.rs", text);
    let names: Vec<_> = of(&file).roots.iter().map(|root| root.name.as_str()).collect();
    let expected =
        ["tokio", "serde", "bytes", "alloc", "rand", "leptos", "a", "uuid", "actix_web", "sea_orm", "std"];
    assert_eq!(names, expected);
    assert!(of(&file).all.contains(&Name { name: "mpsc".to_owned(), line: 3 }));
}
