//! Words: how a text is taken apart, the same for what is looked through and for what is asked.
//!
//! Case, width and accents are folded away. Scripts without spaces are taken apart into overlapping pairs of letters, and the last
//! letter of such a run stands for itself too, so that each letter of it begins something that can be found. There is no stemming.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters of a word that count; the rest of a longer one is left off.
const WORD_CHARS: usize = 64;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub text: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A word between spaces.
    Whole,
    /// Two neighbours in a script without spaces.
    Pair,
    /// The last letter of a run of such neighbours.
    Tail,
    /// A run of a single letter.
    Single,
}

/// The words of a text, in order; each takes one place.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut splitter = Splitter::default();
    if text.is_ascii() {
        text.bytes().for_each(|letter| splitter.push(char::from(letter.to_ascii_lowercase())));
    } else {
        let folded = text.nfkd().flat_map(char::to_lowercase).filter(|letter| !is_accent(*letter)).nfc();
        for letter in folded {
            match spelled_out(letter) {
                Some(letters) => letters.chars().for_each(|letter| splitter.push(letter)),
                None => splitter.push(letter),
            }
        }
    }
    splitter.finish()
}

#[derive(Default)]
struct Splitter {
    words: Vec<Word>,
    word: String,
    length: usize,
    /// The last letter of the run that is being read, and whether it is the first one.
    run: Option<(char, bool)>,
}

impl Splitter {
    fn push(&mut self, letter: char) {
        if !letter.is_alphanumeric() && !is_combining_mark(letter) {
            self.end_word();
            self.end_run();
        } else if stands_without_spaces(letter) {
            self.end_word();
            if let Some((before, _)) = self.run.replace((letter, self.run.is_none())) {
                self.words.push(Word { text: [before, letter].iter().collect(), kind: Kind::Pair });
            }
        } else {
            self.end_run();
            if self.length < WORD_CHARS {
                self.word.push(letter);
                self.length += 1;
            }
        }
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            self.words.push(Word { text: std::mem::take(&mut self.word), kind: Kind::Whole });
            self.length = 0;
        }
    }

    fn end_run(&mut self) {
        if let Some((letter, is_first)) = self.run.take() {
            let kind = if is_first { Kind::Single } else { Kind::Tail };
            self.words.push(Word { text: letter.to_string(), kind });
        }
    }

    fn finish(mut self) -> Vec<Word> {
        self.end_word();
        self.end_run();
        self.words
    }
}

/// Marks above and below letters that people leave out when they type: Latin, Greek, Cyrillic, Hebrew and Arabic ones. Those of
/// other scripts are letters to their readers.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}'
        | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}')
}

/// Letters that decomposition leaves whole.
fn spelled_out(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        'ŧ' => "t",
        'ς' => "σ",
        _ => return None,
    })
}

/// Scripts that write words without spaces, or (Korean) glue endings to them.
fn stands_without_spaces(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{312f}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3fffd}')
}

/// What a search asks of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub wanted: Vec<Wanted>,
    /// One of them is enough.
    pub any: bool,
}

/// One thing to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Word(String),
    /// The beginning of a word.
    Prefix(String),
    /// Words that follow each other.
    Phrase(Vec<String>),
}

impl Words {
    /// `$q`: all words, whole; what stands in quotation marks follows each other. `None` when nothing is left after the symbols
    /// are taken out, here as below.
    pub fn whole(text: &str) -> Option<Words> {
        let mut wanted = Vec::new();
        for (index, part) in text.split(['"', '“', '”', '„', '«', '»']).enumerate() {
            match index % 2 {
                0 => wanted.extend(loose(part)),
                _ => wanted.extend(phrase(words(part))),
            }
        }
        (!wanted.is_empty()).then_some(Words { wanted, any: false })
    }

    /// A search as it is typed: the same, and of the last word the beginning is enough.
    pub fn typed(text: &str) -> Option<Words> {
        let mut words = Words::whole(text)?;
        let open = text.chars().next_back().is_some_and(char::is_alphanumeric);
        if let Some(Wanted::Word(word)) = words.wanted.pop_if(|last| open && matches!(last, Wanted::Word(_))) {
            words.wanted.push(Wanted::Prefix(word));
        }
        Some(words)
    }

    /// `$autocomplete`, and `$q` on names: beginnings of words.
    pub fn prefixes(text: &str) -> Option<Words> {
        let mut words = Words { wanted: loose(text), any: false };
        for wanted in &mut words.wanted {
            if let Wanted::Word(word) = wanted {
                *wanted = Wanted::Prefix(std::mem::take(word));
            }
        }
        (!words.wanted.is_empty()).then_some(words)
    }

    /// `$any`: one of the words, whole.
    pub fn any(text: &str) -> Option<Words> {
        let wanted = loose(text);
        (!wanted.is_empty()).then_some(Words { wanted, any: true })
    }

    pub(super) fn len(&self) -> usize {
        self.wanted.iter().map(|wanted| if let Wanted::Phrase(words) = wanted { words.len() } else { 1 }).sum()
    }

    /// Whether the text (or a text of the list) has all the words.
    pub(super) fn found_in(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => {
                let words = words(text);
                let mut found = self.wanted.iter().map(|wanted| wanted.is_in(&words));
                if self.any { found.any(|found| found) } else { found.all(|found| found) }
            }
            Value::Array(array) => array.iter().any(|value| value.is_string() && self.found_in(value)),
            _ => false,
        }
    }
}

impl Wanted {
    fn is_in(&self, words: &[Word]) -> bool {
        match self {
            Wanted::Word(wanted) => words.iter().any(|word| word.text == *wanted),
            Wanted::Prefix(wanted) => words.iter().any(|word| word.text.starts_with(wanted)),
            Wanted::Phrase(wanted) => {
                words.windows(wanted.len()).any(|window| window.iter().map(|word| &word.text).eq(wanted))
            }
        }
    }
}

/// Words on their own; a run without spaces is found as it stands.
fn loose(text: &str) -> Vec<Wanted> {
    let (mut wanted, mut run) = (Vec::new(), Vec::new());
    for word in words(text) {
        match word.kind {
            Kind::Whole => wanted.push(Wanted::Word(word.text)),
            Kind::Pair => run.push(word),
            Kind::Tail => wanted.extend(phrase(std::mem::take(&mut run))),
            // It stands at the beginning of its pairs.
            Kind::Single => wanted.push(Wanted::Prefix(word.text)),
        }
    }
    wanted
}

/// Words that follow each other. The text may go on where a run of the phrase ends: what stands for its end is left off.
fn phrase(mut words: Vec<Word>) -> Option<Wanted> {
    words.pop_if(|last| last.kind == Kind::Tail);
    match words.len() {
        0 => None,
        1 if words[0].kind == Kind::Single => words.pop().map(|word| Wanted::Prefix(word.text)),
        1 => words.pop().map(|word| Wanted::Word(word.text)),
        _ => Some(Wanted::Phrase(words.into_iter().map(|word| word.text).collect())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn case_accents_and_width_make_no_difference() {
        for (text, plain) in [
            ("Crème BRÛLÉE", "creme brulee"),
            ("Straße, Łódź; Ørsted!", "strasse lodz orsted"),
            ("ＡＢＣ１２ ﬁn", "abc12 fin"),
            ("İstanbul ΣΊΣΥΦΟΣ ёлка", "istanbul σισυφοσ елка"),
            ("e\u{301}te\u{301}", "ete"),
            ("don't stop_now #1", "don t stop now 1"),
            ("مُحَمَّد", "محمد"),
        ] {
            assert_eq!(pieces(text).join(" "), plain, "{text}");
        }
        assert_eq!(pieces("ｶﾞｷﾞ"), pieces("ガギ"));
        assert_ne!(pieces("か"), pieces("が"));
    }

    #[test]
    fn scripts_without_spaces_come_in_pairs() {
        assert_eq!(pieces("日本語 is fun"), ["日本", "本語", "語", "is", "fun"]);
        assert_eq!(pieces("iPhone買う"), ["iphone", "買う", "う"]);
        assert_eq!(pieces("水"), ["水"]);
        assert_eq!(pieces("한국어"), ["한국", "국어", "어"]);
    }

    #[test]
    fn a_word_has_an_end() {
        assert_eq!(pieces(&"a".repeat(20_000)), ["a".repeat(WORD_CHARS)]);
        assert!(pieces("!? … 🎉 \u{301}").is_empty());
    }

    #[test]
    fn what_is_asked_is_found_or_not() {
        let text = json!("The soup kitchen opens: 東京都 is far, Crème too");
        for (asked, found) in [
            (Words::typed("soup"), true),
            (Words::typed("kitchen sou"), true),
            (Words::typed("sou kitchen"), false),
            (Words::typed("sou "), false),
            (Words::typed("\"soup kitchen\""), true),
            (Words::typed("\"soup opens\""), false),
            (Words::typed("\"kitchen soup\""), false),
            (Words::typed("“creme too”"), true),
            (Words::typed("京都"), true),
            (Words::typed("東京"), true),
            (Words::typed("都"), true),
            (Words::typed("東都"), false),
            (Words::typed("\"東京都 is\""), true),
            (Words::whole("sou"), false),
            (Words::whole("soup creme"), true),
            (Words::prefixes("so ki"), true),
            (Words::prefixes("oup"), false),
            (Words::any("stew soup"), true),
            (Words::any("stew"), false),
        ] {
            let asked = asked.expect("there are words");
            assert_eq!(asked.found_in(&text), found, "{asked:?}");
        }
        assert_eq!(Words::typed("!? \"\""), None);
    }
}
