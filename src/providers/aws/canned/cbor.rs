//! For tests: enough CBOR to read what a client of CloudWatch sent and to answer it, as JSON with times told apart: `{"$time": 1795132800}`.

use serde_json::{Map, Number, Value, json};

pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, value);
    out
}

fn push_head(out: &mut Vec<u8>, major: u8, n: u64) {
    let major = major << 5;
    match n {
        0..=23 => out.push(major | n as u8),
        24..=0xff => out.extend([major | 0x18, n as u8]),
        0x100..=0xffff => {
            out.push(major | 0x19);
            out.extend((n as u16).to_be_bytes());
        }
        _ => {
            out.push(major | 0x1b);
            out.extend(n.to_be_bytes());
        }
    }
}

fn push(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(b) => out.push(if *b { 0xf5 } else { 0xf4 }),
        Value::Number(n) => match n.as_u64() {
            Some(n) => push_head(out, 0, n),
            None => {
                out.push(0xfb);
                out.extend(n.as_f64().unwrap().to_be_bytes());
            }
        },
        Value::String(s) => {
            push_head(out, 3, s.len() as u64);
            out.extend(s.as_bytes());
        }
        Value::Array(items) => {
            push_head(out, 4, items.len() as u64);
            for item in items {
                push(out, item);
            }
        }
        Value::Object(fields) => match fields.get("$time") {
            Some(time) => {
                out.push(0xc1);
                push(out, time);
            }
            None => {
                push_head(out, 5, fields.len() as u64);
                for (key, value) in fields {
                    push(out, &json!(key));
                    push(out, value);
                }
            }
        },
    }
}

pub fn decode(bytes: &[u8]) -> Value {
    let mut rest = bytes;
    pull(&mut rest).expect("a whole document")
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> &'a [u8] {
    let (head, tail) = rest.split_at(n);
    *rest = tail;
    head
}

/// One item; `None` is the break that ends what has no length.
fn pull(rest: &mut &[u8]) -> Option<Value> {
    let first = take(rest, 1)[0];
    let (major, info) = (first >> 5, first & 31);
    let length: Option<u64> = match info {
        24..=27 if major != 7 => {
            let bytes = take(rest, 1 << (info - 24));
            Some(bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
        }
        31 => None,
        n => Some(u64::from(n)),
    };
    Some(match major {
        0 => json!(length.unwrap()),
        1 => json!(-1 - length.unwrap().cast_signed()),
        2 | 3 => match length {
            Some(n) => json!(String::from_utf8_lossy(take(rest, n as usize))),
            None => json!(std::iter::from_fn(|| pull(rest)).map(|v| v.as_str().unwrap().to_owned()).collect::<String>()),
        },
        4 => Value::Array(pull_many(rest, length)),
        5 => {
            let items = pull_many(rest, length.map(|n| n * 2));
            let pairs = items.chunks(2).map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].clone()));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        6 => json!({ "$time": pull(rest).unwrap() }),
        _ => match info {
            20 => json!(false),
            21 => json!(true),
            26 => json!(f32::from_be_bytes(take(rest, 4).try_into().unwrap())),
            27 => Number::from_f64(f64::from_be_bytes(take(rest, 8).try_into().unwrap())).map_or(Value::Null, Value::Number),
            31 => return None,
            _ => Value::Null,
        },
    })
}

fn pull_many(rest: &mut &[u8], length: Option<u64>) -> Vec<Value> {
    match length {
        Some(n) => (0..n).map(|_| pull(rest).unwrap()).collect(),
        None => std::iter::from_fn(|| pull(rest)).collect(),
    }
}
