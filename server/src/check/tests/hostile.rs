//! Facts as no account has them: nothing panics.

use super::fixture::{checks, done};
use crate::check::evaluate;
use crate::check::facts::Facts;
use crate::check::needs;

/// A small generator: the same changes on every machine and every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }
}

fn damage(value: &mut serde_json::Value, dice: &mut Dice) {
    use serde_json::Value;
    match value {
        Value::Object(map) if !map.is_empty() => {
            let at = dice.roll(map.len());
            if let Some((_, inner)) = map.iter_mut().nth(at) {
                damage(inner, dice);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            let at = dice.roll(list.len());
            match dice.roll(4) {
                0 => {
                    list.remove(at);
                }
                1 => {
                    let copy = list[at].clone();
                    list.push(copy);
                }
                _ => damage(&mut list[at], dice),
            }
        }
        Value::Number(_) => {
            let odd = [0, 1, -1, i64::from(i32::MAX), i64::from(i32::MIN), 65_536];
            *value = odd[dice.roll(odd.len())].into();
        }
        Value::Bool(is) => *is = !*is,
        Value::String(text) => {
            let odd = ["", "ü", "/", "::", "%%", "STOPPED", "0.0.0.0/99", "{\"Statement\":{}}", "i-1", "*"];
            *text = odd[dice.roll(odd.len())].into();
        }
        Value::Object(_) | Value::Array(_) | Value::Null => {}
    }
}

#[test]
fn no_facts_make_it_panic() {
    let checks = checks();
    let whole = serde_json::to_value(done()).unwrap();
    let mut dice = Dice(7);
    let mut judged = 0;
    for _ in 0..1_500 {
        let mut value = whole.clone();
        for _ in 0..=dice.roll(8) {
            damage(&mut value, &mut dice);
        }
        let Ok(facts) = serde_json::from_value::<Facts>(value) else { continue };
        for check in checks {
            evaluate::check(&facts, check);
            needs::to_judge(&check.kind, &facts);
            needs::to_explain(&check.kind, &facts, 60);
        }
        judged += 1;
    }
    assert!(judged > 500, "only {judged} were facts at all");
}
