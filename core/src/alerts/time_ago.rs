//! Relative times in words.

use super::Language;
use crate::shared::timestamp::Timestamp;

/// Age of `at` in words: `2 minutes ago`, `hace 2 minutos`. In whole units, rounded down; less than 10 seconds or in
/// the future is "just now".
pub fn time_ago(at: Timestamp, now: Timestamp, language: Language) -> String {
    const UNITS: [(u64, [&str; 2], [&str; 2]); 6] = [
        (365 * 86_400, ["year", "years"], ["año", "años"]),
        (30 * 86_400, ["month", "months"], ["mes", "meses"]),
        (86_400, ["day", "days"], ["día", "días"]),
        (3_600, ["hour", "hours"], ["hora", "horas"]),
        (60, ["minute", "minutes"], ["minuto", "minutos"]),
        (1, ["second", "seconds"], ["segundo", "segundos"]),
    ];
    const NOW_S: u64 = 10;
    let seconds = now.since(at) / 1_000;
    let unit = UNITS.iter().find(|(length, ..)| seconds >= *length).filter(|_| seconds >= NOW_S);
    let Some((length, [one, many], [uno, muchos])) = unit else {
        return match language {
            Language::En => "just now".to_owned(),
            Language::Es => "hace un momento".to_owned(),
        };
    };
    let count = seconds.checked_div(*length).unwrap_or(seconds);
    match language {
        Language::En => format!("{count} {} ago", if count == 1 { one } else { many }),
        Language::Es => format!("hace {count} {}", if count == 1 { uno } else { muchos }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: i64, english: &str, spanish: &str) {
        let (at, now) = (Timestamp::from_millis(0), Timestamp::from_millis(seconds * 1_000));
        assert_eq!(time_ago(at, now, Language::En), english);
        assert_eq!(time_ago(at, now, Language::Es), spanish);
    }

    #[test]
    fn ages_are_in_the_largest_whole_unit() {
        check(-5, "just now", "hace un momento");
        check(9, "just now", "hace un momento");
        check(10, "10 seconds ago", "hace 10 segundos");
        check(60, "1 minute ago", "hace 1 minuto");
        check(150, "2 minutes ago", "hace 2 minutos");
        check(3_600, "1 hour ago", "hace 1 hora");
        check(86_400 * 3, "3 days ago", "hace 3 días");
        check(86_400 * 45, "1 month ago", "hace 1 mes");
        check(86_400 * 800, "2 years ago", "hace 2 años");
    }
}
