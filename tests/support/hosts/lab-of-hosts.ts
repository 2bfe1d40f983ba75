import { randomBytes, randomUUID } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import {
  holdNamespaces,
  type NamespaceHolder,
  runTool,
} from "../../../lib/leak-check/lab/site/namespace-holder.ts";
import { signal } from "../processes/signal.ts";

/*
 * Several hosts on one machine. Each is a network, mount, host name and process namespace of its own, with its own machine id
 * and boot id, joined by a cable to one more namespace: the internet, where the database, proxies, witnesses and the venue are.
 * Every namespace ends with its first process, and that one with its stdin: nothing outlives the test, killed or not. To pull
 * a host's plug is to kill its first process: all others of it are gone in the same moment, and nothing says goodbye.
 */

/** Addresses that the lab's hosts and services have. */
export const places = {
  network: "10.90.0.0/24",
  gateway: "10.90.0.1",
  database: "10.90.0.2",
  venue: { host: "203.0.113.5", port: 8_443 },
  proxy: "203.0.113.10",
  witnesses: [
    { host: "203.0.113.21", port: 8_100 },
    { host: "203.0.113.22", port: 8_100 },
  ],
  /** Of the exit with this number, from 1. */
  exit: (index: number): string => `198.51.100.${index}`,
} as const;

/** What a host cannot reach: anything, or the database alone, while its bots go on at the venue. */
export type Cut = "everything" | "database";

export interface LabHost {
  readonly name: string;
  readonly address: string;
  /** Of its own, on a disk that survives a loss of power. */
  readonly folder: string;
  /** Put in front of a command to run it there; throws while the host is off. */
  words(): readonly string[];
  /** Every process that runs there, but for the first, as `pid command`; none while it is off. The pids are this machine's. */
  processes(): readonly HostProcess[];
  cut(from: Cut): Promise<void>;
  heal(): Promise<void>;
  /** All of its processes are gone at once. */
  powerOff(): Promise<void>;
  /** Starts it again, with another boot id. */
  boot(): Promise<void>;
}

export interface HostProcess {
  readonly pid: number;
  readonly command: string;
}

export interface LabOfHosts {
  readonly folder: string;
  /** Leads a command into the internet. */
  readonly internet: readonly string[];
  readonly hosts: ReadonlyMap<string, LabHost>;
  host(name: string): LabHost;
  close(): Promise<void>;
}

/** Why hosts cannot be made here; undefined where they can. */
export function whyNoHosts(): string | undefined {
  if (process.platform !== "linux") return "hosts are made of Linux namespaces";
  if (process.getuid?.() !== 0) return "only root may make network and process namespaces for hosts";
  return existsSync("/etc/machine-id") ? undefined : "there is no /etc/machine-id to put another one over";
}

/** Makes the hosts and the internet between them. */
export async function openLabOfHosts(names: readonly string[]): Promise<LabOfHosts> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-hosts-"));
  // The database runs as another user, who has to pass through.
  chmodSync(folder, 0o711);
  const holder = await holdNamespaces(namespaces("--net", "--mount", "--pid"), internetScript(folder));
  const hosts: OpenHost[] = [];
  const close = async (): Promise<void> => {
    for (const host of hosts) await host.powerOff();
    await holder.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const internet = into(firstOf(holder), "--net", "--mount", "--pid");
    for (const [index, name] of names.entries()) {
      const host = openHost({
        name,
        index,
        folder: join(folder, name),
        internet,
        internetPid: firstOf(holder),
      });
      hosts.push(host);
      await host.boot();
    }
    const byName = new Map(hosts.map((host) => [host.name, host]));
    const host = (name: string): LabHost => {
      const found = byName.get(name);
      if (found === undefined) throw new Error(`The lab has no host ${name}.`);
      return found;
    };
    return { folder, internet, hosts: byName, host, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type OpenHost = LabHost;

interface HostPlan {
  readonly name: string;
  readonly index: number;
  readonly folder: string;
  readonly internet: readonly string[];
  readonly internetPid: number;
}

function openHost({ name, index, folder, internet, internetPid }: HostPlan): OpenHost {
  const address = `10.90.0.${11 + index}`;
  const cable = `cable${index}`;
  const files = join(folder, "etc");
  mkdirSync(files, { recursive: true });
  mkdirSync(join(folder, "locks"), { mode: 0o700 });
  writeFileSync(join(files, "machine-id"), `${randomBytes(16).toString("hex")}\n`);
  let holder: NamespaceHolder | undefined;
  const first = (): number => {
    if (holder === undefined) throw new Error(`The host ${name} is off.`);
    return firstOf(holder);
  };
  const heal = async (): Promise<void> => {
    for (const set of ["everything", "database"])
      await runTool([...internet, "nft", "flush", "set", "inet", "lab", `${set}_${index}`]);
  };
  return {
    name,
    address,
    folder,
    words: () => into(first(), "--net", "--mount", "--uts", "--ipc", "--pid"),
    processes: () => (holder === undefined ? [] : processesIn(first())),
    async cut(from) {
      await runTool([
        ...internet,
        "nft",
        "add",
        "element",
        "inet",
        "lab",
        `${from}_${index}`,
        `{ ${address} }`,
      ]);
    },
    heal,
    async powerOff() {
      if (holder === undefined) return;
      signal(first(), "SIGKILL");
      await holder.close();
      holder = undefined;
      // The kernel takes it away by itself, but in its own time, and a host may be started again before.
      await runTool([...internet, "ip", "link", "del", cable]).catch(() => {});
    },
    async boot() {
      writeFileSync(join(files, "boot-id"), `${randomUUID()}\n`);
      holder = await holdNamespaces(
        namespaces("--net", "--mount", "--uts", "--ipc", "--pid"),
        hostScript({ name, address, folder }),
      );
      const end = ["peer", "name", "uplink", "netns", String(first())];
      // Seen from inside, the other side has a pid of another namespace: the cable is laid from out here.
      const lay = ["nsenter", `--target=${internetPid}`, "--net", "--", "ip", "link"];
      await runTool([...lay, "add", "name", cable, "type", "veth", ...end]);
      await runTool([...lay, "set", cable, "master", "exchange", "up"]);
      await heal();
      await holder.tell("cabled");
    },
  };
}

function namespaces(...kinds: readonly string[]): readonly string[] {
  return ["unshare", ...kinds, "--fork", "--kill-child=SIGKILL", "--mount-proc", "--"];
}

function into(pid: number, ...kinds: readonly string[]): readonly string[] {
  return ["nsenter", `--target=${pid}`, ...kinds, "--wdns=/", "--"];
}

/** The first process of the namespaces, seen from here: the child of what made them. */
function firstOf({ pid }: NamespaceHolder): number {
  const [child] = childrenOf(pid);
  if (child === undefined) throw new Error(`The namespaces that ${pid} made have ended.`);
  return child;
}

/** What a process has started itself and is still there. */
export function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

function internetScript(folder: string): string {
  const sets = Array.from({ length: 8 }, (_, index) => [`everything_${index}`, `database_${index}`]).flat();
  const drops = sets.flatMap((set) => {
    const rest = set.startsWith("database")
      ? [`ip daddr ${places.database}`, `ip saddr ${places.database}`]
      : ["", ""];
    return [`    ip saddr @${set} ${rest[0]} drop`, `    ip daddr @${set} ${rest[1]} drop`];
  });
  const rules = [
    "table inet lab {",
    ...sets.map((set) => `  set ${set} { type ipv4_addr; }`),
    ...["input", "output", "forward"].flatMap((hook) => [
      `  chain ${hook}_cut {`,
      `    type filter hook ${hook} priority 0; policy accept;`,
      ...drops,
      "  }",
    ]),
    "}",
  ];
  return [
    "set -e",
    "mount --make-rprivate /",
    "ip link set lo up",
    // By itself it would take another address whenever a host goes, and the others would ask the old one for a while.
    "ip link add exchange address 02:00:00:00:00:01 type bridge",
    `ip addr add ${places.gateway}/24 dev exchange`,
    `ip addr add ${places.database}/24 dev exchange`,
    "ip link set exchange up",
    "ip route add local 203.0.113.0/24 dev lo",
    "ip route add local 198.51.100.0/24 dev lo",
    `nft -f - <<'END'\n${rules.join("\n")}\nEND`,
    // Orphans are collected by bash, and by no smaller shell. A test that was killed could not remove the folder.
    `exec bash -c 'trap "rm -rf ${folder}" EXIT; echo ready; while read -r _; do :; done'`,
  ].join("\n");
}

function hostScript({ name, address, folder }: Pick<LabHost, "name" | "address" | "folder">): string {
  const locks = join(userInfo().homedir, ".local/state/launch");
  return [
    "set -e",
    "mount --make-rprivate /",
    `mount --bind '${folder}/etc/machine-id' /etc/machine-id`,
    `mount --bind '${folder}/etc/boot-id' /proc/sys/kernel/random/boot_id`,
    // The places of a host's locks: with those of this machine, the hosts would keep one another off.
    "mount -t tmpfs none /run",
    `mkdir -p '${locks}'`,
    `mount --bind '${folder}/locks' '${locks}'`,
    `hostname '${name}'`,
    "ip link set lo up",
    "echo ready; read -r _",
    `ip addr add ${address}/24 dev uplink`,
    "ip link set uplink up",
    `ip route add default via ${places.gateway}`,
    "exec bash -c 'echo up; while read -r _; do :; done'",
  ].join("\n");
}

// By its namespace: what was led in has a parent out here.
function processesIn(first: number): readonly HostProcess[] {
  const own = linkAt(`/proc/${first}/ns/pid`);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== first && linkAt(`/proc/${name}/ns/pid`) === own)
    .map((name) => ({
      pid: Number(name),
      command: read(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim(),
    }))
    .filter(({ command }) => command !== "");
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

// A process may end between the listing and the reading.
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
