// A static program with the sockets of Rust's standard library.
use std::env;
use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

fn main() -> io::Result<()> {
    let var = |name: &str| env::var(name).unwrap_or_default();
    let (tag, host) = (var("LEAK_TAG"), var("LEAK_HOST"));
    match env::args().nth(1).unwrap_or_default().as_str() {
        "http" => talk(&host, 80, &format!("GET /{tag} HTTP/1.0\r\nHost: {host}\r\n\r\n")),
        "name" => talk(&host, 9443, &tag),
        "ipv4" => talk(&var("LEAK_IPV4"), 9443, &tag),
        "ipv6" => talk(&var("LEAK_IPV6"), 9443, &tag),
        "lookup" => {
            for address in (format!("{tag}.{host}"), 80).to_socket_addrs()? {
                println!("{address}");
            }
            Ok(())
        }
        _ => send(&var("LEAK_IPV4"), &tag),
    }
}

fn talk(host: &str, port: u16, line: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect((host, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(line.as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    println!("{text}");
    Ok(())
}

fn send(host: &str, tag: &str) -> io::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    socket.connect((host.parse::<IpAddr>().expect("an address"), 443))?;
    socket.send(tag.as_bytes())?;
    socket.recv(&mut [0; 80])?;
    Ok(())
}
