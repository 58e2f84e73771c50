//! Random choices that a seed repeats, and random values of every shape.

use comity_stix::{Map, Value};

/// A generator after Steele, Lea and Flood (`SplitMix64`).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0, below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    pub fn often(&mut self) -> bool {
        self.below(3) != 0
    }

    pub fn rarely(&mut self) -> bool {
        self.below(4) == 0
    }

    pub fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// A text with whatever may stand in one: escapes, controls, several planes, nothing at all.
    pub fn text(&mut self) -> String {
        const PARTS: [&str; 22] = [
            "a",
            "Zz",
            "EXERCISE",
            " ",
            "\"",
            "\\",
            "/",
            "\n",
            "\r\t",
            "\u{8}\u{c}",
            "\u{1}",
            "\u{7f}",
            "\u{80}",
            "ß",
            "e\u{301}",
            "\u{2028}",
            "😀",
            "\u{fb33}",
            "日本",
            "\u{feff}",
            "\u{10ffff}",
            "%00",
        ];
        (0..self.below(7)).map(|_| self.one(&PARTS)).collect()
    }

    /// A text that is not empty.
    pub fn name(&mut self) -> String {
        format!("n{}", self.text())
    }

    pub fn hex(&mut self, digits: usize) -> String {
        let set: &[u8] = if self.rarely() { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        (0..digits).map(|_| char::from(set[self.below(set.len())])).collect()
    }

    pub fn time(&mut self) -> String {
        let day = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            1000 + self.below(9000),
            1 + self.below(12),
            1 + self.below(28),
            self.below(24),
            self.below(60),
            self.below(60)
        );
        let fraction = match self.below(6) {
            0 => String::new(),
            1 => ".000".to_owned(),
            2 => ".500000".to_owned(),
            3 => format!(".{}", self.below(10)),
            4 => format!(".{:03}", self.below(1000)),
            _ => format!(".{:06}", self.below(1_000_000)),
        };
        format!("{day}{fraction}Z")
    }

    /// An integer up to the largest that every reader holds.
    pub fn natural(&mut self) -> Value<'static> {
        let most = match self.below(4) {
            0 => 3,
            1 => 70_000,
            2 => 1 << 32,
            _ => (1 << 53) - 1,
        };
        Value::Integer(i64::try_from(self.next() % (most + 1)).unwrap())
    }

    pub fn whole(&mut self) -> Value<'static> {
        match (self.natural(), self.rarely()) {
            (Value::Integer(number), true) => Value::Integer(-number),
            (number, _) => number,
        }
    }

    pub fn float(&mut self) -> Value<'static> {
        loop {
            let number = match self.below(3) {
                0 => f64::from_bits(self.next()),
                1 => f64::from(u16::try_from(self.below(60_000)).unwrap()) / 64.0,
                _ => [0.0, -0.0, 1.0, 1e21, 1e-7, 5e-324, 0.1, 1e16][self.below(8)],
            };
            // Whole numbers beyond 2^53 would be read as integers there, so that they are left out.
            if number.is_finite() && number.abs() < 9e15 {
                return Value::Float(number);
            }
        }
    }

    pub fn id(&mut self, kinds: &[&str]) -> Value<'static> {
        let kind = self.one(kinds);
        let (high, low) = (self.next(), self.next());
        let version = if self.rarely() { 4 } else { 5 };
        Value::from(format!(
            "{kind}--{:08x}-{:04x}-{version}{:03x}-{:x}{:03x}-{:012x}",
            high >> 32,
            high & 0xffff,
            high >> 16 & 0xfff,
            8 + (low & 3),
            low >> 2 & 0xfff,
            low >> 16
        ))
    }

    pub fn ids(&mut self, kinds: &[&str]) -> Value<'static> {
        Value::Array((0..=self.below(3)).map(|_| self.id(kinds)).collect())
    }

    pub fn texts(&mut self) -> Value<'static> {
        Value::Array((0..=self.below(3)).map(|_| Value::from(self.name())).collect())
    }

    pub fn flag(&mut self) -> Value<'static> {
        Value::Bool(self.often())
    }

    /// Hashes; without one of the four preferred ones there is a single one, since the order of keys decides there.
    pub fn hashes(&mut self) -> Value<'static> {
        let mut map = Map::new();
        let lengths = [("MD5", 32), ("SHA-1", 40), ("SHA-256", 64), ("SHA-512", 128)];
        if self.often() {
            for (name, digits) in lengths {
                if self.rarely() {
                    let name =
                        if self.rarely() { name.replace('-', "").to_lowercase() } else { name.to_owned() };
                    map.insert(name, Value::from(self.hex(digits)));
                }
            }
        }
        if map.is_empty() || self.rarely() {
            match self.below(4) {
                0 => map.insert("SHA3-256", Value::from(self.hex(64))),
                1 => map.insert("SSDEEP", Value::from("3:aBc:dEf")),
                2 => map.insert("TLSH", Value::from(self.hex(70))),
                _ => map.insert("x-exercise", Value::from(self.name())),
            };
        }
        self.shuffled(map)
    }

    /// Any JSON value but null, nested up to `depth`.
    pub fn any(&mut self, depth: usize) -> Value<'static> {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => self.flag(),
            1 => self.whole(),
            2 => self.float(),
            3 => Value::from(self.time()),
            4 => Value::from(self.text()),
            5 => Value::Array((0..=self.below(3)).map(|_| self.any(depth - 1)).collect()),
            _ => self.dictionary(depth - 1),
        }
    }

    pub fn dictionary(&mut self, depth: usize) -> Value<'static> {
        let mut map = Map::new();
        for _ in 0..=self.below(4) {
            let key = self.one(&["a", "B", "key_1", "key-2", "zz", "A", "z_", "AB", "a1", "MD5", "1"]);
            map.insert(key.to_owned(), self.any(depth));
        }
        self.shuffled(map)
    }

    /// The same dictionary in another order.
    pub fn shuffled(&mut self, map: Map<'static>) -> Value<'static> {
        let mut entries: Vec<_> = map.into_iter().collect();
        for at in (1..entries.len()).rev() {
            entries.swap(at, self.below(at + 1));
        }
        Value::Object(entries.into_iter().collect())
    }
}
