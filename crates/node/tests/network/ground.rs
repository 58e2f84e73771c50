//! The ground on which the nodes stand: a network namespace for each, a bridge between them, and a relay for each link in
//! this process, through which everything goes that one says to another.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Of a hundred connections, so many are not taken, and of as many the answer is lost on its way.
const LOST: usize = 8;
/// How long a piece of a connection is on its way at most, in milliseconds.
const DELAY_MS: u64 = 25;
/// How long a relay waits for a node that does not answer.
const CONNECT: Duration = Duration::from_millis(300);

/// Whether this machine lets namespaces be made: by root, with iproute2.
pub fn is_possible() -> Result<(), String> {
    let id = Command::new("id").arg("-u").output().map_err(|error| format!("id: {error}"))?;
    if id.stdout.trim_ascii() != b"0" {
        return Err("not root".to_owned());
    }
    for program in ["ip", "curl"] {
        let found = Command::new(program).arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
        found.map_err(|_| format!("{program} is missing"))?;
    }
    let name = format!("cmt{}-try", std::process::id());
    let made = try_ip(&["netns", "add", &name]);
    let _ = try_ip(&["netns", "del", &name]);
    made.map_err(|why| format!("no network namespaces: {why}"))
}

fn try_ip(arguments: &[&str]) -> Result<(), String> {
    let done = Command::new("ip").args(arguments).output().map_err(|error| error.to_string())?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}

fn ip(arguments: &[&str]) {
    try_ip(arguments).unwrap_or_else(|why| panic!("ip {}: {why}", arguments.join(" ")));
}

/// Nodes are numbered from 1.
pub struct Ground {
    nodes: u8,
    net: [u8; 3],
    weather: Arc<Weather>,
    /// Whether the kernel loses and delays packets itself besides.
    pub has_netem: bool,
}

/// What the relays do to connections.
struct Weather {
    is_calm: Mutex<bool>,
    /// Links that are cut: who asks, and who is asked.
    cut: Mutex<BTreeSet<(u8, u8)>>,
    dice: Mutex<u64>,
    /// Connections that were lost, and answers.
    lost: AtomicUsize,
}

impl Weather {
    /// A number below `end`. Which connection draws it, the threads decide.
    fn below(&self, end: u64) -> u64 {
        let mut dice = self.dice.lock().unwrap();
        *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*dice >> 33) % end
    }

    /// Keeps a piece for a moment.
    fn delay(&self) {
        thread::park_timeout(Duration::from_millis(self.below(DELAY_MS)));
    }
}

impl Ground {
    /// Makes the namespaces and the relays.
    pub fn new(nodes: u8, seed: u64) -> Self {
        let id = std::process::id();
        let net = [10, 200 + u8::try_from(id % 50).unwrap(), u8::try_from(id / 50 % 250).unwrap()];
        let weather = Arc::new(Weather {
            is_calm: Mutex::new(false),
            cut: Mutex::new(BTreeSet::new()),
            dice: Mutex::new(seed),
            lost: AtomicUsize::new(0),
        });
        let mut ground = Self { nodes, net, weather, has_netem: true };
        let (bridge, own) = (ground.bridge(), format!("{}/24", ground.address(254)));
        ip(&["link", "add", &bridge, "type", "bridge"]);
        ip(&["addr", "add", &own, "dev", &bridge]);
        ip(&["link", "set", &bridge, "up"]);
        for node in 1..=nodes {
            let (space, wire) = (ground.space(node), ground.wire(node));
            ip(&["netns", "add", &space]);
            ip(&["link", "add", &wire, "type", "veth", "peer", "name", "eth0", "netns", &space]);
            ip(&["link", "set", &wire, "master", &bridge, "up"]);
            ip(&["-n", &space, "addr", "add", &format!("{}/24", ground.address(node)), "dev", "eth0"]);
            ip(&["-n", &space, "link", "set", "eth0", "up"]);
            ip(&["-n", &space, "link", "set", "lo", "up"]);
            let netem = ["netns", "exec", &space, "tc", "qdisc", "add", "dev", "eth0", "root", "netem"];
            let loss = ["loss", "2%", "delay", "5ms", "5ms"];
            ground.has_netem &= try_ip(&[&netem[..], &loss[..]].concat()).is_ok();
            ground.relay(node);
        }
        ground
    }

    fn bridge(&self) -> String {
        format!("cmtb{}", std::process::id())
    }

    /// The name of the namespace of a node.
    pub fn space(&self, node: u8) -> String {
        format!("cmt{}-{node}", std::process::id())
    }

    fn wire(&self, node: u8) -> String {
        format!("cmtv{}-{node}", std::process::id())
    }

    /// The address of a node in its namespace.
    pub fn address(&self, node: u8) -> Ipv4Addr {
        let [a, b, c] = self.net;
        Ipv4Addr::new(a, b, c, node)
    }

    /// Where others reach a node: at its relay.
    pub fn url(&self, node: u8) -> String {
        format!("https://{}:{}", self.address(254), port(node))
    }

    /// From now on nothing is lost or delayed.
    pub fn calm(&self) {
        *self.weather.is_calm.lock().unwrap() = true;
    }

    /// Takes the wire of a node away, or puts it back.
    pub fn unplug(&self, node: u8, is_out: bool) {
        ip(&["link", "set", &self.wire(node), if is_out { "down" } else { "up" }]);
    }

    /// Cuts the link between two nodes, or mends it.
    pub fn cut(&self, one: u8, other: u8, is_cut: bool) {
        let mut cut = self.weather.cut.lock().unwrap();
        for link in [(one, other), (other, one)] {
            if is_cut {
                cut.insert(link)
            } else {
                cut.remove(&link)
            };
        }
    }

    /// How many connections or answers were lost.
    pub fn lost(&self) -> usize {
        self.weather.lost.load(Ordering::Relaxed)
    }

    /// Takes connections to a node and passes them on. It ends with this process.
    fn relay(&self, node: u8) {
        let listener = TcpListener::bind((self.address(254), port(node))).unwrap();
        let to = SocketAddr::from((self.address(node), 6180));
        let weather = Arc::clone(&self.weather);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), weather) = (stream, Arc::clone(&weather)) else { return };
                thread::spawn(move || pass_on(stream, node, to, &weather));
            }
        });
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        for node in 1..=self.nodes {
            let _ = try_ip(&["netns", "del", &self.space(node)]);
            let _ = try_ip(&["link", "del", &self.wire(node)]);
        }
        let _ = try_ip(&["link", "del", &self.bridge()]);
    }
}

fn port(node: u8) -> u16 {
    6180 + u16::from(node)
}

/// One connection, from one node to another.
fn pass_on(asks: TcpStream, node: u8, to: SocketAddr, weather: &Arc<Weather>) {
    let from = match asks.peer_addr().map(|from| from.ip()) {
        Ok(IpAddr::V4(from)) => from.octets()[3],
        _ => return,
    };
    // 254 is whoever looks from outside: nothing happens to that.
    let is_calm = from == 254 || *weather.is_calm.lock().unwrap();
    let fate = if is_calm { 100 } else { usize::try_from(weather.below(100)).unwrap() };
    if fate < LOST || weather.cut.lock().unwrap().contains(&(from, node)) {
        weather.lost.fetch_add(1, Ordering::Relaxed);
        return;
    }
    let Ok(asked) = TcpStream::connect_timeout(&to, CONNECT) else { return };
    let _ = (asks.set_nodelay(true), asked.set_nodelay(true));
    let loses_answer = (LOST..2 * LOST).contains(&fate);
    let (Ok(asks_too), Ok(asked_too), weather_too) =
        (asks.try_clone(), asked.try_clone(), Arc::clone(weather))
    else {
        return;
    };
    let there =
        thread::spawn(move || copy(asks_too, asked_too, (!is_calm).then_some(&*weather_too), u64::MAX));
    // The handshake of TLS comes back, and what is answered behind it does not.
    let most = if loses_answer { 4_096 } else { u64::MAX };
    if !copy(asked, asks, (!is_calm).then_some(weather), most) {
        weather.lost.fetch_add(1, Ordering::Relaxed);
    }
    let _ = there.join();
}

/// Copies what comes, piece by piece; false when it stopped at the most.
fn copy(mut from: TcpStream, mut to: TcpStream, weather: Option<&Weather>, most: u64) -> bool {
    let (mut buffer, mut all) = ([0; 16 << 10], 0);
    let is_whole = loop {
        let Ok(count @ 1..) = from.read(&mut buffer) else { break true };
        all += count as u64;
        if all > most {
            break false;
        }
        if let Some(weather) = weather {
            weather.delay();
        }
        if to.write_all(&buffer[..count]).is_err() {
            break true;
        }
    };
    if is_whole {
        let _ = to.shutdown(Shutdown::Write);
    } else {
        let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
    }
    is_whole
}
