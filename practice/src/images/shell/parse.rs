//! Tokens into lists of pipelines, loops and conditions: the part of the shell's grammar that server scripts use.

use super::lex::{Redirect, Token, Word};

/// Deepest nesting of loops and groups.
const MAX_DEPTH: usize = 16;

/// Commands one after another.
pub(super) type List = Vec<Entry>;

/// One command of a list, with what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) node: Node,
    pub(super) then: Then,
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Always,
    And,
    Or,
    Background,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Pipeline(Vec<Stage>),
    Loop { until: bool, condition: List, body: List },
    If { condition: List, body: List, otherwise: List },
}

/// A stage of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    Simple(Simple),
    /// `( ... )` or `{ ...; }`, or a loop that is piped, and where its standard output goes.
    Group(List, Option<Output>),
}

/// A simple command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Simple {
    pub(super) words: Vec<Word>,
    /// Where its standard output goes, if into a file.
    pub(super) output: Option<Output>,
    /// The file that it reads.
    pub(super) input: Option<Word>,
}

/// A file that takes standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) file: Word,
    /// Whether it keeps what it had.
    pub(super) appends: bool,
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    /// The file of the latest `<`.
    input: Option<Word>,
}

/// The list a script is; None for a syntax error.
pub(super) fn list(tokens: &[Token]) -> Option<List> {
    let mut parser = Parser { tokens, at: 0, input: None };
    let list = parser.list(0)?;
    (parser.at == tokens.len()).then_some(list)
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn keyword(&self) -> Option<&'t str> {
        match self.peek()? {
            Token::Word(word) if !word.quoted => word.literal(),
            _ => None,
        }
    }

    fn skip(&mut self, keyword: &str) -> Option<()> {
        (self.keyword()? == keyword).then(|| self.at += 1)
    }

    fn list(&mut self, depth: usize) -> Option<List> {
        let mut list = List::new();
        if depth > MAX_DEPTH {
            return None;
        }
        loop {
            while matches!(self.peek(), Some(Token::End)) {
                self.at += 1;
            }
            let ends = matches!(self.keyword(), Some("do" | "done" | "then" | "else" | "elif" | "fi" | "}"));
            if ends || matches!(self.peek(), None | Some(Token::Close)) {
                return Some(list);
            }
            let node = self.pipeline(depth)?;
            let then = match self.peek() {
                Some(Token::And) => Then::And,
                Some(Token::Or) => Then::Or,
                Some(Token::Background) => Then::Background,
                Some(Token::End) => Then::Always,
                _ => {
                    list.push(Entry { node, then: Then::Always });
                    continue;
                }
            };
            self.at += 1;
            list.push(Entry { node, then });
        }
    }

    fn pipeline(&mut self, depth: usize) -> Option<Node> {
        let first = self.command(depth)?;
        if !matches!(self.peek(), Some(Token::Pipe)) {
            return Some(first);
        }
        let mut stages = vec![stage(first)];
        while matches!(self.peek(), Some(Token::Pipe)) {
            self.at += 1;
            while matches!(self.peek(), Some(Token::End)) {
                self.at += 1;
            }
            stages.push(stage(self.command(depth)?));
        }
        Some(Node::Pipeline(stages))
    }

    fn command(&mut self, depth: usize) -> Option<Node> {
        if matches!(self.peek(), Some(Token::Open)) {
            self.at += 1;
            let list = self.list(depth + 1)?;
            (self.peek() == Some(&Token::Close)).then(|| self.at += 1)?;
            let output = self.redirections()?;
            return Some(Node::Pipeline(vec![Stage::Group(list, output)]));
        }
        match self.keyword() {
            Some("{") => {
                self.at += 1;
                let list = self.list(depth + 1)?;
                self.skip("}")?;
                let output = self.redirections()?;
                Some(Node::Pipeline(vec![Stage::Group(list, output)]))
            }
            Some(word @ ("while" | "until")) => {
                self.at += 1;
                let condition = self.list(depth + 1)?;
                self.skip("do")?;
                let body = self.list(depth + 1)?;
                self.skip("done")?;
                let node = Node::Loop { until: word == "until", condition, body };
                Some(written(node, self.redirections()?))
            }
            Some("if") => {
                self.at += 1;
                self.conditional(depth)
            }
            _ => self.simple(),
        }
    }

    fn conditional(&mut self, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        let condition = self.list(depth + 1)?;
        self.skip("then")?;
        let body = self.list(depth + 1)?;
        let otherwise = if self.skip("elif").is_some() {
            let nested = self.conditional(depth + 1)?;
            return Some(Node::If {
                condition,
                body,
                otherwise: vec![Entry { node: nested, then: Then::Always }],
            });
        } else if self.skip("else").is_some() {
            self.list(depth + 1)?
        } else {
            List::new()
        };
        self.skip("fi")?;
        let node = Node::If { condition, body, otherwise };
        Some(written(node, self.redirections()?))
    }

    fn simple(&mut self) -> Option<Node> {
        let mut simple = Simple::default();
        self.input = None;
        loop {
            match self.peek() {
                Some(Token::Word(word)) => {
                    simple.words.push(word.clone());
                    self.at += 1;
                }
                Some(Token::Redirect(_)) => simple.output = self.redirections()?.or(simple.output),
                _ if simple.words.is_empty() && simple.output.is_none() => return None,
                _ => {
                    simple.input = self.input.take();
                    return Some(Node::Pipeline(vec![Stage::Simple(simple)]));
                }
            }
        }
    }

    /// Where standard output goes by the redirections that follow, if into a file. None for a syntax error.
    #[expect(clippy::option_option, reason = "a syntax error, nothing, or a file")]
    fn redirections(&mut self) -> Option<Option<Output>> {
        let mut output = None;
        while let Some(Token::Redirect(kind)) = self.peek() {
            self.at += 1;
            let Some(Token::Word(file)) = self.peek() else { return None };
            self.at += 1;
            match kind {
                Redirect::Into | Redirect::Onto => {
                    output = Some(Output { file: file.clone(), appends: *kind == Redirect::Onto });
                }
                Redirect::From => self.input = Some(file.clone()),
                Redirect::Other => {}
            }
        }
        Some(output)
    }
}

/// A loop or condition whose output goes into a file is a group of its own.
fn written(node: Node, output: Option<Output>) -> Node {
    match output {
        None => node,
        output => Node::Pipeline(vec![Stage::Group(vec![Entry { node, then: Then::Always }], output)]),
    }
}

fn stage(node: Node) -> Stage {
    match node {
        Node::Pipeline(mut stages) if stages.len() == 1 => {
            stages.pop().unwrap_or_else(|| Stage::Group(List::new(), None))
        }
        other => Stage::Group(vec![Entry { node: other, then: Then::Always }], None),
    }
}
