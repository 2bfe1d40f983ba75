import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { migrate } from "../../../lib/adapters/store/migrate.ts";
import { type LabCertificates, makeLabCertificates } from "../../lab/certificates.ts";
import { type LabProcess, startLabProcess } from "../../lab/lab-process.ts";
import { type LaunchResult, type RunningLaunch, resultOf, startLaunch } from "../../lab/launch-command.ts";
import type { VenueEntry } from "../../lab/venue.ts";
import { builtFile } from "../built.ts";
import { migrationsFolder } from "../database/database.ts";
import {
  type Cluster,
  clusterConfig,
  findEngine,
  startCluster,
  withAdmin,
} from "../database/postgres-cluster.ts";
import { signal } from "../processes/signal.ts";
import { childrenOf, type LabOfHosts, openLabOfHosts, places } from "./lab-of-hosts.ts";

/** Hosts with the program on each, one database for all of them, proxies with exits of their own, two witnesses and a venue. */
export interface FleetStage {
  readonly lab: LabOfHosts;
  readonly cluster: Cluster;
  readonly venue: LabProcess;
  /** Label of each proxy and its exit address. */
  readonly exits: ReadonlyMap<string, string>;
  /** Runs one command on the host to its end. */
  launch(host: string, words: readonly string[], options?: FleetOptions): Promise<LaunchResult>;
  /** Runs one that must end with 0, and gives back what it printed. */
  ok(host: string, words: readonly string[], options?: FleetOptions): Promise<string>;
  /** Starts one that stays in the foreground. */
  start(host: string, words: readonly string[], options?: FleetOptions): HostLaunch;
  /** Ends the host as a loss of power does, and lets go of what was started there. */
  powerOff(host: string): Promise<void>;
  /** Rows that a superuser sees. */
  rows<T extends object>(text: string, values?: readonly unknown[]): Promise<readonly T[]>;
  /** Writes launch.yaml of these hosts, of all by default. */
  writeYaml(units: string, hosts?: readonly string[]): void;
  /** Adds the account on the database, and what proxies it has not yet; best first. */
  addAccount(name: string, labels: readonly string[], words?: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface FleetOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the built one. */
  readonly bin?: string;
  /** Put before Node. */
  readonly front?: readonly string[];
}

/** A `launch` in the foreground of a host. */
export interface HostLaunch extends RunningLaunch {
  readonly host: string;
  /** The program's own pid as this machine has it, once it is there. */
  programPid(): number;
  /** What led it into its host stops with it, and has to be continued to see its end. */
  wake(): void;
}

/** The program of every bot of a fleet. */
const logsIn = fileURLToPath(new URL("../../fixtures/fleet/logs-in.mjs", import.meta.url));

const bin = fileURLToPath(new URL("../../../bin/launch", import.meta.url));
const database = "fleet";

/** Makes everything; nothing runs yet, and the database has its schema. */
export async function openFleetStage(options: {
  readonly hosts: readonly string[];
  /** How many proxies: p1, p2 … */
  readonly proxies: number;
}): Promise<FleetStage> {
  const lab = await openLabOfHosts(options.hosts);
  const pieces: LabProcess[] = [];
  const running = new Set<HostLaunch>();
  const close = async (): Promise<void> => {
    // A host that stops takes all with it: what was to be seen of a graceful end was seen before.
    for (const host of lab.hosts.values()) await host.powerOff();
    for (const launch of running) launch.wake();
    await Promise.all([...running].map(({ ended }) => ended.catch(() => 0)));
    for (const piece of pieces) await piece.close();
    await lab.close();
  };
  try {
    const certificates = await makeLabCertificates(["venue.test"]);
    const cluster = await fleetCluster(lab);
    const start = async (spec: Parameters<typeof startLabProcess>[0]) => {
      const piece = await startLabProcess(spec, builtFile("tests/lab/main.js"), lab.internet);
      pieces.push(piece);
      return piece;
    };
    const venue = await start({ kind: "venue", listen: places.venue, certificates });
    for (const listen of places.witnesses) await start({ kind: "echo", shape: "ipify", listen });
    const exits = new Map<string, string>();
    for (let index = 1; index <= options.proxies; index += 1) {
      await start(proxySpec(index));
      exits.set(`p${index}`, places.exit(index));
    }
    const stage = stageOn({ lab, cluster, venue, exits, running, certificates, close });
    await stage.prepare();
    return stage;
  } catch (error) {
    await close();
    throw error;
  }
}

const proxyPort = (index: number): number => 5_100 + index;

function proxySpec(index: number): Parameters<typeof startLabProcess>[0] {
  return {
    kind: "http-proxy",
    listen: { host: places.proxy, port: proxyPort(index) },
    exitAddress: places.exit(index),
    user: `user-p${index}`,
    pass: `pass-p${index}`,
    names: { "venue.test": places.venue.host },
  };
}

async function fleetCluster(lab: LabOfHosts): Promise<Cluster> {
  const engine = findEngine("system") === undefined ? "embedded" : "system";
  const cluster = await startCluster(engine, join(lab.folder, "database"), {
    host: places.database,
    port: 5_432,
    clients: places.network,
    words: lab.internet,
  });
  await withAdmin(cluster, "postgres", (admin) =>
    admin.query(`create database ${database} template template0`),
  );
  const connection = { host: join(cluster.folder, "data"), port: cluster.port, user: "postgres", database };
  await migrate({ connection, folder: migrationsFolder, grantTo: "launch" });
  return cluster;
}

interface Parts {
  readonly lab: LabOfHosts;
  readonly cluster: Cluster;
  readonly venue: LabProcess;
  readonly exits: ReadonlyMap<string, string>;
  readonly running: Set<HostLaunch>;
  readonly certificates: LabCertificates;
  readonly close: () => Promise<void>;
}

function stageOn(parts: Parts): FleetStage & { prepare(): Promise<void> } {
  const { lab, cluster, venue, exits, running, certificates, close } = parts;
  const folderOf = (host: string) => join(lab.host(host).folder, "desk");
  const [firstHost = ""] = lab.hosts.keys();
  const environmentOf = (host: string): Record<string, string> => ({
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: join(folderOf(host), "home"),
    LAUNCH_STATE_DIR: join(folderOf(host), "state"),
    LAUNCH_DATABASE_URL: clusterConfig(cluster, database, "launch").connectionString,
    NODE_EXTRA_CA_CERTS: join(lab.folder, "ca.pem"),
    NO_COLOR: "1",
  });
  const start = (host: string, words: readonly string[], options: FleetOptions = {}): HostLaunch => {
    const cwd = folderOf(host);
    const launch = onHost(
      host,
      startLaunch({
        front: [...lab.host(host).words(), "env", `--chdir=${cwd}`, ...(options.front ?? [])],
        bin: options.bin ?? bin,
        words,
        cwd,
        env: { ...environmentOf(host), ...options.env },
        input: options.input,
      }),
    );
    running.add(launch);
    const forget = () => void running.delete(launch);
    launch.ended.then(forget, forget);
    return launch;
  };
  const launch: FleetStage["launch"] = (host, words, options) => resultOf(start(host, words, options));
  const ok: FleetStage["ok"] = async (host, words, options) => {
    const { exitCode, stdout, stderr } = await launch(host, words, options);
    if (exitCode !== 0)
      throw new Error(`launch ${words.join(" ")} on ${host} ended with ${exitCode}: ${stderr} ${stdout}`);
    return stdout;
  };
  const stage: FleetStage = {
    lab,
    cluster,
    venue,
    exits,
    launch,
    ok,
    start,
    async powerOff(host) {
      await lab.host(host).powerOff();
      for (const each of running) if (each.host === host) each.wake();
    },
    rows: (text, values = []) =>
      withAdmin(cluster, database, async (admin) => (await admin.query(text, [...values])).rows),
    writeYaml(units, hosts = [...lab.hosts.keys()]) {
      for (const host of hosts)
        writeFileSync(join(folderOf(host), "launch.yaml"), `${networkYaml}\n${units}\n`);
    },
    async addAccount(name, labels, words = []) {
      await ok(firstHost, ["account", "add", name, ...words]);
      for (const [index, label] of labels.entries()) {
        const number = Number(label.slice(1));
        const endpoint = `http://${places.proxy}:${proxyPort(number)}`;
        const flags = ["--proxy-endpoint", endpoint, "--proxy-user", `user-${label}`, "--proxy-pass-stdin"];
        const added = await launch(firstHost, ["proxy", "add", label, ...flags], {
          input: `pass-${label}\n`,
        });
        if (added.exitCode !== 0 && !added.stderr.includes("LAUNCH_ALREADY_EXISTS"))
          throw new Error(added.stderr);
        await ok(firstHost, ["assign", name, label, "--priority", String(index + 1)]);
      }
    },
    close,
  };
  return {
    ...stage,
    async prepare() {
      writeFileSync(join(lab.folder, "ca.pem"), certificates.ca);
      for (const host of lab.hosts.keys()) mkdirSync(join(folderOf(host), "home"), { recursive: true });
      stage.writeYaml("");
      await ok(firstHost, ["init"]);
      for (const host of lab.hosts.keys()) {
        if (host === firstHost) continue;
        mkdirSync(join(folderOf(host), "state"), { mode: 0o700 });
        copyFileSync(join(folderOf(firstHost), "state/keys"), join(folderOf(host), "state/keys"));
        await ok(host, ["init"]);
      }
    },
  };
}

const networkYaml = [
  "version: 1",
  "network:",
  `  witnesses: ${JSON.stringify(places.witnesses.map(({ host, port }) => `http://${host}:${port}`))}`,
  `  public_ranges: ["198.51.100.0/24", "203.0.113.0/24", "${places.network}"]`,
].join("\n");

// nsenter passes no signals on: they are for its child.
function onHost(host: string, launch: RunningLaunch): HostLaunch {
  const programPid = (): number => {
    const [child] = childrenOf(launch.pid);
    if (child === undefined) throw new Error(`The launch on ${host} is not there (any more).`);
    return child;
  };
  const wake = (): void => {
    try {
      signal(launch.pid, "SIGCONT");
    } catch {
      // It has ended.
    }
  };
  return {
    ...launch,
    host,
    programPid,
    wake,
    signal(name) {
      signal(programPid(), name);
      if (name !== "SIGSTOP") wake();
    },
    async end() {
      const [child] = childrenOf(launch.pid);
      if (child !== undefined) signal(child, "SIGTERM");
      wake();
      await launch.ended;
    },
  };
}

/** Who logged in at the venue: the run, and the host that it ran on. */
export function loginOf(entry: VenueEntry): {
  readonly run: string;
  readonly host: string;
  readonly pid: number;
} {
  const query = new URL(entry.path, "https://venue.test").searchParams;
  return { run: query.get("run") ?? "", host: query.get("host") ?? "", pid: Number(query.get("pid")) };
}

/** What launch.yaml says of a bot that logs in at the venue so often. */
export function botLine(name: string, { everyMs = 250, more = "" } = {}): string {
  const command = JSON.stringify([process.execPath, logsIn]);
  const url = `https://venue.test:${places.venue.port}`;
  return `  ${name}: { command: ${command}, ports: [${places.venue.port}], ${more}env: { VENUE_URL: "${url}", EVERY_MS: "${everyMs}" } }`;
}
