//! Random objects of each cyber-observable type, with any choice of their properties. They keep the rules that the
//! other program enforces, such as an `end` only on what is not active.

use comity_stix::{Map, Value};

use super::dice::Dice;

pub const KINDS: [&str; 18] = [
    "artifact",
    "autonomous-system",
    "directory",
    "domain-name",
    "email-addr",
    "email-message",
    "file",
    "ipv4-addr",
    "ipv6-addr",
    "mac-addr",
    "mutex",
    "network-traffic",
    "process",
    "software",
    "url",
    "user-account",
    "windows-registry-key",
    "x509-certificate",
];

/// A dictionary in the making.
struct Making<'d> {
    dice: &'d mut Dice,
    map: Map<'static>,
}

impl Making<'_> {
    fn must(&mut self, key: &'static str, make: impl FnOnce(&mut Dice) -> Value<'static>) {
        let value = make(self.dice);
        self.map.insert(key, value);
    }

    fn may(&mut self, key: &'static str, make: impl FnOnce(&mut Dice) -> Value<'static>) {
        if self.dice.often() {
            self.must(key, make);
        }
    }

    fn texts(&mut self, keys: &[&'static str]) {
        for key in keys {
            self.may(key, text);
        }
    }

    fn done(self) -> Value<'static> {
        self.dice.shuffled(self.map)
    }
}

fn making(dice: &mut Dice) -> Making<'_> {
    Making { dice, map: Map::new() }
}

fn text(dice: &mut Dice) -> Value<'static> {
    Value::from(dice.text())
}

fn name(dice: &mut Dice) -> Value<'static> {
    Value::from(dice.name())
}

fn time(dice: &mut Dice) -> Value<'static> {
    Value::from(dice.time())
}

fn base64(dice: &mut Dice) -> Value<'static> {
    Value::from(["RVhFUkNJU0U=", "YQ==", "/+8A", ""][dice.below(4)])
}

/// One object without `id`.
pub fn object(dice: &mut Dice, kind: &'static str) -> Map<'static> {
    let mut it = making(dice);
    it.must("type", |_| Value::from(kind));
    it.may("spec_version", |_| Value::from("2.1"));
    it.may("defanged", Dice::flag);
    match kind {
        "artifact" => artifact(&mut it),
        "autonomous-system" => {
            it.must("number", Dice::natural);
            it.texts(&["name", "rir"]);
        }
        "directory" => {
            it.must("path", text);
            it.may("path_enc", |_| Value::from("utf-8"));
            it.may("mtime", time);
        }
        "domain-name" => it.must("value", name),
        "email-addr" => {
            it.must("value", text);
            it.texts(&["display_name"]);
        }
        "email-message" => {
            it.must("is_multipart", |_| Value::Bool(false));
            it.may("from_ref", |dice| dice.id(&["email-addr"]));
            it.may("date", time);
            it.texts(&["subject", "body", "message_id"]);
        }
        "file" => file(&mut it),
        "ipv4-addr" => it.must("value", |dice| {
            Value::from(format!("{}.0.2.{}/{}", dice.below(256), dice.below(256), dice.below(33)))
        }),
        "ipv6-addr" => it.must("value", |dice| Value::from(format!("2001:DB8::{:x}", dice.below(65_536)))),
        "mac-addr" => it.must("value", |dice| Value::from(format!("d2:fb:49:24:37:{:02x}", dice.below(256)))),
        "mutex" => it.must("name", text),
        "network-traffic" => traffic(&mut it),
        "process" => {
            it.must("pid", Dice::whole);
            it.texts(&["command_line", "cwd"]);
        }
        "software" => {
            it.must("name", text);
            it.texts(&["swid", "vendor", "version"]);
            it.may("cpe", |_| Value::from("cpe:2.3:a:exercise:exercise:1:*:*:*:*:*:*:*"));
            it.may("languages", Dice::texts);
        }
        "url" => it.must("value", name),
        "user-account" => {
            it.must("display_name", text);
            it.texts(&["user_id", "account_login"]);
            it.may("account_type", |_| Value::from("unix"));
            it.may("is_disabled", Dice::flag);
        }
        "windows-registry-key" => registry(&mut it),
        _ => {
            it.must("issuer", text);
            it.may("hashes", Dice::hashes);
            it.may("serial_number", text);
            it.may("validity_not_before", time);
        }
    }
    let Value::Object(map) = it.done() else { unreachable!("a dictionary was made") };
    map
}

fn artifact(it: &mut Making<'_>) {
    if it.dice.often() {
        it.must("payload_bin", base64);
        it.may("hashes", Dice::hashes);
    } else {
        it.must("url", |_| Value::from("https://example.com/EXERCISE"));
        it.must("hashes", Dice::hashes);
    }
    it.may("mime_type", |_| Value::from("application/zip"));
}

fn file(it: &mut Making<'_>) {
    it.must("name", text);
    it.may("hashes", Dice::hashes);
    it.may("size", Dice::natural);
    it.may("ctime", time);
    it.may("parent_directory_ref", |dice| dice.id(&["directory"]));
    it.may("extensions", |dice| {
        let mut it = making(dice);
        it.must("x-exercise-ext", |dice| dice.dictionary(3));
        it.may("extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62", |dice| {
            let mut it = making(dice);
            it.must("extension_type", |_| Value::from("property-extension"));
            it.may("rank", Dice::whole);
            it.may("seen", time);
            it.may("inner", |dice| dice.any(3));
            it.done()
        });
        it.may("ntfs-ext", ntfs);
        it.may("pdf-ext", pdf);
        it.may("raster-image-ext", raster);
        it.may("windows-pebinary-ext", binary);
        it.may("archive-ext", |dice| {
            let mut it = making(dice);
            it.must("contains_refs", |dice| dice.ids(&["file", "directory"]));
            it.texts(&["comment"]);
            it.done()
        });
        it.done()
    });
}

fn ntfs(dice: &mut Dice) -> Value<'static> {
    let mut it = making(dice);
    it.must("sid", text);
    it.may("alternate_data_streams", |dice| {
        let stream = |dice: &mut Dice| {
            let mut it = making(dice);
            it.must("name", text);
            it.may("hashes", Dice::hashes);
            it.may("size", Dice::natural);
            it.done()
        };
        Value::Array((0..=dice.below(2)).map(|_| stream(dice)).collect())
    });
    it.done()
}

fn pdf(dice: &mut Dice) -> Value<'static> {
    let mut it = making(dice);
    it.must("version", text);
    it.may("is_optimized", Dice::flag);
    it.may("document_info_dict", |dice| dice.dictionary(2));
    it.texts(&["pdfid0", "pdfid1"]);
    it.may("x_exercise", |dice| dice.any(2));
    it.done()
}

fn raster(dice: &mut Dice) -> Value<'static> {
    let mut it = making(dice);
    it.must("image_height", Dice::whole);
    it.may("bits_per_pixel", Dice::whole);
    it.may("exif_tags", |dice| dice.dictionary(1));
    it.done()
}

fn binary(dice: &mut Dice) -> Value<'static> {
    let mut it = making(dice);
    it.must("pe_type", |dice| Value::from(dice.one(&["dll", "exe", "sys", "exercise"]).to_owned()));
    it.texts(&["imphash"]);
    it.may("machine_hex", |dice| Value::from(dice.hex(4)));
    it.may("number_of_sections", Dice::natural);
    it.may("time_date_stamp", time);
    it.may("file_header_hashes", Dice::hashes);
    it.may("optional_header", |dice| {
        let mut it = making(dice);
        it.must("magic_hex", |dice| Value::from(dice.hex(4)));
        it.may("image_base", Dice::whole);
        it.may("size_of_image", Dice::natural);
        it.may("hashes", Dice::hashes);
        it.done()
    });
    it.may("sections", |dice| {
        let section = |dice: &mut Dice| {
            let mut it = making(dice);
            it.must("name", text);
            it.may("entropy", Dice::float);
            it.may("hashes", Dice::hashes);
            it.done()
        };
        Value::Array((0..=dice.below(2)).map(|_| section(dice)).collect())
    });
    it.done()
}

fn traffic(it: &mut Making<'_>) {
    let ends = ["ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"];
    it.must("protocols", Dice::texts);
    it.must("src_ref", |dice| dice.id(&ends));
    it.may("dst_ref", |dice| dice.id(&ends));
    it.may("start", time);
    if !it.map.contains_key("start") && it.dice.often() {
        it.must("end", time);
        it.must("is_active", |_| Value::Bool(false));
    }
    it.may("src_port", |dice| Value::Integer(i64::try_from(dice.below(65_536)).unwrap()));
    it.may("dst_port", |dice| Value::Integer(i64::try_from(dice.below(65_536)).unwrap()));
    it.may("src_packets", Dice::natural);
    it.may("extensions", |dice| {
        let mut it = making(dice);
        it.must("x-exercise-ext", |dice| dice.dictionary(2));
        it.may("http-request-ext", |dice| {
            let mut it = making(dice);
            it.must("request_method", text);
            it.must("request_value", text);
            it.may("request_header", |dice| {
                let mut it = making(dice);
                it.must("User-Agent", Dice::texts);
                it.may("Host", Dice::texts);
                it.done()
            });
            it.may("message_body_length", Dice::whole);
            it.may("message_body_data_ref", |dice| dice.id(&["artifact"]));
            it.done()
        });
        it.may("icmp-ext", |dice| {
            let mut it = making(dice);
            it.must("icmp_type_hex", |dice| Value::from(dice.hex(2)));
            it.must("icmp_code_hex", |dice| Value::from(dice.hex(2)));
            it.done()
        });
        it.may("socket-ext", |dice| {
            let mut it = making(dice);
            it.must("address_family", |_| Value::from("AF_INET"));
            it.may("is_listening", Dice::flag);
            it.may("options", |dice| {
                let mut it = making(dice);
                it.must("SO_EXERCISE", Dice::whole);
                it.may("TCP_EXERCISE", Dice::whole);
                it.done()
            });
            it.may("socket_descriptor", Dice::natural);
            it.done()
        });
        it.may("tcp-ext", |dice| {
            let mut it = making(dice);
            it.must("src_flags_hex", |dice| Value::from(dice.hex(8)));
            it.done()
        });
        it.done()
    });
}

fn registry(it: &mut Making<'_>) {
    it.may("number_of_subkeys", Dice::natural);
    it.may("modified_time", time);
    it.must("key", name);
    it.may("values", |dice| {
        let value = |dice: &mut Dice| {
            let mut it = making(dice);
            it.must("name", text);
            it.texts(&["data"]);
            it.may("data_type", |_| Value::from("REG_SZ"));
            it.done()
        };
        Value::Array((0..=dice.below(3)).map(|_| value(dice)).collect())
    });
}
