import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LeakLab } from "../../../lib/leak-check/lab/site/leak-lab.ts";
import { type LabProcess, startLabProcess } from "../../lab/lab-process.ts";
import { type RunningLaunch, runLaunch, startLaunch } from "../../lab/launch-command.ts";
import { leftovers } from "../../lab/leftovers.ts";
import type { Stage, StageProxy } from "../../lab/stage.ts";
import { builtFile } from "../../support/built.ts";
import { signal } from "../../support/processes/signal.ts";
import { commandOf, folderOfLab, processesOf } from "./lab-processes.ts";
import { countQuestions, proxyPorts, witnessPlaces } from "./launcher-meter.ts";
import { labsHere } from "./use-leak-lab.ts";

/** The whole program on the bots' side of a lab: `launch` with a private place, and its proxies and witnesses in the internet. */
export interface LauncherStage extends Pick<Stage, "folder" | "env" | "launch" | "start" | "proxies"> {
  readonly lab: LeakLab;
  readonly witnesses: readonly LabProcess[];
  /** Ends everything; rejects naming each process, socket and file that was left. */
  close(): Promise<void>;
}

export interface LauncherStageOptions {
  /** Label and kind of each proxy; exits are 198.51.100.101, .102 … in order. */
  readonly proxies: Readonly<Record<string, "http" | "socks5">>;
  /** Lines of launch.yaml besides the network's. */
  readonly yaml: (lab: LeakLab) => readonly string[];
}

/** Opens a lab and sets the program up in it. */
export async function openLauncherStage(options: LauncherStageOptions): Promise<LauncherStage> {
  const lab = await labsHere().open();
  const pieces: LabProcess[] = [];
  const folder = await mkdtemp(join(tmpdir(), "slipway-case-"));
  const running = new Set<RunningLaunch>();
  const place = placeOf(lab, folder);
  const labFolder = folderOfLab(lab.botSide);
  const ofLab = processesOf(labFolder);
  const close = async (): Promise<void> => {
    await endInTurn([...running]);
    const stopped = await runLaunch({ ...place, words: ["db", "stop"], input: undefined });
    for (const piece of pieces) await piece.close();
    const left = await remains(folder, labFolder, ofLab);
    await lab.close();
    await rm(folder, { recursive: true, force: true });
    const after = processesOf(labFolder).map(commandOf);
    if (left.length + after.length > 0) {
      throw new Error(`left behind: ${[...left, ...after].join("; ")}; db stop said: ${stopped.stderr}`);
    }
  };
  try {
    await prepareFolder(folder, lab, options);
    await countQuestions(lab);
    const witnesses = await startWitnesses(lab, pieces);
    const proxies = await startProxies(lab, options.proxies, pieces);
    const stage: LauncherStage = {
      folder,
      env: place.env,
      lab,
      witnesses,
      proxies,
      close,
      launch: (words, { input, env } = {}) =>
        runLaunch({ ...place, words, env: { ...place.env, ...env }, input }),
      start(words, { input, env } = {}) {
        const launcher = startLaunch({ ...place, words, env: { ...place.env, ...env }, input });
        running.add(launcher);
        return launcher;
      },
    };
    const made = await stage.launch(["init"]);
    if (made.exitCode !== 0) throw new Error(`launch init: ${made.stderr}`);
    return stage;
  } catch (error) {
    await close().catch((also: Error) => process.stderr.write(`${also.message}\n`));
    throw error;
  }
}

/** Ends launchers, a few at the same time: fifty at once would take each beyond its time on a busy machine. */
export async function endInTurn(launchers: readonly RunningLaunch[]): Promise<void> {
  for (let from = 0; from < launchers.length; from += 6)
    await Promise.all(launchers.slice(from, from + 6).map((launcher) => launcher.end()));
}

/** The usual places of Debian alone. */
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function placeOf(lab: LeakLab, folder: string) {
  return {
    // The lab's own words lead to the root folder.
    front: [...lab.botSide, "env", `--chdir=${folder}`],
    bin: fileURLToPath(new URL("../../../bin/launch", import.meta.url)),
    cwd: folder,
    env: {
      PATH: searchPath,
      HOME: join(folder, "home"),
      TMPDIR: join(folder, "tmp"),
      LAUNCH_STATE_DIR: join(folder, "state"),
      NO_COLOR: "1",
    },
  };
}

async function prepareFolder(folder: string, lab: LeakLab, { yaml }: LauncherStageOptions): Promise<void> {
  // As root the database runs as another user, who has to pass through and needs a place for temporary files.
  await chmod(folder, 0o711);
  await mkdir(join(folder, "home"));
  await mkdir(join(folder, "tmp"));
  await chmod(join(folder, "tmp"), 0o1777);
  // The bots' side has a private address, which has to count so that launchers know their own.
  const ranges = [...lab.addresses.publicRanges, ...lab.addresses.direct.map((ip) => `${ip}/${bitsOf(ip)}`)];
  const lines = [
    "version: 1",
    "network:",
    `  witnesses: ${JSON.stringify(witnessPlaces.map(({ host, port }) => `http://${host}:${port}`))}`,
    `  public_ranges: ${JSON.stringify(ranges)}`,
    ...yaml(lab),
  ];
  await writeFile(join(folder, "launch.yaml"), `${lines.join("\n")}\n`);
}

function bitsOf(ip: string): number {
  return ip.includes(":") ? 128 : 32;
}

async function startWitnesses(lab: LeakLab, pieces: LabProcess[]): Promise<readonly LabProcess[]> {
  const shapes = ["ipify", "ipinfo"] as const;
  const started = await Promise.all(
    witnessPlaces.map((listen, index) =>
      startInInternet(lab, { kind: "echo", shape: shapes[index] ?? "ipify", listen }, pieces),
    ),
  );
  return started;
}

async function startProxies(
  lab: LeakLab,
  kinds: LauncherStageOptions["proxies"],
  pieces: LabProcess[],
): Promise<ReadonlyMap<string, StageProxy>> {
  const host = lab.addresses.proxyHost;
  const names = { [lab.addresses.targetName]: lab.addresses.target };
  const started = Object.entries(kinds).map(async ([label, scheme], index) => {
    const [exitIp, port] = [`198.51.100.${101 + index}`, proxyPorts.first + index];
    // Characters that break naive URL building and header splitting.
    const [user, pass] = [`user-${label}`, `p@ss:${label}/%+`];
    const kind = scheme === "http" ? "http-proxy" : "socks-proxy";
    const spec = { kind, listen: { host, port }, exitAddress: exitIp, user, pass, names } as const;
    const process = await startInInternet(lab, spec, pieces);
    const endpoint = `${scheme}://${host}:${port}`;
    return [label, { process, label, scheme, exitIp, endpoint, user, pass }] as const;
  });
  return new Map(await Promise.all(started));
}

async function startInInternet(
  lab: LeakLab,
  spec: Parameters<typeof startLabProcess>[0],
  pieces: LabProcess[],
): Promise<LabProcess> {
  const piece = await startLabProcess(spec, builtFile("tests/lab/main.js"), lab.internet);
  pieces.push(piece);
  return piece;
}

// What is found is ended too: a failed test must not be the next one's trouble.
async function remains(
  folder: string,
  labFolder: string,
  ofLab: readonly number[],
): Promise<readonly string[]> {
  const strangers = processesOf(labFolder).filter((pid) => !ofLab.includes(pid));
  const named = strangers.map(commandOf);
  for (const pid of strangers) signal(pid, "SIGKILL");
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sockets = files.filter((file) => file.isSocket() || file.parentPath === join(folder, "tmp"));
  return [
    ...named,
    ...(await leftovers(folder)),
    ...sockets.map(({ name, parentPath }) => join(parentPath, name)),
  ];
}
