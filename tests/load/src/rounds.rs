//! Measures all servers under the same load, in turns and rounds.

use tokio::runtime::{Builder, Runtime};

use crate::child::Server;
use crate::client::{Connection, Connections};
use crate::effort::Effort;
use crate::meter::Usage;
use crate::requests::{self, forged};
use crate::servers::{Framework, Handler};

/// The result of one server in one turn.
pub(crate) struct Turn {
    pub(crate) per_second: f64,
    /// In microseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Of a request, in microseconds.
    pub(crate) cpu: Option<f64>,
    pub(crate) user_instructions: Option<f64>,
    pub(crate) kernel_instructions: Option<f64>,
    /// The share of the turn that the server was on a CPU: near 1, unless another process was in its way.
    pub(crate) busy: Option<f64>,
}

/// The turns of one server, in order of the rounds.
pub(crate) struct Turns {
    pub(crate) framework: Framework,
    pub(crate) handler: Handler,
    turns: Vec<Turn>,
}

/// All turns of all servers.
pub(crate) struct Rounds(pub(crate) Vec<Turns>);

pub(crate) fn measure(servers: Vec<Server>, effort: Effort) -> Rounds {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut servers: Vec<_> = servers.into_iter().map(|server| Measured::new(&runtime, server, effort)).collect();
    for round in 0..effort.rounds {
        for position in 0..servers.len() {
            let next = (round + position) % servers.len();
            servers[next].take_turn(&runtime, effort);
        }
    }
    Rounds(servers.into_iter().map(Measured::into_turns).collect())
}

/// A server and its latest figures.
struct Measured {
    server: Server,
    /// Requests per second in its last turn.
    rate: f64,
    turns: Vec<Turn>,
}

impl Measured {
    /// Checks that the server answers correctly, and warms it up.
    fn new(runtime: &Runtime, server: Server, effort: Effort) -> Self {
        let status = runtime.block_on(async {
            let mut connection = Connection::open(server.address).await?;
            connection.status_of(&forged()).await
        });
        let expected = if server.handler == Handler::Bare { 200 } else { 401 };
        let name = (server.framework, server.handler);
        assert_eq!(status.unwrap(), expected, "{name:?}, with a forgery");
        let mut measured = Self { server, rate: 0.0, turns: Vec::new() };
        measured.send(runtime, effort.warm_up);
        measured
    }

    fn take_turn(&mut self, runtime: &Runtime, effort: Effort) {
        let number = (self.rate * effort.turn.as_secs_f64()) as usize;
        let turn = self.send(runtime, number.max(1));
        self.turns.push(turn);
    }

    fn send(&mut self, runtime: &Runtime, number: usize) -> Turn {
        // Signing and connecting happen before the clock starts.
        let requests = requests::signed(number);
        let connections = runtime.block_on(Connections::open(self.server.address)).unwrap();
        let before = self.server.usage();
        let answered = runtime.block_on(connections.send(requests));
        let answered =
            answered.unwrap_or_else(|error| panic!("{:?}, {:?}: {error}", self.server.framework, self.server.handler));
        let Usage { cpu, user_instructions, kernel_instructions } = self.server.usage().since(before);
        self.rate = answered.per_second();
        let per_request = |used: f64| used / answered.number as f64;
        Turn {
            per_second: answered.per_second(),
            p50: answered.within(0.50).as_secs_f64() * 1e6,
            p99: answered.within(0.99).as_secs_f64() * 1e6,
            cpu: cpu.map(|cpu| per_request(cpu.as_secs_f64() * 1e6)),
            user_instructions: user_instructions.map(|count| per_request(count as f64)),
            kernel_instructions: kernel_instructions.map(|count| per_request(count as f64)),
            busy: cpu.map(|cpu| cpu.as_secs_f64() / answered.elapsed.as_secs_f64()),
        }
    }

    fn into_turns(self) -> Turns {
        Turns { framework: self.server.framework, handler: self.server.handler, turns: self.turns }
    }
}

impl Turns {
    /// Returns the median of a figure over all rounds, if the figure is known.
    pub(crate) fn median(&self, figure: impl Fn(&Turn) -> Option<f64>) -> Option<f64> {
        median(self.turns.iter().map(figure).collect::<Option<_>>()?)
    }

    /// Returns the median of the ratios to another server, each taken within a round.
    pub(crate) fn ratio(&self, other: &Self, figure: impl Fn(&Turn) -> Option<f64>) -> Option<f64> {
        let pairs = self.turns.iter().zip(&other.turns);
        median(pairs.map(|(ours, theirs)| Some(figure(ours)? / figure(theirs)?)).collect::<Option<_>>()?)
    }
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

impl Rounds {
    /// Returns the same framework with another handler.
    pub(crate) fn of(&self, framework: Framework, handler: Handler) -> &Turns {
        let is_it = |turns: &&Turns| turns.framework == framework && turns.handler == handler;
        self.0.iter().find(is_it).expect("every framework serves every handler")
    }

    /// Returns one line about the instruction counters.
    pub(crate) fn counting(&self) -> &'static str {
        let counted = |figure: fn(&Turn) -> Option<f64>| self.0.iter().all(|turns| turns.median(figure).is_some());
        match (counted(|turn| turn.user_instructions), counted(|turn| turn.kernel_instructions)) {
            (true, true) => "instructions: user mode and kernel, from hardware counters",
            (true, false) => "instructions: user mode only, because the kernel's may not be counted here",
            (false, _) => "instructions: this machine does not count them for us",
        }
    }
}
