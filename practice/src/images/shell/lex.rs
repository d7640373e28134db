//! A shell script into tokens. Only what decides what a small server script does; everything is bounded by the
//! script's own length.

/// Longest script that is read, in bytes. A task definition is at most 64 KiB.
pub(super) const MAX_SCRIPT: usize = 64 * 1024;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    /// `;` or a line end.
    End,
    And,
    Or,
    Pipe,
    Background,
    Open,
    Close,
    /// `>`, `>>`, `<`, `2>&1`
    Redirect(Redirect),
}

/// What a redirection is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirect {
    /// Standard output, into a file that is emptied first.
    Into,
    /// Standard output, to the end of a file.
    Onto,
    /// Standard input, from a file.
    From,
    /// Other descriptors, duplicates, here documents.
    Other,
}

/// A word: parts that are joined when expanded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
    /// An unquoted word that expands to nothing disappears.
    pub(super) quoted: bool,
}

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// `$NAME`
    Variable(String),
    /// `${#NAME}`
    Length(String),
    /// `$(script)`
    Command(String),
}

impl Word {
    /// The word when nothing in it is expanded.
    pub(super) fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    fn text(&mut self, c: char) {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            text.push(c);
        } else {
            self.parts.push(Part::Text(c.to_string()));
        }
    }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

/// The tokens of a script; None when a quote or bracket is never closed.
pub(super) fn tokens(script: &str) -> Option<Vec<Token>> {
    if script.len() > MAX_SCRIPT {
        return None;
    }
    let mut lexer = Lexer { chars: script.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some(c) = lexer.peek() {
        match c {
            ' ' | '\t' | '\r' => lexer.at += 1,
            '#' => {
                while lexer.peek().is_some_and(|c| c != '\n') {
                    lexer.at += 1;
                }
            }
            '\\' if lexer.ahead(1) == Some('\n') => lexer.at += 2,
            _ => tokens.push(lexer.token(c)?),
        }
    }
    Some(tokens)
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> Option<char> {
        self.chars.get(self.at + by).copied()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn skip_if(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn token(&mut self, first: char) -> Option<Token> {
        if matches!(first, '>' | '<') || first.is_ascii_digit() && matches!(self.ahead(1), Some('>' | '<')) {
            return Some(self.redirect());
        }
        let token = match first {
            ';' | '\n' => Token::End,
            '(' => Token::Open,
            ')' => Token::Close,
            '&' if self.ahead(1) == Some('>') => {
                self.at += 1;
                return Some(self.redirect());
            }
            '&' | '|' => {
                self.at += 1;
                let twice = self.skip_if(first);
                return Some(match (first, twice) {
                    ('&', true) => Token::And,
                    ('&', false) => Token::Background,
                    (_, true) => Token::Or,
                    (_, false) => Token::Pipe,
                });
            }
            _ => return self.word().map(Token::Word),
        };
        self.at += 1;
        Some(token)
    }

    fn redirect(&mut self) -> Token {
        let descriptor = self.peek().filter(char::is_ascii_digit);
        self.at += usize::from(descriptor.is_some());
        let out = self.take() == Some('>');
        let appends = out && self.skip_if('>');
        let duplicate = self.skip_if('&');
        if !out && !duplicate && descriptor.is_none() && self.peek() != Some('<') {
            return Token::Redirect(Redirect::From);
        }
        Token::Redirect(match (out && !duplicate && matches!(descriptor, None | Some('1')), appends) {
            (true, false) => Redirect::Into,
            (true, true) => Redirect::Onto,
            (false, _) => Redirect::Other,
        })
    }

    fn word(&mut self) -> Option<Word> {
        let mut word = Word::default();
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    self.at += 1;
                    word.quoted = true;
                    loop {
                        match self.take()? {
                            '\'' => break,
                            c => word.text(c),
                        }
                    }
                }
                '"' => {
                    self.at += 1;
                    word.quoted = true;
                    self.double_quoted(&mut word)?;
                }
                '\\' => {
                    self.at += 1;
                    if let Some(c) = self.take().filter(|c| *c != '\n') {
                        word.text(c);
                    }
                }
                '$' | '`' => self.expansion(&mut word)?,
                _ => {
                    self.at += 1;
                    word.text(c);
                }
            }
        }
        Some(word)
    }

    fn double_quoted(&mut self, word: &mut Word) -> Option<()> {
        if self.peek() == Some('"') {
            word.parts.push(Part::Text(String::new()));
        }
        loop {
            match self.peek()? {
                '"' => {
                    self.at += 1;
                    return Some(());
                }
                '\\' => {
                    self.at += 1;
                    let c = self.take()?;
                    if !matches!(c, '"' | '\\' | '$' | '`' | '\n') {
                        word.text('\\');
                    }
                    if c != '\n' {
                        word.text(c);
                    }
                }
                '$' | '`' => self.expansion(word)?,
                c => {
                    self.at += 1;
                    word.text(c);
                }
            }
        }
    }

    fn expansion(&mut self, word: &mut Word) -> Option<()> {
        if self.skip_if('`') {
            let mut script = String::new();
            loop {
                match self.take()? {
                    '`' => break,
                    '\\' => script.extend(self.take()),
                    c => script.push(c),
                }
            }
            word.parts.push(Part::Command(script));
            return Some(());
        }
        self.at += 1;
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let script = self.balanced()?;
                word.parts.push(Part::Command(script));
            }
            Some('{') => {
                self.at += 1;
                let mut inner = String::new();
                loop {
                    match self.take()? {
                        '}' => break,
                        c => inner.push(c),
                    }
                }
                word.parts.push(match inner.strip_prefix('#') {
                    Some(name) => Part::Length(name.to_owned()),
                    None => Part::Variable(inner),
                });
            }
            Some(c) if c == '_' || c.is_ascii_alphabetic() => {
                let mut name = String::new();
                while let Some(c) = self.peek().filter(|c| *c == '_' || c.is_ascii_alphanumeric()) {
                    name.push(c);
                    self.at += 1;
                }
                word.parts.push(Part::Variable(name));
            }
            Some(c @ ('?' | '$' | '#' | '@' | '*' | '!' | '0'..='9')) => {
                self.at += 1;
                word.parts.push(Part::Variable(c.to_string()));
            }
            _ => word.text('$'),
        }
        Some(())
    }

    /// What stands up to the bracket that closes a command substitution; quotes hide brackets.
    fn balanced(&mut self) -> Option<String> {
        let (mut depth, mut quote, mut script) = (1_u32, None, String::new());
        loop {
            let c = self.take()?;
            match (quote, c) {
                (None, '(') => depth += 1,
                (None, ')') => depth -= 1,
                (None, '\'' | '"') => quote = Some(c),
                (Some(q), _) if q == c => quote = None,
                (quote, '\\') if quote != Some('\'') => {
                    script.push(c);
                    script.extend(self.take());
                    continue;
                }
                _ => {}
            }
            if depth == 0 {
                return Some(script);
            }
            script.push(c);
        }
    }
}
