import { type ChildProcess, spawn } from "node:child_process";
import { linkAt, textIn } from "../../host-files/read-if-there.ts";

/** What a run's network has refused until now, kept over restarts of the bot; a run is told of it once. */
export interface Refusals {
  /** Connections of the bot's refused when last looked at. */
  seen: number;
  isTold: boolean;
}

export interface RefusalWatchOptions {
  /** The bot's process: its counters are its network's. */
  readonly pid: number;
  /** The network that the bot is on its way into, as the kernel names it. */
  readonly network: string;
  readonly refusals: Refusals;
  /** Connections refused in there that were not the bot's. */
  readonly notTheBots: () => number;
  /** The words of a program that prints each socket as it ends (`ss -E`); undefined where there is none. */
  readonly socketEvents: readonly string[] | undefined;
  readonly say: (text: string) => void;
}

const lookEveryMs = 2_000;
/** What was refused to others than the bot is known a little later than the counter has it. */
const othersToldWithinMs = 250;
/** A bot that is refused tries again sooner than this, and then the port has a name. */
const nameWithinMs = 20_000;

/**
 * Tells once what a bot tries in vain. The counters of its network show that connections are refused, not where to; only
 * when they move, the ends of its sockets are watched for a while, and the next try gives the port. Ends with the bot.
 */
export function watchRefusedPorts(options: RefusalWatchOptions): void {
  const { pid, network, refusals, notTheBots } = options;
  if (refusals.isTold) return;
  const timer = setInterval(() => {
    if (linkAt(`/proc/${pid}/ns/net`) !== network) {
      clearInterval(timer);
      return;
    }
    const counted = refusedAttempts(pid);
    setTimeout(() => {
      const attempts = counted - notTheBots() - refusals.seen;
      if (attempts <= 0 || refusals.isTold) return;
      clearInterval(timer);
      refusals.isTold = true;
      refusals.seen += attempts;
      tell(options, attempts);
    }, othersToldWithinMs).unref();
  }, lookEveryMs);
  timer.unref();
}

function tell({ socketEvents, say }: RefusalWatchOptions, attempts: number): void {
  if (socketEvents === undefined) say(describeRefusals(new Map(), attempts));
  else namePorts(socketEvents, (ports) => say(describeRefusals(ports, attempts)));
}

/** How many connections were refused in the network of a process since it was made. */
export function refusedAttempts(pid: number): number {
  const lines = (textIn(`/proc/${pid}/net/snmp`) ?? "").split("\n");
  const [names = "", values = ""] = lines.filter((line) => line.startsWith("Tcp:"));
  return Number(values.split(" ")[names.split(" ").indexOf("AttemptFails")] ?? 0);
}

/** The sentence about refused ports, with how often each was tried; without ports only how many tries there were. */
export function describeRefusals(ports: ReadonlyMap<number, number>, attempts: number): string {
  const sorted = [...ports].sort(([a], [b]) => a - b);
  if (sorted.length === 0) {
    return `tried ${attempts === 1 ? "a port" : `${attempts} times ports`} that is not forwarded: add it under \`ports\` or with \`--ports\``;
  }
  const tried = sorted.map(([port, count]) => `port ${port} ${times(count)}`).join(", ");
  const flags = sorted.map(([port]) => `--ports ${port}`).join(" ");
  return `tried ${tried}: add \`${flags}\` if it needs ${sorted.length === 1 ? "it" : "them"}`;
}

/** The port of a refused connection in a line of `ss -E -H -n -t`; undefined when the line tells of another end. */
export function refusedPort(line: string): number | undefined {
  // A SYN that was never answered stays in the send queue; every other socket ends with an empty one.
  const port = Number(/^UNCONN\s+0\s+1\s+\S+\s+\S+:(\d+)\s*$/.exec(line)?.[1]);
  return port < 65_536 ? port : undefined;
}

function times(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
}

function namePorts(words: readonly string[], done: (ports: ReadonlyMap<number, number>) => void): void {
  const ports = new Map<number, number>();
  const [file = "", ...args] = words;
  const child: ChildProcess = spawn(file, args, {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const port of lines.map(refusedPort)) {
      if (port !== undefined) ports.set(port, (ports.get(port) ?? 0) + 1);
    }
    // Whoever tries once more is patient; a second try of the same port says it all.
    if ([...ports.values()].some((count) => count >= 2)) child.kill("SIGKILL");
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), nameWithinMs);
  limit.unref();
  child.on("error", () => {});
  child.once("close", () => {
    clearTimeout(limit);
    done(ports);
  });
  child.unref();
}
