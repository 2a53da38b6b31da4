//! The binary: words in, exit code out.

fn main() -> std::process::ExitCode {
    scrobbled::cli::run(std::env::args_os().skip(1))
}
