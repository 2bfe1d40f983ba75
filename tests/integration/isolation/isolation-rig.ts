import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { describe, test } from "vitest";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import type { BotChannelEvent } from "../../../lib/ports/bot-channel.ts";
import type { RelayEvent } from "../../../lib/ports/relay.ts";
import type { ProcessEnd, SocketNews } from "../../../lib/ports/spawner.ts";
import { type LabProxy, type LabProxyOptions, startHttpProxy } from "../../lab/http-proxy.ts";
import { startSocksProxy } from "../../lab/socks-proxy.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";

export type Privilege = "root" | "rootless";
/** A uid without a passwd entry, as containers have them. */
export const ordinaryUid = 12_345;
const credential = { user: "customer", pass: "s3cret" };
const names = { "venue.test": "127.0.0.21", "other.test": "127.0.0.22" };
export const path = "/usr/local/bin:/usr/bin:/bin";
const script = new URL("../../fixtures/launchers/isolates.mjs", import.meta.url).pathname;

/** What this machine can show: root needs root, which drops to another uid for rootless. */
const privileges: readonly Privilege[] = process.getuid?.() === 0 ? ["rootless", "root"] : ["rootless"];

/** Defines the tests for each privilege that this machine has; where user namespaces are refused it says so, and fails in CI. */
export function forEachPrivilege(define: (privilege: Privilege) => void): void {
  describe.each(privileges)("%s", (privilege) => {
    const refusal = privilege === "root" ? undefined : whyNoNamespaces();
    if (refusal === undefined) define(privilege);
    else
      test("this host lets ordinary users have namespaces", (context) => {
        if (process.env["CI"] === "true") throw new Error(refusal);
        context.skip(`NOT TESTED: the kernel tier without root. ${refusal}`);
      });
  });
}

/** Whether run_as and the like can be tested here. */
export const isRoot = process.getuid?.() === 0;

function whyNoNamespaces(): string | undefined {
  const drop = isRoot ? { uid: ordinaryUid, gid: ordinaryUid } : {};
  const { status, stderr } = spawnSync("unshare", ["--user", "--map-current-user", "--net", "true"], drop);
  return status === 0 ? undefined : String(stderr).trim();
}

export interface LauncherSettings {
  readonly ports: readonly number[];
  readonly local: readonly string[];
  readonly publish: readonly string[];
  readonly hidden: readonly string[];
  readonly runAs: string | undefined;
  readonly tmp: "own" | "shared";
  readonly cwd: string;
  readonly home: string;
  readonly state: string;
  /** A shell line run with the capabilities of a user namespace, and a file view of its own, around the launcher, before it. */
  readonly within: string;
  /** Capabilities that the launcher's root has not, as containers take them away: "-sys_admin". */
  readonly without: string;
}

interface Refusal {
  readonly message: string;
  readonly code: string;
  readonly hint: string;
}

type Said =
  | { readonly type: "ready" | "listener" }
  | { readonly type: "relay"; readonly event: RelayEvent }
  | { readonly type: "bot"; readonly event: BotChannelEvent }
  | { readonly type: "said"; readonly text: string }
  | { readonly type: "sockets"; readonly news: SocketNews }
  | { readonly type: "asked"; readonly answer: string }
  | { readonly type: "ended"; readonly end: ProcessEnd }
  | { readonly type: "done"; readonly id: number; readonly answer: unknown }
  | { readonly type: "failed"; readonly id: number; readonly error: Refusal };

export interface BotRun {
  readonly pid: number;
  readonly end: Promise<ProcessEnd>;
}

/** A launcher process of its own, under root or an ordinary user, that isolates what the test gives it. */
export interface TestLauncher {
  readonly process: ChildProcess;
  readonly runId: string;
  readonly folder: string;
  readonly botSocket: string;
  readonly said: readonly Said[];
  start(
    command: readonly string[],
    extra?: { readonly env?: object; readonly tty?: boolean; readonly asks?: readonly string[] },
  ): Promise<BotRun>;
  /** Runs a shell line in the bot's place and gives back what it printed. */
  shell(line: string): Promise<string>;
  /** Runs JavaScript in the bot's place. */
  node(code: string): Promise<string>;
  order(order: string, given?: object): Promise<unknown>;
  use(proxy: LabProxy, wrong?: { readonly pass: string }): Promise<void>;
  /** What the bots printed until now. */
  output(): string;
  printed(text: string): Promise<void>;
  heard<T extends Said["type"]>(type: T, fits?: (said: Extract<Said, { type: T }>) => boolean): Promise<void>;
}

export interface IsolationRig {
  readonly table: ReturnType<typeof createLinuxProcessTable>;
  launcher(privilege: Privilege, settings?: Partial<LauncherSettings>): Promise<TestLauncher>;
  proxy(scheme?: "http" | "socks5", extra?: Partial<LabProxyOptions>): Promise<LabProxy>;
  http(listener: RequestListener, host?: string, port?: number): Promise<number>;
  tcp(listener: (socket: Socket) => void, host?: string): Promise<number>;
  folder(): string;
  /** The children of a process, with their command lines. */
  childrenOf(pid: number): readonly { readonly pid: number; readonly command: string }[];
  /** Settles when no such process lives. */
  gone(pid: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a rig; `close` ends every launcher, bot, server and folder of it. */
export function openIsolationRig(): IsolationRig {
  const table = createLinuxProcessTable();
  const closers: Array<() => unknown> = [];
  const runIds: string[] = [];
  const folder = (): string => {
    const made = realpathSync(mkdtempSync("/tmp/slipway-iso-"));
    chmodSync(made, 0o755);
    closers.push(() => rmSync(made, { recursive: true, force: true }));
    return made;
  };
  const serve = async (server: Server, host: string, port = 0): Promise<number> => {
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => {})));
    server.listen(port, host);
    await once(server, "listening");
    closers.push(async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    });
    return (server.address() as { port: number }).port;
  };
  return {
    table,
    folder,
    childrenOf,
    async gone(pid) {
      await eventually(
        () => table.startTicks(pid),
        (ticks) => ticks === undefined,
      );
    },
    async launcher(privilege, settings = {}) {
      const launcher = await startLauncher(privilege, settings, folder());
      runIds.push(launcher.runId);
      closers.push(() => endLauncher(launcher));
      return launcher;
    },
    async proxy(scheme = "http", extra = {}) {
      const given = { exitAddress: "127.0.0.11", ...credential, names, ...extra };
      const proxy = await (scheme === "http" ? startHttpProxy(given) : startSocksProxy(given));
      closers.push(() => proxy.close());
      return proxy;
    },
    http: (listener, host = names["venue.test"], port = 0) => serve(createHttpServer(listener), host, port),
    tcp: (listener, host = names["venue.test"]) =>
      serve(createServer({ allowHalfOpen: true }, listener), host),
    async close() {
      for (const close of closers.splice(0).reverse()) await close();
      for (const runId of runIds.splice(0)) {
        for (const pid of table.withRunId(runId as RunId)) signal(pid, "SIGKILL");
      }
    },
  };
}

function childrenOf(pid: number): readonly { readonly pid: number; readonly command: string }[] {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
  return pids.split(" ").flatMap((child) => {
    const command = child === "" ? undefined : commandOf(Number(child));
    return command === undefined ? [] : [{ pid: Number(child), command }];
  });
}

// A process may end while it is looked at.
function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return undefined;
  }
}

async function startLauncher(
  privilege: Privilege,
  settings: Partial<LauncherSettings>,
  folder: string,
): Promise<TestLauncher> {
  const runId = randomUUID();
  const state = settings.state ?? join(folder, "state");
  mkdirSync(join(state, "run"), { recursive: true, mode: 0o700 });
  const drops = privilege === "rootless" && process.getuid?.() === 0;
  if (drops)
    for (const place of [folder, state, join(state, "run")]) chownSync(place, ordinaryUid, ordinaryUid);
  const botSocket = join(state, "run", `${runId}.sock`);
  const given = {
    ports: [80, 443],
    local: [],
    publish: [],
    hidden: [state],
    cwd: folder,
    home: folder,
    ...settings,
  };
  const { within, without } = settings;
  const words = [process.execPath, script, JSON.stringify({ ...given, runId, botSocket })];
  const dropping = "exec setpriv --inh-caps=-all --ambient-caps=-all";
  const around = [
    "unshare",
    "--user",
    "--map-current-user",
    "--keep-caps",
    "--mount",
    "sh",
    "-c",
    `${within} && ${dropping} "$@"`,
    "sh",
  ];
  const bare = without === undefined ? [] : ["setpriv", `--bounding-set=${without}`, "--inh-caps=-all", "--"];
  const [file = "", ...args] = [...bare, ...(within === undefined ? [] : around), ...words];
  const child = spawn(file, args, {
    cwd: folder,
    env: { PATH: path, HOME: folder },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    ...(drops ? { uid: ordinaryUid, gid: ordinaryUid } : {}),
  });
  const launcher = talkTo(child, { runId, folder, botSocket });
  await launcher.heard("ready");
  return launcher;
}

function talkTo(
  child: ChildProcess,
  facts: { readonly runId: string; readonly folder: string; readonly botSocket: string },
): TestLauncher {
  const said: Said[] = [];
  const news = new EventEmitter().setMaxListeners(0);
  let text = "";
  let orders = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      news.emit("news");
    });
  }
  child.on("message", (message: Said) => {
    said.push(message);
    news.emit("news");
  });
  child.on("exit", () => news.emit("news"));
  const until = async <T>(find: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (hasEnded(child)) throw new Error(`The launcher ended with ${child.exitCode}: ${text}`);
      await once(news, "news");
    }
  };
  const order = async (name: string, given: object = {}): Promise<unknown> => {
    const id = ++orders;
    child.send({ order: name, id, ...given }, () => {});
    const answer = await until(() => said.find((it) => "id" in it && it.id === id));
    if (answer.type === "failed") throw Object.assign(new Error(answer.error.message), answer.error);
    return answer.type === "done" ? answer.answer : undefined;
  };
  const start: TestLauncher["start"] = async (command, { env = {}, tty = false, asks } = {}) => {
    const before = said.filter((it) => it.type === "ended").length;
    const { pid } = (await order("start", { command, env: { PATH: path, ...env }, tty, asks })) as {
      pid: number;
    };
    const end = until(() => said.filter((it) => it.type === "ended")[before]?.end);
    end.catch(() => {});
    return { pid, end };
  };
  const capture = async (command: readonly string[]): Promise<string> => {
    const from = text.length;
    await (await start(command)).end;
    return text.slice(from);
  };
  return {
    ...facts,
    process: child,
    said,
    start,
    order,
    shell: (line) => capture(["sh", "-c", line]),
    node: (code) => capture([process.execPath, "--input-type=module", "-e", code]),
    output: () => text,
    async use({ scheme, host, port }, wrong) {
      await order("upstream", { scheme, host, port, ...credential, ...wrong });
    },
    async printed(wanted) {
      await until(() => (text.includes(wanted) ? true : undefined));
    },
    async heard(type, fits = () => true) {
      await until(() => said.find((it) => it.type === type && fits(it as never)));
    },
  };
}

async function endLauncher(launcher: TestLauncher): Promise<void> {
  const child = launcher.process;
  if (hasEnded(child)) return;
  const exited = once(child, "exit");
  await launcher.order("end").catch(() => child.kill("SIGKILL"));
  await exited;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
