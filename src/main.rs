//! The binary: words in, exit code out.

// The allocator of the C library in the static builds keeps growing under a day's events (by 45
// bytes an event, for ever); with this one they stay at 7 MB. glibc's is left alone: it takes half a
// megabyte more than this would, and answers half as many webhooks again.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> std::process::ExitCode {
    scrobbled::cli::run(std::env::args_os().skip(1))
}
