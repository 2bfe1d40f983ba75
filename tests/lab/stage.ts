import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { patient } from "../patience/patience.ts";
import { makeLabCertificates } from "./certificates.ts";
import { type LabProcess, startLabProcess } from "./lab-process.ts";
import { type LaunchResult, type RunningLaunch, resultOf, runLaunch, startLaunch } from "./launch-command.ts";
import { leftovers } from "./leftovers.ts";

/** A whole small world on loopback: proxies with exits of their own, two witnesses (and two over IPv6 where it is wanted), a venue, and a private place for `launch`. */
export interface Stage {
  readonly folder: string;
  readonly stateFolder: string;
  /** What every `launch` of the stage gets as environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly venue: LabProcess;
  /** Of the venue as the bots address it; only the proxies resolve the name. */
  readonly venueUrl: string;
  readonly witnesses: readonly LabProcess[];
  readonly proxies: ReadonlyMap<string, StageProxy>;
  /** Runs one command to its end. */
  launch(words: readonly string[], options?: LaunchOptions): Promise<LaunchResult>;
  /** Starts a command that stays in the foreground. */
  start(words: readonly string[], options?: LaunchOptions): RunningLaunch;
  /** Ends everything, commands under way too, and removes the folder; rejects naming what was left running. Nothing starts from then on. */
  close(): Promise<void>;
}

export interface LaunchOptions {
  /** Put in front of the command, to run it in a namespace. */
  readonly front?: readonly string[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface StageProxy {
  readonly process: LabProcess;
  readonly label: string;
  readonly scheme: "http" | "socks5";
  readonly exitIp: string;
  readonly endpoint: string;
  readonly user: string;
  readonly pass: string;
}

export interface StageOptions {
  /** Label and kind of each proxy; exits are 127.0.0.11, .12 … in order. */
  readonly proxies: Readonly<Record<string, "http" | "socks5">>;
  /** The HTTP proxies reach IPv6 as well, all from ::1, and two more witnesses are asked over it. */
  readonly hasIpv6?: boolean;
  /** Added to launch.yaml, which already names witnesses and lab ranges. */
  readonly yaml?: (stage: { readonly venuePort: number; readonly folder: string }) => string;
  /** Added to the environment of every `launch`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Path of bin/launch. */
  readonly bin: string;
  readonly labMain?: string;
}

/** What outlives a launcher that a test has killed is killed within this time by the launcher's watch. */
const killedWithinMs = 5_000;

const witnessNames = ["echo-a.test", "echo-b.test", "echo-c.test", "echo-d.test"];

/** Builds the world; nothing of `launch` has run yet. What was begun is removed when it fails. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-stage-"));
  const pieces: LabProcess[] = [];
  try {
    return await furnish(folder, pieces, options);
  } catch (error) {
    for (const piece of pieces) await piece.kill();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function furnish(folder: string, pieces: LabProcess[], options: StageOptions): Promise<Stage> {
  // As root the database runs as another user, who has to pass through.
  await chmod(folder, 0o711);
  const certificates = await makeLabCertificates(["venue.test", ...witnessNames]);
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, certificates.ca);
  const start = async (spec: Parameters<typeof startLabProcess>[0]) => {
    const piece = await startLabProcess(spec, options.labMain);
    pieces.push(piece);
    return piece;
  };
  const venue = await start({ kind: "venue", certificates });
  const witnesses = [
    await start({ kind: "echo", shape: "ipify", certificates }),
    await start({ kind: "echo", shape: "ipinfo", certificates }),
  ];
  if (options.hasIpv6 === true)
    for (const shape of ["ipify", "icanhazip"] as const)
      witnesses.push(await start({ kind: "echo", shape, certificates, listen: { host: "::1" } }));
  const proxies = await startProxies(options, start);
  const stateFolder = join(folder, "state");
  const env = { ...stageEnvironment(folder, stateFolder, caFile), ...options.env };
  await writeYaml(folder, { venue, witnesses, options });
  const commands = commandsOf(folder, env, options.bin);
  return {
    folder,
    stateFolder,
    env,
    venue,
    venueUrl: `https://venue.test:${venue.port}`,
    witnesses,
    proxies,
    launch: commands.launch,
    start: commands.start,
    async close() {
      await commands.end();
      for (const piece of pieces) await piece.close();
      const left = await leftWithin(folder, killedWithinMs);
      await rm(folder, { recursive: true, force: true });
      if (left.length > 0) throw new Error(`left running: ${left.join("; ")}`);
    },
  };
}

async function startProxies(
  { proxies: wanted, hasIpv6 = false }: StageOptions,
  start: (spec: Parameters<typeof startLabProcess>[0]) => Promise<LabProcess>,
): Promise<ReadonlyMap<string, StageProxy>> {
  const names = Object.fromEntries([
    ["venue.test", "127.0.0.1"],
    ["binance.venue.test", "127.0.0.1"],
    ["okx.venue.test", "127.0.0.1"],
    ...witnessNames.map((name, index) => [name, index < 2 ? "127.0.0.1" : "::1"]),
  ]);
  const startOne = async ([label, scheme]: readonly [string, "http" | "socks5"], index: number) => {
    const exitIp = `127.0.0.${11 + index}`;
    // Characters that break naive URL building and header splitting.
    const [user, pass] = [`user-${label}`, `p@ss:${label}/%+`];
    const kind = scheme === "http" ? "http-proxy" : "socks-proxy";
    const exitAddressV6 = hasIpv6 ? "::1" : undefined;
    const process = await start({ kind, exitAddress: exitIp, exitAddressV6, user, pass, names });
    const endpoint = `${scheme}://${process.host}:${process.port}`;
    return { process, label, scheme, exitIp, endpoint, user, pass };
  };
  const started = await Promise.all(Object.entries(wanted).map(startOne));
  return new Map(started.map((proxy) => [proxy.label, proxy]));
}

async function leftWithin(folder: string, ms: number): Promise<readonly string[]> {
  const endAt = performance.now() + patient(ms);
  for (;;) {
    const left = await leftovers(folder);
    if (left.length === 0 || performance.now() > endAt) return left;
    await delay(50);
  }
}

interface Commands {
  readonly launch: Stage["launch"];
  readonly start: Stage["start"];
  /** Ends all of them and the database, and lets no other begin. */
  readonly end: () => Promise<void>;
}

function commandsOf(folder: string, env: Readonly<Record<string, string>>, bin: string): Commands {
  const running = new Set<RunningLaunch>();
  let isOver = false;
  const start = (words: readonly string[], { input, env: more, front = [] }: LaunchOptions = {}) => {
    if (isOver) throw new Error(`launch ${words.join(" ")}: the stage is closed`);
    const launcher = startLaunch({ bin, words, cwd: folder, env: { ...env, ...more }, input, front });
    running.add(launcher);
    const forget = () => void running.delete(launcher);
    launcher.ended.then(forget, forget);
    return launcher;
  };
  return {
    start,
    launch: async (words, options) => resultOf(start(words, options)),
    async end() {
      isOver = true;
      await Promise.all([...running].map((launcher) => launcher.end()));
      await runLaunch({ bin, words: ["db", "stop"], cwd: folder, env, input: undefined });
    },
  };
}

// PATH alone of the operator's shell: what else is needed is the stage's own.
function stageEnvironment(folder: string, stateFolder: string, caFile: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: join(folder, "home"),
    LAUNCH_STATE_DIR: stateFolder,
    NODE_EXTRA_CA_CERTS: caFile,
    NO_COLOR: "1",
  };
}

async function writeYaml(
  folder: string,
  {
    venue,
    witnesses,
    options,
  }: {
    readonly venue: LabProcess;
    readonly witnesses: readonly LabProcess[];
    readonly options: StageOptions;
  },
): Promise<void> {
  await mkdir(join(folder, "home"));
  const urls = witnesses.map(({ port }, index) => `"https://${witnessNames[index]}:${port}"`);
  const lines = [
    "version: 1",
    "network:",
    `  witnesses: [${urls.join(", ")}]`,
    `  public_ranges: [127.0.0.0/8${options.hasIpv6 === true ? ', "::1/128"' : ""}]`,
    options.yaml?.({ venuePort: venue.port, folder }) ?? "",
  ];
  await writeFile(join(folder, "launch.yaml"), `${lines.join("\n")}\n`);
}
