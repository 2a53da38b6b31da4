//! Does a folder lie on a disk of this machine?
//!
//! A WAL is shared memory and locks, and both are what network shares do not keep: a database on
//! one can be damaged by a break of the network, or by a second machine (sqlite.org/wal.html).

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// The types of file systems whose disk is another machine's, as the kernel calls them.
const SHARES: [&str; 16] = [
    "9p",
    "afs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse.ceph-fuse",
    "fuse.davfs",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.smbnetfs",
    "fuse.sshfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
];

/// Why `folder` is no safe place for a database, with the mend, if it is on a network share. It
/// need not exist yet.
#[must_use]
pub fn network_share(folder: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let exists = folder.ancestors().find_map(|folder| {
        let is_here = folder.as_os_str().is_empty();
        fs::canonicalize(if is_here { Path::new(".") } else { folder }).ok()
    })?;
    let kind = kind_of(&exists, &mounts).filter(|kind| SHARES.contains(kind))?;
    Some(format!(
        "`{}` is on a network share ({kind}), where a break of the network can damage the \
         database; set `data_dir` to a folder on a disk of this machine",
        folder.display()
    ))
}

/// The type of the file system that `folder` is on; `mounts` is what proc_pid_mountinfo(5) tells.
fn kind_of<'m>(folder: &Path, mounts: &'m str) -> Option<&'m str> {
    let here = mounts.lines().filter_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let point = unescaped(place.split(' ').nth(4)?);
        let depth = folder.starts_with(&point).then(|| point.components().count())?;
        Some((depth, kind.split(' ').next()?))
    });
    // Of two at one place the later one covers the earlier.
    here.max_by_key(|(depth, _)| *depth).map(|(_, kind)| kind)
}

/// Blanks and the like are written as `\040`, in three octal digits.
fn unescaped(text: &str) -> PathBuf {
    let mut parts = text.split('\\');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let number = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        if let (Some(byte), Some(rest)) = (number, part.get(3..)) {
            bytes.push(byte);
            bytes.extend(rest.as_bytes());
        } else {
            bytes.push(b'\\');
            bytes.extend(part.as_bytes());
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
23 22 0:21 / /proc rw,nosuid shared:5 - proc proc rw
40 22 0:35 / /mnt/nas rw,relatime shared:20 master:3 - nfs4 nas:/volume1 rw,vers=4.2
41 22 0:36 / /mnt/my\\040films rw - cifs //nas/films rw,vers=3.1.1
42 40 8:3 / /mnt/nas/local rw,relatime - btrfs /dev/sdb1 rw
43 22 0:37 / /mnt/covered rw - nfs nas:/old rw
44 22 8:4 / /mnt/covered rw - xfs /dev/sdc1 rw
45 22 0:38 / /home/ann/far rw,nosuid - fuse.sshfs ann@far:/ rw
a line that is none
";

    #[test]
    fn a_folder_is_on_the_mount_that_is_nearest_above_it() {
        let cases = [
            ("/", "ext4"),
            ("/var/lib/scrobbled", "ext4"),
            ("/mnt/nas", "nfs4"),
            ("/mnt/nas/scrobbled", "nfs4"),
            ("/mnt/nasty", "ext4"),
            ("/mnt/nas/local/data", "btrfs"),
            ("/mnt/my films/data", "cifs"),
            ("/mnt/covered/data", "xfs"),
            ("/home/ann/far/data", "fuse.sshfs"),
        ];
        for (folder, expected) in cases {
            assert_eq!(kind_of(Path::new(folder), MOUNTS), Some(expected), "{folder}");
        }
        assert_eq!(kind_of(Path::new("/data"), "nothing that is known"), None);
    }

    #[test]
    fn a_disk_of_this_machine_is_no_share_whether_the_folder_is_there_or_not() {
        let folder = std::env::temp_dir().join("not").join("there").join("yet");
        assert_eq!(network_share(&folder), None);
        assert_eq!(network_share(Path::new("nor/this")), None);
    }

    #[test]
    fn escaped_places_are_read_and_odd_ones_left() {
        let cases = [(r"/a\040b\011c\134d", "/a b\tc\\d"), (r"/a\9", r"/a\9"), (r"/a\", r"/a\")];
        for (text, expected) in cases {
            assert_eq!(unescaped(text), Path::new(expected));
        }
    }
}
