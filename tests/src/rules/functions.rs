//! How long functions are. A function that needs scrolling does more than one thing.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, ItemImpl, Signature, TraitItemFn};

use super::source::{self, File};
use super::violation::{Violation, none};

const MEND: &str = "split it: a function for each thing that it does, named after what it does";
const HANDLER: &str =
    "a handler reads the request, calls one use-case and answers: move the rest to magone-service";
const MESSAGE: &str = "an actor's handler calls a plain struct that has its own tests: move the rest there";

/// Lines from the signature to the closing brace.
const MOST: usize = 60;
/// The same, for handlers of HTTP requests.
const MOST_OF_HANDLER: usize = 40;
/// Lines between the braces of an actor's handler.
const MOST_OF_MESSAGE: usize = 10;

/// Where functions are handlers of HTTP requests.
const HANDLERS: [&str; 2] = ["server/src/api/", "server/src/console/"];
/// Where actors live.
const ACTORS: &str = "server/src/actors/";

struct Walk<'a> {
    file: &'a File,
    in_handler: bool,
    found: Vec<Violation>,
}

impl Walk<'_> {
    fn look(&mut self, signature: &Signature, body: &Block) {
        let lines = lines(signature.span(), body.span());
        let handler = HANDLERS.iter().any(|folder| self.file.path.starts_with(folder));
        let (most, mend) = if handler { (MOST_OF_HANDLER, HANDLER) } else { (MOST, MEND) };
        if lines > most {
            self.report(signature, format!("has {lines} lines, {most} are allowed"), mend);
        }
        let inner = lines_of(body.span()).saturating_sub(2);
        if self.in_handler && self.file.path.starts_with(ACTORS) && inner > MOST_OF_MESSAGE {
            self.report(
                signature,
                format!("has a body of {inner} lines, {MOST_OF_MESSAGE} are allowed"),
                MESSAGE,
            );
        }
    }

    fn report(&mut self, signature: &Signature, what: String, mend: &'static str) {
        let line = signature.span().start().line;
        self.found.push(Violation::at(&self.file.path, line, format!("`{}` {what}", signature.ident), mend));
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.look(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.look(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(body) = &function.default {
            self.look(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let segment = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        self.in_handler = segment.is_some_and(|segment| segment.ident == "Handler");
        visit::visit_item_impl(self, item);
        self.in_handler = false;
    }
}

fn lines(from: Span, to: Span) -> usize {
    to.end().line + 1 - from.start().line
}

fn lines_of(span: Span) -> usize {
    lines(span, span)
}

fn too_long(file: &File) -> Vec<Violation> {
    let parsed =
        syn::parse_file(&file.text).unwrap_or_else(|error| panic!("{} is no Rust: {error}", file.path));
    let mut walk = Walk { file, in_handler: false, found: Vec::new() };
    walk.visit_file(&parsed);
    walk.found
}

#[test]
fn functions_are_short() {
    none("length of functions", source::rust().flat_map(too_long).collect());
}

#[test]
fn long_functions_are_found() {
    let of = |path: &str, lines: usize| {
        let body = "    g();\n".repeat(lines - 2);
        let text = format!("struct A;\nimpl Handler<M> for A {{\n#[x]\nfn f() {{\n{body}}}\n}}");
        too_long(&File::made_up(path, &text)).len()
    };
    assert_eq!((of("server/src/x.rs", 60), of("server/src/x.rs", 61)), (0, 1));
    assert_eq!((of("server/src/api/x.rs", 40), of("server/src/api/x.rs", 41)), (0, 1));
    assert_eq!((of("server/src/actors/x.rs", 12), of("server/src/actors/x.rs", 13)), (0, 1));
    let inner = format!("fn f() {{\n fn g() {{\n{}}}\n}}", "h();\n".repeat(60));
    assert_eq!(too_long(&File::made_up("a.rs", &inner)).len(), 2);
}
