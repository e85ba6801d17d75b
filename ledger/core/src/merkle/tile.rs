//! C2SP tlog-tiles: names and bytes of tiles and entry bundles.

use super::hash::Hash;

/// Hashes of a full tile, entries of a full bundle.
pub const WIDTH: u16 = 256;
/// Levels of the tree that one level of tiles covers.
pub const HEIGHT: u8 = 8;
/// Bytes of a full tile.
pub const FULL_BYTES: usize = 8_192;

/// Why a tile or its name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Not a name that tlog-tiles gives.
    #[error("not the path of a tile")]
    Path,
    /// Not a whole number of hashes, none, or more than 256.
    #[error("a tile of {0} bytes; a tile is 1 to 256 hashes of 32 bytes")]
    Bytes(usize),
}

/// One tile of hashes: level, number within the level, and how many hashes it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 holds leaf hashes; a hash of level n+1 is the root of a full tile of level n.
    pub level: u8,
    /// Number of the tile in its level.
    pub index: u64,
    /// Hashes in it: 256 when full.
    pub width: u16,
}

impl TileId {
    /// The path below the log's prefix: `tile/0/x001/067`, `tile/1/000.p/17` (M-10).
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, number_path(self.index, self.width))
    }

    /// Reads a path back; only what [`TileId::path`] writes is accepted.
    ///
    /// # Errors
    /// [`TileError::Path`].
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let rest = path.strip_prefix("tile/").ok_or(TileError::Path)?;
        let (level, number) = rest.split_once('/').ok_or(TileError::Path)?;
        let level = decimal(level).filter(|level| *level < 64).ok_or(TileError::Path)?;
        let (index, width) = parse_number(number)?;
        let id = Self { level: level as u8, index, width };
        if id.path() == path { Ok(id) } else { Err(TileError::Path) }
    }
}

/// The path of an entry bundle: `tile/entries/000`, with `.p/W` when it is not full (M-11).
pub fn bundle_path(index: u64, width: u16) -> String {
    format!("tile/entries/{}", number_path(index, width))
}

/// Reads the path of an entry bundle back: its number and width; only what [`bundle_path`] writes.
///
/// # Errors
/// [`TileError::Path`].
pub fn parse_bundle_path(path: &str) -> Result<(u64, u16), TileError> {
    let number = path.strip_prefix("tile/entries/").ok_or(TileError::Path)?;
    let (index, width) = parse_number(number)?;
    if bundle_path(index, width) == path { Ok((index, width)) } else { Err(TileError::Path) }
}

fn number_path(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width == WIDTH { path } else { format!("{path}.p/{width}") }
}

fn parse_number(text: &str) -> Result<(u64, u16), TileError> {
    let (number, width) = match text.split_once(".p/") {
        None => (text, u64::from(WIDTH)),
        Some((number, width)) => {
            let width = decimal(width).filter(|width| (1..256).contains(width));
            (number, width.ok_or(TileError::Path)?)
        }
    };
    let mut index: u64 = 0;
    for group in number.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(TileError::Path);
        }
        let value: u64 = digits.parse().map_err(|_| TileError::Path)?;
        index = index
            .checked_mul(1000)
            .and_then(|index| index.checked_add(value))
            .ok_or(TileError::Path)?;
    }
    Ok((index, width as u16))
}

fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|digit| digit.is_ascii_digit());
    let short = text == "0" || !text.starts_with('0');
    if plain && short { text.parse().ok() } else { None }
}

/// Hashes as a tile's bytes, one after the other.
pub fn to_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// A tile's bytes as hashes.
///
/// # Errors
/// [`TileError::Bytes`] unless they are 1 to 256 whole hashes.
pub fn from_bytes(bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if hashes.is_empty() || !rest.is_empty() || bytes.len() > FULL_BYTES {
        return Err(TileError::Bytes(bytes.len()));
    }
    Ok(hashes.to_vec())
}

/// Hashes that the log of `size` leaves has at a tile level.
pub fn hashes_at(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0)
}

/// Every tile of the log of `size` leaves, level by level, the partial one last (M-12).
pub fn tiles_at(size: u64) -> impl Iterator<Item = TileId> {
    (0..8).flat_map(move |level| {
        let hashes = hashes_at(size, level);
        let full = hashes / u64::from(WIDTH);
        let width = (hashes % u64::from(WIDTH)) as u16;
        let partial = (width > 0).then_some(TileId { level, index: full, width });
        (0..full).map(move |index| TileId { level, index, width: WIDTH }).chain(partial)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let path = |index| TileId { level: 0, index, width: 256 }.path();
        assert_eq!(path(0), "tile/0/000");
        assert_eq!(path(999), "tile/0/999");
        assert_eq!(path(1000), "tile/0/x001/000");
        assert_eq!(path(1_234_067), "tile/0/x001/x234/067");
        assert_eq!(TileId { level: 1, index: 0, width: 17 }.path(), "tile/1/000.p/17");
        assert_eq!(bundle_path(67, 256), "tile/entries/067");
        assert_eq!(bundle_path(1067, 9), "tile/entries/x001/067.p/9");
    }

    #[test]
    fn a_path_reads_back_and_no_other_spelling_does() {
        for index in [0, 1, 999, 1000, 1_234_067, u64::MAX] {
            for width in [1, 17, 255, 256] {
                let id = TileId { level: 3, index, width };
                assert_eq!(TileId::parse(&id.path()), Ok(id));
            }
        }
        for bad in [
            "tile/0/0",
            "tile/00/000",
            "tile/64/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/x000/000",
            "tile/0/001/000",
            "tile/0/x001",
            "tile/0/+01",
            "tile/0/x99999/000",
            "tile/entries/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(TileId::parse(bad), Err(TileError::Path), "{bad}");
        }
    }

    #[test]
    fn a_bundles_path_reads_back_and_no_other_spelling_does() {
        for (index, width) in [(0, 1), (67, 256), (1_234_067, 255), (u64::MAX, 256)] {
            assert_eq!(parse_bundle_path(&bundle_path(index, width)), Ok((index, width)));
        }
        for bad in
            ["tile/entries/0", "tile/entries/x000/000", "tile/entries/000.p/256", "tile/0/000"]
        {
            assert_eq!(parse_bundle_path(bad), Err(TileError::Path), "{bad}");
        }
    }

    #[test]
    fn the_tiles_of_a_size_are_those_of_the_specification() {
        let names = |size| tiles_at(size).map(|tile| tile.path()).collect::<Vec<_>>();
        assert_eq!(names(256), ["tile/0/000", "tile/1/000.p/1"]);
        let names = names(70_000);
        assert_eq!(names.len(), 273 + 1 + 1 + 1 + 1);
        assert_eq!(names[273], "tile/0/273.p/112");
        assert_eq!(names[274..], ["tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]);
        assert_eq!(tiles_at(300_000).count(), 1_178);
        assert_eq!(tiles_at(0).count(), 0);
    }

    #[test]
    fn bytes_that_are_not_whole_hashes_are_refused() {
        let hashes = [[7; 32]; 256];
        assert_eq!(from_bytes(&to_bytes(&hashes)), Ok(hashes.to_vec()));
        for length in [0, 31, 33, FULL_BYTES + 32] {
            assert_eq!(from_bytes(&vec![0; length]), Err(TileError::Bytes(length)));
        }
    }
}
