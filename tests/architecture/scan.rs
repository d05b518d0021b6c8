//! Finds every path a source file speaks: imports, inline paths in types and bodies, attributes, and paths inside macro calls.
//! Paths come out absolute (`crate::…`, `std::…`, `tokio::…`), with local aliases and `super` resolved. It judges nothing.

use std::collections::BTreeMap;

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// One mention of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    pub path: Vec<String>,
    pub line: usize,
    /// Inside `#[cfg(test)]` or a test function.
    pub in_test: bool,
    /// Re-exported with `pub use`.
    pub exported: bool,
}

/// A method call, `x.name(…)`, or a macro call, `name!(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub name: String,
    pub line: usize,
    pub in_test: bool,
    pub is_macro: bool,
}

/// A file module: `mod name;`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    pub name: String,
    pub line: usize,
    pub in_test: bool,
    pub public: bool,
}

/// A public field of a public struct, with the words of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub owner: String,
    pub name: String,
    pub type_words: Vec<String>,
    pub line: usize,
    pub in_test: bool,
}

/// What one source file says.
#[derive(Debug, Default)]
pub struct Spoken {
    pub mentions: Vec<Mention>,
    pub calls: Vec<Call>,
    pub children: Vec<Child>,
    pub fields: Vec<Field>,
    /// The file opens with `//!`.
    pub introduced: bool,
}

/// Reads one file. `module` is its place in the crate (`["app", "update"]`, empty for the root), `in_test` whether the whole file is test code.
pub fn parse_source(module: &[String], source: &str, in_test: bool) -> syn::Result<Spoken> {
    let file = syn::parse_file(source)?;
    let mut aliases = Aliases { module: module.to_vec(), found: BTreeMap::new() };
    aliases.visit_file(&file);
    let introduced = file.attrs.first().is_some_and(|a| a.path().is_ident("doc")) && source.trim_start().starts_with("//!");
    let mut scan = Scan { module: module.to_vec(), aliases: aliases.found, in_test, spoken: Spoken { introduced, ..Spoken::default() } };
    scan.visit_file(&file);
    Ok(scan.spoken)
}

/// Walks a use tree to its leaves: absolute path, local name, line. A glob's leaf is `*`.
fn leaves(tree: &syn::UseTree, prefix: &mut Vec<String>, out: &mut Vec<(Vec<String>, String, usize)>) {
    match tree {
        syn::UseTree::Path(p) => {
            prefix.push(p.ident.to_string());
            leaves(&p.tree, prefix, out);
            prefix.pop();
        }
        syn::UseTree::Name(n) => {
            let name = n.ident.to_string();
            let mut path = prefix.clone();
            if name == "self" {
                let local = path.last().cloned().unwrap_or_default();
                out.push((path, local, line_of(n.ident.span())));
            } else {
                path.push(name.clone());
                out.push((path, name, line_of(n.ident.span())));
            }
        }
        syn::UseTree::Rename(r) => {
            let mut path = prefix.clone();
            if r.ident != "self" {
                path.push(r.ident.to_string());
            }
            out.push((path, r.rename.to_string(), line_of(r.ident.span())));
        }
        syn::UseTree::Glob(g) => {
            let mut path = prefix.clone();
            path.push("*".to_owned());
            out.push((path, "*".to_owned(), line_of(g.star_token.spans[0])));
        }
        syn::UseTree::Group(g) => g.items.iter().for_each(|t| leaves(t, prefix, out)),
    }
}

fn line_of(span: Span) -> usize {
    span.start().line
}

/// Makes `self`, `super` and the crate's own name absolute. Paths that begin otherwise come back as they are.
fn absolute(module: &[String], path: &[String]) -> Vec<String> {
    let mut here = module.to_vec();
    let mut rest = path;
    match path.first().map(String::as_str) {
        Some("self") => rest = &rest[1..],
        Some("super") => {
            while rest.first().is_some_and(|w| w == "super") {
                here.pop();
                rest = &rest[1..];
            }
        }
        Some("pilothouse") => {
            here.clear();
            rest = &rest[1..];
        }
        Some(_) | None => return path.to_vec(),
    }
    std::iter::once("crate".to_owned()).chain(here).chain(rest.iter().cloned()).collect()
}

fn is_test_only(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|a| {
        let words: Vec<String> = a.path().segments.iter().map(|s| s.ident.to_string()).collect();
        match &a.meta {
            // `cfg(test)` and `cfg(all(test, …))`, but not `cfg(not(test))`.
            syn::Meta::List(l) if words == ["cfg"] => {
                let text = l.tokens.to_string();
                text == "test" || (text.starts_with("all") && text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == "test"))
            }
            _ => words.last().is_some_and(|w| w == "test"),
        }
    })
}

/// First pass: what local names stand for, wherever in the file they were imported.
struct Aliases {
    module: Vec<String>,
    found: BTreeMap<String, Vec<String>>,
}

impl<'ast> Visit<'ast> for Aliases {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut out = Vec::new();
        leaves(&item.tree, &mut Vec::new(), &mut out);
        for (path, local, _) in out {
            if local != "*" && local != "_" {
                self.found.insert(local, absolute(&self.module, &path));
            }
        }
    }
}

/// Second pass: every mention.
struct Scan {
    module: Vec<String>,
    aliases: BTreeMap<String, Vec<String>>,
    in_test: bool,
    spoken: Spoken,
}

impl Scan {
    fn mention(&mut self, words: &[String], line: usize, exported: bool) {
        let mut path = absolute(&self.module, words);
        // One alias may name another (`use std::time; use time::Instant`); each step must lengthen or change the path.
        for _ in 0..4 {
            match self.aliases.get(&path[0]) {
                Some(full) if full[0] != path[0] || full.len() > 1 => {
                    let next: Vec<String> = full.iter().chain(&path[1..]).cloned().collect();
                    if full[0] == path[0] {
                        path = next;
                        break;
                    }
                    path = next;
                }
                _ => break,
            }
        }
        self.spoken.mentions.push(Mention { path, line, in_test: self.in_test, exported });
    }

    fn tested<T>(&mut self, attrs: &[syn::Attribute], inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.in_test;
        self.in_test |= is_test_only(attrs);
        let out = inside(self);
        self.in_test = before;
        out
    }

    /// Macro bodies are only tokens: every run `a::b::c`, every `.name(`, every `name!` counts.
    fn tokens(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let is_colons = |i: usize| {
            matches!((trees.get(i), trees.get(i + 1)), (Some(TokenTree::Punct(a)), Some(TokenTree::Punct(b)))
                if a.as_char() == ':' && a.spacing() == Spacing::Joint && b.as_char() == ':')
        };
        let punct = |i: usize, c: char| matches!(trees.get(i), Some(TokenTree::Punct(p)) if p.as_char() == c);
        let mut i = 0;
        while i < trees.len() {
            match &trees[i] {
                TokenTree::Group(g) => self.tokens(g.stream()),
                TokenTree::Ident(first) => {
                    let line = line_of(first.span());
                    let after_dot = i > 0 && punct(i - 1, '.') && !(i > 1 && punct(i - 2, '.'));
                    let mut words = vec![first.to_string()];
                    let mut end = i + 1;
                    while is_colons(end) {
                        match trees.get(end + 2) {
                            Some(TokenTree::Ident(next)) => {
                                words.push(next.to_string());
                                end += 3;
                            }
                            Some(TokenTree::Group(group)) => {
                                self.token_imports(&words, group.stream());
                                break;
                            }
                            _ => break,
                        }
                    }
                    let called = matches!(trees.get(end), Some(TokenTree::Group(_)));
                    if after_dot && called {
                        self.call(words[0].clone(), line, false);
                    } else if punct(end, '!') && matches!(trees.get(end + 1), Some(TokenTree::Group(_))) {
                        self.call(words[words.len() - 1].clone(), line, true);
                        self.mention(&words, line, false);
                    } else if words.len() > 1 && !after_dot {
                        self.mention(&words, line, false);
                    }
                    i = end;
                    continue;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            i += 1;
        }
    }

    /// `use a::{b, c}` written inside a macro body.
    fn token_imports(&mut self, prefix: &[String], group: TokenStream) {
        for tree in group {
            if let TokenTree::Ident(word) = tree {
                let path: Vec<String> = prefix.iter().cloned().chain([word.to_string()]).collect();
                self.mention(&path, line_of(word.span()), false);
            }
        }
    }

    fn call(&mut self, name: String, line: usize, is_macro: bool) {
        self.spoken.calls.push(Call { name, line, in_test: self.in_test, is_macro });
    }
}

fn words_of(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|s| s.ident.to_string()).collect()
}

/// Every identifier in a type, outermost first.
fn type_words(ty: &syn::Type) -> Vec<String> {
    struct Words(Vec<String>);
    impl<'ast> Visit<'ast> for Words {
        fn visit_ident(&mut self, ident: &'ast syn::Ident) {
            self.0.push(ident.to_string());
        }
    }
    let mut words = Words(Vec::new());
    words.visit_type(ty);
    words.0
}

impl<'ast> Visit<'ast> for Scan {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.tested(&item.attrs, |scan| {
            if item.content.is_none() {
                scan.spoken.children.push(Child {
                    name: item.ident.to_string(),
                    line: line_of(item.ident.span()),
                    in_test: scan.in_test,
                    public: matches!(item.vis, syn::Visibility::Public(_)),
                });
            }
            scan.module.push(item.ident.to_string());
            visit::visit_item_mod(scan, item);
            scan.module.pop();
        });
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.tested(&item.attrs, |scan| visit::visit_item_fn(scan, item));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.tested(&item.attrs, |scan| visit::visit_item_impl(scan, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.tested(&item.attrs, |scan| visit::visit_impl_item_fn(scan, item));
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.tested(&item.attrs, |scan| {
            for field in item.fields.iter().filter(|f| matches!(f.vis, syn::Visibility::Public(_))) {
                let name = field.ident.as_ref().map_or_else(|| "0".to_owned(), ToString::to_string);
                let line = field.ident.as_ref().map_or_else(|| line_of(item.ident.span()), |i| line_of(i.span()));
                scan.spoken.fields.push(Field {
                    owner: item.ident.to_string(),
                    name,
                    type_words: type_words(&field.ty),
                    line,
                    in_test: scan.in_test,
                });
            }
            visit::visit_item_struct(scan, item);
        });
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tested(&item.attrs, |scan| {
            let exported = !matches!(item.vis, syn::Visibility::Inherited);
            let mut out = Vec::new();
            leaves(&item.tree, &mut Vec::new(), &mut out);
            for (path, _, line) in out {
                // An import is absolute already; going through the aliases would resolve a name by itself.
                let path = absolute(&scan.module, &path);
                scan.spoken.mentions.push(Mention { path, line, in_test: scan.in_test, exported });
            }
        });
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words = words_of(path);
        if let Some(first) = path.segments.first() {
            let line = line_of(first.ident.span());
            if words.len() > 1 || self.aliases.contains_key(&words[0]) {
                self.mention(&words, line, false);
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.call(call.method.to_string(), line_of(call.method.span()), false);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if let Some(last) = mac.path.segments.last() {
            self.call(last.ident.to_string(), line_of(last.ident.span()), true);
        }
        self.tokens(mac.tokens.clone());
        visit::visit_macro(self, mac);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        // `#[derive(serde::Serialize)]`, `#[tokio::test]`: paths like any other. Doc comments are text.
        if let syn::Meta::List(list) = &attribute.meta {
            // Lint names (`clippy::…`) are no paths.
            if !["expect", "allow", "warn", "deny", "cfg", "cfg_attr"].iter().any(|w| list.path.is_ident(w)) {
                self.tokens(list.tokens.clone());
            }
        }
        visit::visit_attribute(self, attribute);
    }
}
