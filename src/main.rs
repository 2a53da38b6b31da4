//! The binary: words in, exit code out.

// One small allocator wherever it runs. That of the C library in the static builds keeps growing
// under a day's events (by 45 bytes an event, for ever), and glibc's gives each thread a share of
// its own: 11 MB where this takes 7.
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> std::process::ExitCode {
    scrobbled::cli::run(std::env::args_os().skip(1))
}
