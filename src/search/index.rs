//! The index on the disk: terms and ids of messages, not what they say. What is asked is in `plan`, the order in `order`.

use std::fs;
use std::io;
use std::ops::Bound;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, UserOperation};
use tantivy::query::{BooleanQuery, Query, RangeQuery, TermQuery};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

use super::document::{Change, Document};
use super::folder::{Folder, boot};
use crate::query::{Place, words};
use crate::store::Places;
use crate::wire::Time;

/// Moves when the same message would be indexed otherwise: what is on the disk is then made anew.
const VERSION: u32 = 3;

/// Changes that are gathered at most.
const GATHERED: usize = 256;
/// Segments of about the same size that are merged into one.
const MERGED_SEGMENTS: usize = 8;
/// Share of removed messages at which a segment is written anew.
const REMOVED_SHARE: f32 = 0.3;

/// Where an index stands; travels with each commit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Mark {
    version: u32,
    /// Everything that was there is in it, and not only what came since it was begun.
    pub complete: bool,
    /// When, in microseconds.
    noted: i64,
    /// Since which start of the machine it was written; see [`boot`].
    boot: Option<String>,
    /// Up to where the log is in it.
    pub places: Places,
}

impl Mark {
    pub fn new(complete: bool, noted: Time, places: Places) -> Mark {
        Mark { version: VERSION, complete, noted: noted.micros(), boot: boot(), places }
    }

    pub fn noted(&self) -> Time {
        Time(self.noted)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub id: Field,
    pub cid: Field,
    pub text: Field,
    /// Terms with a word before them that says what they are; see [`Fact`].
    pub facts: Field,
    pub created_at: Field,
    pub updated_at: Field,
    pub reply_count: Field,
    /// Where it is, in [`units`].
    pub lat: Field,
    pub long: Field,
}

/// What a message has or has not.
pub(super) enum Fact<'a> {
    By(&'a str),
    Mentions(&'a str),
    ReplyTo(&'a str),
    Attachment(&'a str),
    Attachments,
    Type(&'a str),
    Pinned,
    NoText,
}

impl Fact<'_> {
    fn text(&self) -> String {
        match self {
            Fact::By(user) => format!("by {user}"),
            Fact::Mentions(user) => format!("mentions {user}"),
            Fact::ReplyTo(message) => format!("reply to {message}"),
            Fact::Attachment(kind) => format!("attachment {kind}"),
            Fact::Attachments => "attachments".to_owned(),
            Fact::Type(kind) => format!("type {kind}"),
            Fact::Pinned => "pinned".to_owned(),
            Fact::NoText => "no text".to_owned(),
        }
    }
}

pub(super) const ID: &str = "id";
pub(super) const CID: &str = "cid";
pub(super) const CREATED_AT: &str = "created_at";
pub(super) const UPDATED_AT: &str = "updated_at";
pub(super) const REPLY_COUNT: &str = "reply_count";

fn schema() -> (Schema, Fields) {
    let terms = |tokenizer| TextFieldIndexing::default().set_tokenizer(tokenizer);
    let name = terms("raw").set_index_option(IndexRecordOption::Basic).set_fieldnorms(false);
    let name = || TextOptions::default().set_indexing_options(name.clone());
    // Of the words that are told apart here: handed over as such, each costs a piece of JSON, written and read twice.
    let text = terms("whitespace").set_index_option(IndexRecordOption::WithFreqsAndPositions).set_fieldnorms(true);
    let mut schema = Schema::builder();
    let fields = Fields {
        id: schema.add_text_field(ID, name().set_fast("raw")),
        cid: schema.add_text_field(CID, name().set_fast("raw")),
        text: schema.add_text_field("text", TextOptions::default().set_indexing_options(text)),
        facts: schema.add_text_field("facts", name()),
        created_at: schema.add_i64_field(CREATED_AT, INDEXED | FAST),
        updated_at: schema.add_i64_field(UPDATED_AT, FAST),
        reply_count: schema.add_i64_field(REPLY_COUNT, FAST),
        lat: schema.add_i64_field("lat", FAST),
        long: schema.add_i64_field("long", FAST),
    };
    (schema.build(), fields)
}

/// Degrees as the index has them: about a centimetre.
pub(super) fn units(degrees: f64) -> f64 {
    degrees * 1e7
}

impl Fields {
    pub fn fact(&self, fact: &Fact<'_>) -> Term {
        Term::from_field_text(self.facts, &fact.text())
    }

    fn document(&self, from: &Document) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_text(self.id, &from.id);
        document.add_text(self.cid, &from.cid);
        document.add_i64(self.created_at, from.created_at.micros());
        document.add_i64(self.updated_at, from.updated_at.micros());
        document.add_i64(self.reply_count, i64::try_from(from.reply_count).unwrap_or(i64::MAX));
        if let Some(Place { lat, long }) = from.place {
            document.add_i64(self.lat, units(lat).round() as i64);
            document.add_i64(self.long, units(long).round() as i64);
        }
        let words = words(&from.text);
        let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        document.add_text(self.text, words.join(" "));
        let mut fact = |fact: Fact<'_>| document.add_text(self.facts, fact.text());
        fact(Fact::By(&from.user_id));
        match &from.parent_id {
            Some(parent) => {
                fact(Fact::Type("reply"));
                fact(Fact::ReplyTo(parent));
            }
            None => fact(Fact::Type("regular")),
        }
        if from.pinned {
            fact(Fact::Pinned);
        }
        if from.text.is_empty() {
            fact(Fact::NoText);
        }
        if !from.attachments.is_empty() {
            fact(Fact::Attachments);
        }
        from.mentioned.iter().for_each(|user| fact(Fact::Mentions(user)));
        from.attachments.iter().for_each(|kind| fact(Fact::Attachment(kind)));
        document
    }
}

/// What searches need.
#[derive(Clone)]
pub(super) struct Opened {
    pub reader: IndexReader,
    pub fields: Fields,
}

/// The one who writes.
pub(super) struct Writer {
    writer: IndexWriter,
    /// What is handed to the thread that writes together: waking it for each costs more than a document does.
    gathered: Vec<UserOperation>,
    pub opened: Opened,
}

impl Writer {
    /// Opens the index in the folder, and says where it stands.
    pub fn open(folder: &Path, memory: usize) -> tantivy::Result<(Writer, Mark)> {
        let index = Index::open(Folder::open(folder)?)?;
        if index.schema() != schema().0 {
            return Err(TantivyError::SchemaError("the index is of another version".into()));
        }
        let payload = index.load_metas()?.payload.unwrap_or_default();
        let mark = serde_json::from_str::<Mark>(&payload).ok().filter(|mark| mark.version == VERSION);
        let mark = mark.ok_or_else(|| TantivyError::SchemaError("the index is of another version".into()))?;
        // The machine was started since: not everything may have reached the disk.
        if (mark.boot.is_none() || mark.boot != boot()) && !index.validate_checksum()?.is_empty() {
            return Err(TantivyError::SystemError("files of the index are damaged".into()));
        }
        Ok((Writer::of(&index, memory)?, mark))
    }

    /// Makes an empty one in the place of whatever is there.
    pub fn create(folder: &Path, memory: usize) -> tantivy::Result<Writer> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => fs::create_dir_all(folder)?,
        }
        Writer::of(&Index::builder().schema(schema().0).open_or_create(Folder::open(folder)?)?, memory)
    }

    fn of(index: &Index, memory: usize) -> tantivy::Result<Writer> {
        let options = IndexWriterOptions::builder().memory_budget_per_thread(memory).num_merge_threads(1).build();
        let writer = index.writer_with_options(options)?;
        let mut merges = LogMergePolicy::default();
        merges.set_min_num_segments(MERGED_SEGMENTS);
        merges.set_del_docs_ratio_before_merge(REMOVED_SHARE);
        writer.set_merge_policy(Box::new(merges));
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Writer { writer, gathered: Vec::new(), opened: Opened { reader, fields: schema().1 } })
    }

    /// Makes the change; it is found after the next commit. `careful`: a message that is added may be there already.
    pub fn make(&mut self, change: Change, careful: bool) -> tantivy::Result<()> {
        let fields = self.opened.fields;
        let named = |id: &str| UserOperation::Delete(Term::from_field_text(fields.id, id));
        match change {
            Change::Add(document) if !careful => self.gathered.push(UserOperation::Add(fields.document(&document))),
            Change::Add(document) | Change::Put(document) => {
                self.gathered.extend([named(&document.id), UserOperation::Add(fields.document(&document))]);
            }
            Change::Remove(id) => self.gathered.push(named(&id)),
            Change::RemoveThread(id) => {
                self.gathered.extend([named(&id), UserOperation::Delete(fields.fact(&Fact::ReplyTo(&id)))]);
            }
            Change::Cut(cid, until) => {
                self.hand_over()?;
                self.writer.delete_query(older(&fields, &cid, until))?;
            }
        }
        if self.gathered.len() >= GATHERED {
            self.hand_over()?;
        }
        Ok(())
    }

    fn hand_over(&mut self) -> tantivy::Result<()> {
        self.writer.run(std::mem::take(&mut self.gathered)).map(|_| ())
    }

    /// Makes everything so far lasting and found.
    pub fn commit(&mut self, mark: &Mark) -> tantivy::Result<()> {
        let payload = serde_json::to_string(mark).map_err(|error| TantivyError::InternalError(error.to_string()))?;
        self.hand_over()?;
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&payload);
        commit.commit()?;
        self.opened.reader.reload()
    }
}

/// Messages of the channel up to the moment.
fn older(fields: &Fields, cid: &str, until: Time) -> Box<dyn Query> {
    let cid = TermQuery::new(Term::from_field_text(fields.cid, cid), IndexRecordOption::Basic);
    let until = Term::from_field_i64(fields.created_at, until.micros());
    let until = RangeQuery::new(Bound::Unbounded, Bound::Included(until));
    Box::new(BooleanQuery::intersection(vec![Box::new(cid), Box::new(until)]))
}
