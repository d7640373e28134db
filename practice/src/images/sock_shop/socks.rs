//! The socks, as they are in the catalogue's database: upstream's ids, names and prices, our own words.

use serde_json::{Value, json};

/// A pair of socks.
pub(super) struct Sock {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    /// In cents.
    pub(super) price: i64,
    pub(super) stock: u32,
    pub(super) tags: &'static [&'static str],
    /// Of its picture.
    pub(super) colours: [&'static str; 2],
}

const fn sock(
    id: &'static str,
    name: &'static str,
    text: &'static str,
    price: i64,
    stock: u32,
    tags: &'static [&'static str],
    colours: [&'static str; 2],
) -> Sock {
    Sock { id, name, text, price, stock, tags, colours }
}

/// All there are.
pub(super) const SOCKS: [Sock; 9] = [
    sock(
        "03fef6ac-1896-4ce8-bd69-b798f85c6e0b",
        "Holy",
        "Woven so finely that nobody has ever found the seam. More holes than sock, and proud of it.",
        9_999,
        1,
        &["action", "magic"],
        ["#d8c9a3", "#8a6d3b"],
    ),
    sock(
        "3395a43e-2d88-40de-b95f-e00e1502085b",
        "Colourful",
        "Every colour of the drawer in one pair: it goes with everything, or with nothing.",
        1_800,
        438,
        &["brown", "blue"],
        ["#e4763b", "#3c6eb4"],
    ),
    sock(
        "510a0d7e-8e83-4193-b483-e27e09ddc34d",
        "SuperSport XL",
        "Padded at heel and toe, for people who run, and for people who say that they will.",
        1_500,
        820,
        &["sport", "formal", "black"],
        ["#3a3f47", "#9aa4b2"],
    ),
    sock(
        "808a2de1-1aaa-4c25-a9b9-6612e8f29a38",
        "Crossed",
        "A pattern of crossed threads that stays in shape for a whole day behind a desk.",
        1_732,
        738,
        &["blue", "action", "red", "formal"],
        ["#35557f", "#c14a4a"],
    ),
    sock(
        "819e1fbf-8b7e-4f6d-811f-693534916a8b",
        "Figueroa",
        "Green as a meadow after rain, long enough for boots.",
        1_400,
        808,
        &["green", "formal", "blue"],
        ["#3f8a5b", "#bcd8b4"],
    ),
    sock(
        "837ab141-399e-4c1f-9abc-bace40296bac",
        "Cat socks",
        "Soft paws, quiet steps. They come back when they feel like it.",
        1_500,
        175,
        &["brown", "formal", "green"],
        ["#b98b5e", "#5b4636"],
    ),
    sock(
        "a0a4f044-b040-410d-8ead-4de0446aec7e",
        "Nerd leg",
        "For people who name their socks by index, beginning with zero.",
        799,
        115,
        &["blue", "skin"],
        ["#5f7fbf", "#e8d3bd"],
    ),
    sock(
        "d3588630-ad8e-49df-bbd7-3167f7efb246",
        "YouTube.sock",
        "A socket that is a sock. Plays well with others.",
        1_099,
        801,
        &["formal", "geek"],
        ["#c43c3c", "#f1eeea"],
    ),
    sock(
        "zzz4f044-b040-410d-8ead-4de0446aec7e",
        "Classic",
        "Plain, dark, and right for every occasion.",
        1_200,
        127,
        &["green", "formal"],
        ["#2f3b35", "#55665d"],
    ),
];

/// All tags, in order.
pub(super) fn tags() -> Vec<&'static str> {
    let mut tags: Vec<&str> = SOCKS.iter().flat_map(|sock| sock.tags).copied().collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// The picture of a pair.
pub(super) fn picture(id: &str) -> String {
    let [leg, toe] =
        SOCKS.iter().find(|sock| sock.id == id).map_or(["#999999", "#cccccc"], |sock| sock.colours);
    format!(
        "<svg viewBox=\"0 0 120 120\" role=\"img\" aria-label=\"A sock\"><path fill=\"{leg}\" d=\"M44 10h34v52c0 6-3 10-8 14L46 96c-12 9-28-8-18-19l16-16z\"/><path fill=\"{toe}\" d=\"M44 10h34v12H44zM33 72l19 19-6 5c-12 9-28-8-18-19z\"/></svg>"
    )
}

impl Sock {
    /// As the catalogue answers it.
    pub(super) fn json(&self) -> Value {
        json!({"id": self.id, "name": self.name, "description": self.text, "price": cents(self.price),
            "count": self.stock, "tag": self.tags,
            "imageUrl": [format!("/catalogue/images/{}.svg", self.id)]})
    }
}

/// Cents as a JSON number of whole units.
pub(super) fn cents(sum: i64) -> Value {
    serde_json::from_str(&money(sum)).unwrap_or_default()
}

/// `17.32`
pub(super) fn money(sum: i64) -> String {
    format!("{}.{:02}", sum / 100, sum % 100)
}

/// The cents of a JSON number of whole units.
pub(super) fn in_cents(price: &Value) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "prices are small; others are cut")]
    let cents = (price.as_f64().unwrap_or(0.0).clamp(0.0, 1e9) * 100.0).round() as i64;
    cents
}
