//! Files that follow each other, because one cannot hold all that comes.

use super::{FileError, Writer};

/// How many files a series may have: whoever sends the pictures decides how often their size changes.
const MAX_FILES: u32 = 1_000;

/// A writer that goes on in another file where one is full, or the pictures change their size.
#[derive(Debug)]
pub struct Series<W, F> {
    open: F,
    current: Option<W>,
    /// How many files were begun.
    files: u32,
}

impl<W, F: FnMut(u32) -> Result<W, FileError>> Series<W, F> {
    /// Begins a series; `open` makes the file with a number, the first being 1, as soon as there is something for it.
    pub const fn new(open: F) -> Self {
        Self { open, current: None, files: 0 }
    }

    /// How many files were begun.
    #[must_use]
    pub const fn files(&self) -> u32 {
        self.files
    }

    fn current(&mut self) -> Result<&mut W, FileError> {
        match &mut self.current {
            Some(writer) => Ok(writer),
            current => {
                self.files = self.files.saturating_add(1);
                Ok(current.insert((self.open)(self.files)?))
            }
        }
    }
}

impl<I, W: Writer<I>, F: FnMut(u32) -> Result<W, FileError>> Writer<I> for Series<W, F> {
    fn write(&mut self, item: &I) -> Result<(), FileError> {
        let refused = match self.current()?.write(item) {
            Err(refused @ (FileError::ParametersChanged | FileError::Full(_))) => refused,
            other => return other,
        };
        if self.files >= MAX_FILES {
            return Err(refused);
        }
        self.finish()?;
        self.current()?.write(item)
    }

    fn finish(&mut self) -> Result<(), FileError> {
        self.current.take().map_or(Ok(()), |mut writer| writer.finish())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Keeps numbers of the same sign.
    struct Sign<'a> {
        kept: &'a RefCell<Vec<String>>,
        last: Option<i32>,
    }

    impl Writer<i32> for Sign<'_> {
        fn write(&mut self, item: &i32) -> Result<(), FileError> {
            if self.last.is_some_and(|last| last.signum() != item.signum()) {
                return Err(FileError::ParametersChanged);
            }
            self.last = Some(*item);
            self.kept.borrow_mut().push(item.to_string());
            Ok(())
        }

        fn finish(&mut self) -> Result<(), FileError> {
            self.kept.borrow_mut().push("end".into());
            Ok(())
        }
    }

    #[test]
    fn what_a_file_refuses_goes_into_the_next() {
        let kept = RefCell::new(Vec::new());
        let mut series = Series::new(|number| {
            kept.borrow_mut().push(format!("file {number}"));
            Ok(Sign { kept: &kept, last: None })
        });
        assert!(kept.borrow().is_empty(), "no file before there is something for it");
        for number in [1, 2, -1, 3] {
            series.write(&number).unwrap();
        }
        series.finish().unwrap();
        series.finish().unwrap();
        assert_eq!(series.files(), 3);
        let expected = ["file 1", "1", "2", "end", "file 2", "-1", "end", "file 3", "3", "end"];
        assert_eq!(*kept.borrow(), expected);
    }

    #[test]
    fn a_series_has_an_end() {
        let kept = RefCell::new(Vec::new());
        let mut series = Series::new(|_| Ok(Sign { kept: &kept, last: None }));
        let wrote = (0..2_000).take_while(|n| series.write(&(1 - 2 * (n % 2))).is_ok()).count();
        assert_eq!(wrote, 1_000);
    }
}
