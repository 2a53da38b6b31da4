//! The measure of throughput: tiny_http alone on TCP, reading each body and answering 200.
//!
//! `cargo run --release --example bare_loop` prints its address; see benches/throughput.sh.

use std::error::Error;
use std::io::{self, Write};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let server = tiny_http::Server::http("127.0.0.1:0")?;
    writeln!(io::stdout(), "http://{}/", server.server_addr())?;
    let mut body = Vec::new();
    loop {
        let mut request = server.recv()?;
        body.clear();
        request.as_reader().read_to_end(&mut body)?;
        request.respond(tiny_http::Response::from_string("{\"outcome\":\"ignored\"}\n"))?;
    }
}
