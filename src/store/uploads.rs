//! Uploads: a record in Redis, the bytes in a file beside it.
//!
//! The bytes go through `object_store`, so that a bucket can take the place of the folder. Their place is made of the upload's
//! id alone: no name that a client chose ever becomes part of a path.

use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, WriteMultipart};
use serde::{Deserialize, Serialize};

use super::record::{is_default, micros, parse};
use super::{Outcome, Store, Transaction};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::wire::Time;

/// What is known of an uploaded file. `at` is when it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Upload {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    /// Absent when a server uploaded for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploader: Option<String>,
    /// The channel it was uploaded to; absent for the app's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cid: Option<String>,
    /// The cleaned name that the link shows.
    pub name: String,
    /// The type that its content has.
    pub content_type: String,
    /// Bytes.
    pub size: u64,
    /// Whether only a signed link shows it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub signed: bool,
}

impl Store {
    /// The upload, unless there is none.
    pub(crate) async fn upload(&self, id: &str) -> Result<Option<Upload>> {
        let key = self.upload_key(id);
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("GET").arg(&key)).await?;
        json.map(|json| parse(&key, &json)).transpose()
    }

    /// Writes the record of an upload that is complete.
    pub(crate) async fn add_upload(&self, id: &str, upload: &Upload) -> Result<()> {
        let key = self.upload_key(id);
        let mut tx = Transaction::new(self.partition(id));
        tx.absent(key.clone(), "upload");
        tx.stamp(key, upload)?;
        match tx.commit(self).await? {
            Outcome::Committed { .. } => Ok(()),
            Outcome::Conflict { what } => Err(ApiError::internal(anyhow::anyhow!("{what} {id} exists already"))),
        }
    }

    pub(crate) async fn remove_upload(&self, id: &str) -> Result<()> {
        let mut tx = Transaction::new(self.partition(id));
        tx.remove(self.upload_key(id));
        tx.commit(self).await.map(drop)
    }
}

/// What `object_store` puts into the name of a file that is not finished.
const UNFINISHED: char = '#';

/// Where the bytes are.
pub(crate) struct Files(LocalFileSystem);

impl Files {
    /// The files in this folder, which is made if it is not there.
    pub fn at(folder: &std::path::Path) -> Result<Files> {
        std::fs::create_dir_all(folder).map_err(ApiError::internal)?;
        // A link must not outlive its file when the machine goes down.
        let files = LocalFileSystem::new_with_prefix(folder).map_err(ApiError::internal)?.with_fsync(true);
        Ok(Files(files))
    }

    /// Begins a file that nobody sees before it is finished.
    pub async fn begin(&self, id: &str) -> Result<Unfinished> {
        let upload = self.0.put_multipart(&place(id)).await.map_err(ApiError::internal)?;
        Ok(Unfinished { writer: Some(WriteMultipart::new_with_chunk_size(upload, limits::UPLOAD_PART_BYTES)), size: 0 })
    }

    /// Removes what uploads left behind that a process could not finish because it was stopped. Another process may be writing to
    /// the same folder, so only what nobody touched for a day counts.
    pub fn sweep(folder: &std::path::Path) -> std::io::Result<()> {
        for spread in std::fs::read_dir(folder)? {
            let Ok(files) = std::fs::read_dir(spread?.path()) else { continue };
            for file in files {
                let file = file?;
                let is_unfinished = file.file_name().to_string_lossy().contains(UNFINISHED);
                if is_unfinished && file.metadata()?.modified()?.elapsed().is_ok_and(|age| age > limits::DAY) {
                    std::fs::remove_file(file.path())?;
                }
            }
        }
        Ok(())
    }

    /// The bytes of `range`, piece by piece.
    pub async fn read(&self, id: &str, range: Range<u64>) -> Result<Option<BoxStream<'static, anyhow::Result<Bytes>>>> {
        if range.is_empty() {
            return Ok(Some(futures_util::stream::empty().boxed()));
        }
        let options = GetOptions::new().with_range(Some(GetRange::Bounded(range)));
        match self.0.get_opts(&place(id), options).await {
            Ok(file) => Ok(Some(file.into_stream().map_err(anyhow::Error::from).boxed())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(ApiError::internal(error)),
        }
    }

    /// Removes the file; one that is gone already is fine.
    pub async fn remove(&self, id: &str) -> Result<()> {
        match self.0.delete(&place(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(ApiError::internal(error)),
        }
    }
}

/// Folders stay small: files are spread over 256 of them.
fn place(id: &str) -> Path {
    Path::from_iter([&id[..id.len().min(2)], id])
}

/// A file on its way. Dropped before it is finished, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Unfinished {
    writer: Option<WriteMultipart>,
    size: u64,
}

impl Unfinished {
    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends, waiting for the disk: no more than a part is kept in memory.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        if let Some(writer) = &mut self.writer {
            self.size += bytes.len() as u64;
            writer.wait_for_capacity(1).await.map_err(ApiError::internal)?;
            writer.put(bytes);
        }
        Ok(())
    }

    /// The file is whole: it appears at its place.
    pub async fn finish(mut self) -> Result<()> {
        match self.writer.take() {
            Some(writer) => writer.finish().await.map(drop).map_err(ApiError::internal),
            None => Ok(()),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let (Some(writer), Ok(runtime)) = (self.writer.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move {
                if let Err(error) = writer.abort().await {
                    tracing::warn!(%error, "an interrupted upload could not be removed");
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Files below the folder, however deep.
    fn count(folder: &std::path::Path) -> usize {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| if path.is_dir() { count(&path) } else { 1 })
            .sum()
    }

    async fn content(files: &Files, id: &str, range: Range<u64>) -> Option<Vec<u8>> {
        let stream = files.read(id, range).await.unwrap()?;
        Some(
            stream
                .try_fold(Vec::new(), |mut all, bytes| async move {
                    all.extend(bytes);
                    Ok(all)
                })
                .await
                .unwrap(),
        )
    }

    #[tokio::test]
    async fn a_file_is_seen_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::at(folder.path()).unwrap();
        let mut file = files.begin("abcd").await.unwrap();
        file.write(Bytes::from_static(b"line one\n")).await.unwrap();
        file.write(Bytes::from(vec![b'x'; limits::UPLOAD_PART_BYTES])).await.unwrap();
        assert_eq!(content(&files, "abcd", 0..4).await, None);
        assert_eq!(file.size(), 9 + limits::UPLOAD_PART_BYTES as u64);
        file.finish().await.unwrap();
        assert_eq!(content(&files, "abcd", 5..10).await.unwrap(), b"one\nx");
        files.remove("abcd").await.unwrap();
        files.remove("abcd").await.unwrap();
        assert_eq!(count(folder.path()), 0);
    }

    #[tokio::test]
    async fn an_interrupted_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::at(folder.path()).unwrap();
        let mut file = files.begin("abcd").await.unwrap();
        file.write(Bytes::from(vec![b'x'; limits::UPLOAD_PART_BYTES + 1])).await.unwrap();
        assert_eq!(count(folder.path()), 1);
        drop(file);
        let gone = async {
            while count(folder.path()) > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
    }

    #[tokio::test]
    async fn what_a_stopped_process_left_is_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::at(folder.path()).unwrap();
        files.begin("abcd").await.unwrap().finish().await.unwrap();
        let mut file = files.begin("abce").await.unwrap();
        file.write(Bytes::from_static(b"x")).await.unwrap();
        Files::sweep(folder.path()).unwrap();
        assert_eq!(count(folder.path()), 2);
        let left = std::fs::read_dir(folder.path().join("ab")).unwrap().map(|file| file.unwrap().path());
        let old = std::time::SystemTime::now() - limits::DAY - Duration::from_secs(60);
        left.for_each(|path| std::fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap());
        Files::sweep(folder.path()).unwrap();
        assert_eq!(count(folder.path()), 1);
    }

    #[tokio::test]
    async fn an_empty_file_is_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::at(folder.path()).unwrap();
        files.begin("abcd").await.unwrap().finish().await.unwrap();
        assert_eq!(content(&files, "abcd", 0..0).await.unwrap(), b"");
    }
}
