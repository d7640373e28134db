//! Markdown to what a page shows: sanitised HTML, and beside it the blocks that a reader copies or compares.
//!
//! Values are put in after Markdown has been understood, so a value is always text and never markup. Not here: how a block
//! looks (`app`).

use super::values::{NoValue, Values};
use pulldown_cmark::{
    BlockQuoteKind, CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd,
    TextMergeStream, html as markup,
};
use std::mem;

/// A step's text in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepText {
    /// The section `## Goal`.
    pub goal_html: String,
    /// The section `## Why`.
    pub why_html: String,
    /// Everything else, in order.
    pub blocks: Vec<Block>,
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Sanitised HTML; headings begin at level 3.
    Prose(String),
    /// To be copied and run: a fence marked `bash` or `sh`.
    Command {
        /// As it is copied.
        text: String,
        /// Another way to the same end (marked `bash alternative`).
        alternative: bool,
    },
    /// What a command answers: a fence marked `text`, `console` or `output`, or not at all.
    Output(String),
    /// A file's content: any other fence, its name given as `name=...`.
    File {
        /// May be empty.
        name: String,
        /// As it is copied.
        text: String,
    },
    /// A quote that begins with `[!NOTE]`, `[!LOOK]` or `[!WARNING]`.
    Callout {
        /// Which of them.
        tone: Tone,
        /// Sanitised.
        html: String,
    },
}

/// What a callout is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Note,
    /// What to look at.
    Look,
    /// What goes wrong easily.
    Warning,
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM
}

/// A step's text with the values filled in.
pub fn step(markdown: &str, values: &Values) -> Result<StepText, NoValue> {
    let mut text = StepText::default();
    for section in sections(filled(markdown, values)?) {
        match section.title.as_str() {
            "Goal" if text.goal_html.is_empty() => text.goal_html = to_html(section.body),
            "Why" if text.why_html.is_empty() => text.why_html = to_html(section.body),
            _ => {
                let mut events = section.heading;
                events.extend(section.body);
                text.blocks.extend(blocks(events));
            }
        }
    }
    Ok(text)
}

/// A hint, an introduction or a question with the values filled in, as sanitised HTML.
pub fn html(markdown: &str, values: &Values) -> Result<String, NoValue> {
    Ok(to_html(filled(markdown, values)?))
}

/// What a person wrote, as sanitised HTML: no values, and no raw HTML at all.
pub fn plain_html(markdown: &str) -> String {
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let events = TextMergeStream::new(parser).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        other => other,
    });
    to_html(events.collect())
}

/// Folders of a lab that texts link to, and the values that hold where they are.
const FOLDERS: [(&str, &str); 2] = [("files/", "files_url"), ("templates/", "templates_url")];

/// The links to `files/...` and `templates/...`, each with its line from 1.
pub(crate) fn file_links(markdown: &str) -> Vec<(usize, String)> {
    Parser::new_ext(markdown, options())
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. })
                if FOLDERS.iter().any(|(folder, _)| dest_url.starts_with(folder)) =>
            {
                let before = markdown.get(..range.start).unwrap_or_default();
                Some((1 + before.matches('\n').count(), dest_url.into_string()))
            }
            _ => None,
        })
        .collect()
}

type Events<'a> = Vec<Event<'a>>;

/// Understands Markdown, then puts values into its texts and links; headings go one level down, links to `files/` and
/// `templates/` lead to where those are.
fn filled<'a>(markdown: &'a str, values: &Values) -> Result<Events<'a>, NoValue> {
    let fill = |text: CowStr<'a>| values.fill(&text).map(CowStr::from);
    TextMergeStream::new(Parser::new_ext(markdown, options()))
        .map(|event| {
            Ok(match event {
                Event::Text(text) => Event::Text(fill(text)?),
                Event::Code(text) => Event::Code(fill(text)?),
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    Event::Start(Tag::Link { link_type, dest_url: link(&fill(dest_url)?, values), title, id })
                }
                Event::Start(Tag::Heading { level, id, classes, attrs }) => {
                    Event::Start(Tag::Heading { level: lower(level), id, classes, attrs })
                }
                Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
                other => other,
            })
        })
        .collect()
}

fn link<'a>(target: &str, values: &Values) -> CowStr<'a> {
    let leads = |(folder, base): &(&str, &str)| {
        Some(format!("{}/{}", values.get(base)?.trim_end_matches('/'), target.strip_prefix(folder)?))
    };
    CowStr::from(FOLDERS.iter().find_map(leads).unwrap_or_else(|| target.to_owned()))
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

#[derive(Default)]
struct Section<'a> {
    title: String,
    heading: Events<'a>,
    body: Events<'a>,
}

/// Splits at headings that stood at level 2 (now 3).
fn sections(events: Events<'_>) -> Vec<Section<'_>> {
    let mut all = vec![Section::default()];
    let mut in_heading = false;
    for event in events {
        let starts = matches!(event, Event::Start(Tag::Heading { level: HeadingLevel::H3, .. }));
        let ends = matches!(event, Event::End(TagEnd::Heading(HeadingLevel::H3)));
        if starts {
            in_heading = true;
            all.push(Section::default());
        }
        if let Some(section) = all.last_mut() {
            if let (true, Event::Text(text)) = (in_heading, &event) {
                section.title.push_str(text);
            }
            if in_heading { section.heading.push(event) } else { section.body.push(event) }
        }
        if ends {
            in_heading = false;
        }
    }
    all
}

/// Cuts the code blocks and quotes of the outermost level out of the prose. Lists and tables are prose as a whole.
fn blocks(events: Events<'_>) -> Vec<Block> {
    let mut out = Vec::new();
    let mut prose: Events<'_> = Vec::new();
    let mut special: Events<'_> = Vec::new();
    let mut depth = 0_usize;
    for event in events {
        let opens = matches!(event, Event::Start(_));
        let closes = matches!(event, Event::End(_));
        if depth == 0 && matches!(event, Event::Start(Tag::CodeBlock(_) | Tag::BlockQuote(_))) {
            prose_block(&mut prose, &mut out);
            special.push(event);
        } else if special.is_empty() {
            prose.push(event);
        } else {
            special.push(event);
        }
        if opens {
            depth += 1;
        } else if closes {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 && !special.is_empty() {
            out.push(special_block(mem::take(&mut special)));
        }
    }
    prose_block(&mut prose, &mut out);
    out
}

fn prose_block(prose: &mut Events<'_>, out: &mut Vec<Block>) {
    let html = to_html(mem::take(prose));
    if !html.trim().is_empty() {
        out.push(Block::Prose(html));
    }
}

fn special_block(events: Events<'_>) -> Block {
    match events.first() {
        Some(Event::Start(Tag::CodeBlock(kind))) => {
            let info = match kind {
                CodeBlockKind::Fenced(info) => info.to_string(),
                CodeBlockKind::Indented => String::new(),
            };
            let text = events.iter().filter_map(|e| if let Event::Text(t) = e { Some(&**t) } else { None });
            code(&info, text.collect::<String>().trim_end_matches('\n').to_owned())
        }
        _ => quote(events),
    }
}

fn code(info: &str, text: String) -> Block {
    let mut words = info.split_whitespace();
    match words.next().unwrap_or_default() {
        "bash" | "sh" => Block::Command { text, alternative: words.any(|word| word == "alternative") },
        "" | "text" | "console" | "output" => Block::Output(text),
        _ => {
            let name = words.find_map(|word| word.strip_prefix("name=")).unwrap_or_default().to_owned();
            Block::File { name, text }
        }
    }
}

fn quote(mut events: Events<'_>) -> Block {
    let kind = match events.first() {
        Some(Event::Start(Tag::BlockQuote(kind))) => *kind,
        _ => None,
    };
    let mut tone = match kind {
        Some(BlockQuoteKind::Warning | BlockQuoteKind::Caution | BlockQuoteKind::Important) => {
            Some(Tone::Warning)
        }
        Some(BlockQuoteKind::Note | BlockQuoteKind::Tip) => Some(Tone::Note),
        None => None,
    };
    if tone.is_none() {
        let first = events.iter_mut().find_map(|e| if let Event::Text(t) = e { Some(t) } else { None });
        if let Some(text) = first
            && let Some(rest) = text.strip_prefix("[!LOOK]")
        {
            *text = CowStr::from(rest.trim_start().to_owned());
            tone = Some(Tone::Look);
        }
    }
    match tone {
        Some(tone) => {
            events.pop();
            let html = to_html(events.into_iter().skip(1).collect());
            Block::Callout { tone, html }
        }
        None => Block::Prose(to_html(events)),
    }
}

/// Deeper than any text means to be; cleaning takes time with the square of the depth.
const MAX_DEPTH: usize = 40;

fn to_html(events: Events<'_>) -> String {
    let mut raw = String::new();
    if is_too_deep(&events) {
        return "<p>This text is nested too deeply to be shown.</p>\n".to_owned();
    }
    markup::push_html(&mut raw, events.into_iter());
    ammonia::Builder::default().url_schemes(["http", "https"].into()).clean(&raw).to_string()
}

fn is_too_deep(events: &[Event<'_>]) -> bool {
    let mut depth = 0_usize;
    events.iter().any(|event| {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values::from_pairs([
            ("cluster", "weave_*demo*_<b>x</b>"),
            ("files_url", "/files/weave-by-hand/"),
            ("templates_url", "/t"),
            ("evil", "javascript:alert(1)"),
        ])
    }

    #[test]
    fn a_step_comes_apart_into_goal_why_and_blocks() {
        let markdown = "## Goal\n\nA `{{cluster}}`.\n\n## Why\n\n- because\n  ```text\n  shown\n  ```\n\n## Commands\n\nRun\n\n\
            ```bash\naws --cluster {{cluster}}\necho\n```\n\n```bash alternative\ntrue\n```\n\n```text\nout {{cluster}}\n```\n\n\
            ```json name=a.json\n{}\n```\n\n> [!LOOK]\n> At *this*.\n\n> [!WARNING]\n> Costs.\n\n- see [it](files/a.json)\n\n  ```bash\n  inside\n  ```\n";
        let text = step(markdown, &values()).unwrap();
        assert_eq!(text.goal_html, "<p>A <code>weave_*demo*_&lt;b&gt;x&lt;/b&gt;</code>.</p>\n");
        assert!(text.why_html.contains("<code>shown"));
        let expected = [
            Block::Prose("<h3>Commands</h3>\n<p>Run</p>\n".to_owned()),
            Block::Command {
                text: "aws --cluster weave_*demo*_<b>x</b>\necho".to_owned(),
                alternative: false,
            },
            Block::Command { text: "true".to_owned(), alternative: true },
            Block::Output("out weave_*demo*_<b>x</b>".to_owned()),
            Block::File { name: "a.json".to_owned(), text: "{}".to_owned() },
            Block::Callout { tone: Tone::Look, html: "<p>\nAt <em>this</em>.</p>\n".to_owned() },
            Block::Callout { tone: Tone::Warning, html: "<p>Costs.</p>\n".to_owned() },
        ];
        assert_eq!(text.blocks.get(..7).unwrap(), expected);
        let Some(Block::Prose(last)) = text.blocks.get(7) else { panic!("{:?}", text.blocks.get(7)) };
        assert!(
            last.contains("href=\"/files/weave-by-hand/a.json\"") && last.contains("<code>inside"),
            "{last}"
        );
    }

    #[test]
    fn links_lead_to_where_the_folders_are() {
        let markdown = "[a](files/a.json)\n[b](templates/b.yaml) [c](/templates/c.yaml)\n";
        let rendered = html(markdown, &values()).unwrap();
        for href in ["\"/files/weave-by-hand/a.json\"", "\"/t/b.yaml\"", "\"/templates/c.yaml\""] {
            assert!(rendered.contains(href), "{href} in {rendered}");
        }
        let links = [(1, "files/a.json".to_owned()), (2, "templates/b.yaml".to_owned())];
        assert_eq!(file_links(markdown), links);
    }

    #[test]
    fn hostile_text_is_disarmed() {
        let markdown = "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) [y]({{evil}}) \
            <a href=\"data:text/html,x\" onclick=\"x()\">z</a> <style>*{}</style> <iframe src=//x></iframe>";
        for rendered in [html(markdown, &values()).unwrap(), plain_html(markdown)] {
            let lower = rendered.to_lowercase();
            for bad in [
                "<script",
                "<img src=\"x\" onerror",
                "<a href=\"javascript",
                "<a href=\"data",
                "<style",
                "<iframe",
            ] {
                assert!(!lower.contains(bad), "{bad} in {rendered}");
            }
        }
        assert!(!plain_html("<b onclick=x>hi</b>").contains("<b"));
    }

    #[test]
    fn an_unknown_value_is_an_error() {
        assert_eq!(html("see {{vpc_id}}", &values()), Err(NoValue::Unknown("vpc_id".to_owned())));
    }

    #[test]
    fn deep_nesting_ends() {
        for text in [
            "> ".repeat(20_000),
            format!("{}x", "- ".repeat(5_000)),
            "[".repeat(50_000),
            "*a_ ".repeat(10_000),
        ] {
            let started = std::time::Instant::now();
            assert!(!plain_html(&text).is_empty());
            assert!(started.elapsed().as_secs() < 3, "{:?} for {:?}", started.elapsed(), text.get(..8));
        }
    }
}
