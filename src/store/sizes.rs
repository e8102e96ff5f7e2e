//! Images in other sizes than they were uploaded in, kept on this node's disk: made again when they are wanted and not there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;

use crate::error::{ApiError, Result};
use crate::limits;

/// What goes before the name of a file that is not finished.
const UNFINISHED: char = '#';
/// What the smallest file takes of a disk, and by how much files grow there.
const BLOCK: u64 = 4096;

/// The sizes on the disk, a folder for each image.
#[derive(Clone)]
pub(crate) struct Sizes(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    /// Bytes on the disk at most, as [`room`] counts them.
    most: u64,
    /// Bytes written since it was last looked how many there are.
    written: AtomicU64,
    is_trimming: AtomicBool,
}

impl Sizes {
    /// Those in this folder, which is made when something is kept; at most so many bytes.
    pub fn at(folder: PathBuf, most: u64) -> Sizes {
        // What an earlier process left is looked at with the first size that is kept.
        let written = AtomicU64::new(most);
        Sizes(Arc::new(Inner { folder, most, written, is_trimming: AtomicBool::new(false) }))
    }

    fn folder(&self, id: &str) -> PathBuf {
        self.0.folder.join(&id[..id.len().min(2)]).join(id)
    }

    /// The image in that size, if it was kept.
    pub async fn read(&self, id: &str, size: &str) -> Result<Option<Bytes>> {
        let file = self.folder(id).join(size);
        let read = move || match fs::read(&file) {
            Ok(bytes) => {
                touch(&file);
                Ok(Some(Bytes::from(bytes)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        tokio::task::spawn_blocking(read).await.map_err(ApiError::internal)?.map_err(ApiError::internal)
    }

    /// Keeps the image in that size.
    pub async fn keep(&self, id: &str, size: &str, bytes: Bytes) -> Result<()> {
        let (folder, size, sizes) = (self.folder(id), size.to_owned(), self.clone());
        let keep = move || {
            let unfinished = folder.join(format!("{UNFINISHED}{}", uuid::Uuid::new_v4().simple()));
            fs::create_dir_all(&folder)?;
            fs::write(&unfinished, &bytes)?;
            fs::rename(&unfinished, folder.join(size))?;
            let room = room(bytes.len() as u64);
            let written = sizes.0.written.fetch_add(room, Ordering::Relaxed) + room;
            // Between two looks a tenth too many may gather.
            if written > sizes.0.most / 10 { sizes.trim() } else { Ok(()) }
        };
        tokio::task::spawn_blocking(keep).await.map_err(ApiError::internal)?.map_err(ApiError::internal)
    }

    /// Removes the image in all its sizes.
    pub async fn forget(&self, id: &str) -> Result<()> {
        match tokio::fs::remove_dir_all(self.folder(id)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ApiError::internal(error)),
            _ => Ok(()),
        }
    }

    /// Removes those that were not asked for the longest, until a tenth of the room is free. Others may be removing, too.
    fn trim(&self) -> io::Result<()> {
        if self.0.is_trimming.swap(true, Ordering::Acquire) {
            return Ok(());
        }
        let trimmed = self.remove_oldest();
        self.0.written.store(0, Ordering::Relaxed);
        self.0.is_trimming.store(false, Ordering::Release);
        trimmed
    }

    fn remove_oldest(&self) -> io::Result<()> {
        let mut files = Vec::new();
        collect(&self.0.folder, &mut files)?;
        let mut bytes: u64 = files.iter().map(|(_, _, size)| size).sum();
        if bytes <= self.0.most {
            return Ok(());
        }
        files.sort_unstable();
        for (_, file, size) in files {
            if bytes <= self.0.most / 10 * 9 {
                break;
            }
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => bytes -= size,
            }
            // Its folder goes when it was the last one in it.
            let _ = file.parent().map(fs::remove_dir);
        }
        Ok(())
    }
}

/// The room that a file takes: counted by their bytes alone, small ones would fill the disk, and empty ones be no end of.
fn room(bytes: u64) -> u64 {
    bytes.max(1).next_multiple_of(BLOCK)
}

/// Files below the folder by when they were last used, with the room they take. What goes meanwhile is left out.
fn collect(folder: &Path, files: &mut Vec<(SystemTime, PathBuf, u64)>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push((metadata.modified()?, entry.path(), room(metadata.len())));
        }
    }
    Ok(())
}

/// Says that the file is in use, unless that was said within the hour. A disk that cannot note it trims less well.
fn touch(file: &Path) {
    let known = fs::metadata(file).and_then(|metadata| metadata.modified());
    if known.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > limits::IMAGE_TOUCH)) {
        let noted = fs::File::options().append(true).open(file).and_then(|file| file.set_modified(SystemTime::now()));
        if let Err(error) = noted {
            tracing::debug!(%error, "the use of an image's size cannot be noted");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_there_until_its_image_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let sizes = Sizes::at(folder.path().join("sizes"), 10 * BLOCK);
        assert_eq!(sizes.read("abcd", "1x1").await.expect("reads"), None);
        sizes.keep("abcd", "1x1", Bytes::from_static(b"one")).await.expect("keeps");
        sizes.keep("abcd", "2x2", Bytes::new()).await.expect("keeps");
        assert_eq!(sizes.read("abcd", "1x1").await.expect("reads").expect("is there"), "one");
        assert_eq!(sizes.read("abcd", "2x2").await.expect("reads").expect("is there"), "");
        sizes.forget("abcd").await.expect("forgets");
        sizes.forget("abcd").await.expect("forgets what is gone");
        assert_eq!(sizes.read("abcd", "1x1").await.expect("reads"), None);
    }

    #[tokio::test]
    async fn the_least_used_make_room_however_small_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let sizes = Sizes::at(folder.path().to_owned(), 5 * BLOCK);
        let day = Duration::from_secs(24 * 3600);
        for age in 0..5_u32 {
            let id = format!("a{age}");
            sizes.keep(&id, "1x1", Bytes::from(vec![0; age as usize])).await.expect("keeps");
            let file = fs::File::options().append(true).open(sizes.folder(&id).join("1x1")).expect("is there");
            file.set_modified(SystemTime::now() - day * (10 - age)).expect("is set");
        }
        // Used again, so it is no longer the oldest.
        assert!(sizes.read("a0", "1x1").await.expect("reads").is_some());
        sizes.keep("b", "1x1", Bytes::new()).await.expect("keeps");
        for (id, is_there) in [("a0", true), ("a1", false), ("a2", false), ("a3", true), ("a4", true), ("b", true)] {
            assert_eq!(sizes.read(id, "1x1").await.expect("reads").is_some(), is_there, "{id}");
        }
    }

    #[test]
    fn nothing_takes_no_room() {
        assert_eq!([0, 1, BLOCK, BLOCK + 1].map(room), [BLOCK, BLOCK, BLOCK, 2 * BLOCK]);
    }
}
