import { execFile } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { linkAt, orNothing, textIn } from "../../host-files/read-if-there.ts";
import { type ListedSocket, parseSocketStatistics, parseUnixTable } from "./listed-sockets.ts";
import { type SocketFile, socketFiles, workingFoldersOf } from "./socket-files.ts";

export interface ListenerSearch {
  /** `ss`; without it the kernel's own table is read, which does not tell renamed sockets apart. */
  readonly ss: string | undefined;
  /** The bot's user: the sockets of its live bots lie in networks of their own. */
  readonly uid: number;
}

/** A busy host answers in a few milliseconds. */
const answerWithinMs = 3_000;

/** The files of all sockets that wait for somebody in this host's network and in those of the user's live bots. */
export async function findListeners({ ss, uid }: ListenerSearch): Promise<readonly SocketFile[]> {
  const own = ss === undefined ? ownTable() : askStatistics(ss);
  // The set-up is started first, and works meanwhile.
  await turn();
  const others = otherNetworks(uid).map(({ pids, table }) =>
    socketFiles(parseUnixTable(table), () => workingFoldersOf(pids)),
  );
  const listed = await own;
  return unique([...socketFiles(listed, () => workingFoldersOf(processIds())), ...others.flat()]);
}

/** The same for this host's network from the kernel's table alone, which is cheap enough for looking often; names that are not absolute only where asked for. */
export function peekListeners(relative: boolean): readonly SocketFile[] {
  return socketFiles(ownTable(), () => (relative ? workingFoldersOf(processIds()) : []));
}

/** The same for each network that processes of the user are in besides this one, a turn of the event loop apart. */
export async function peekOtherNetworks(uid: number): Promise<readonly NetworkListeners[]> {
  const found: NetworkListeners[] = [];
  for (const { network, table, pids } of otherNetworks(uid)) {
    found.push({ network, files: socketFiles(parseUnixTable(table), () => workingFoldersOf(pids)) });
    await turn();
  }
  return found;
}

export interface NetworkListeners {
  /** As the kernel names it. */
  readonly network: string;
  readonly files: readonly SocketFile[];
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function askStatistics(ss: string): Promise<readonly ListedSocket[]> {
  const options = {
    env: { PATH: "/usr/bin:/bin" },
    timeout: answerWithinMs,
    killSignal: "SIGKILL",
    maxBuffer: 64 * 1024 * 1024,
  } as const;
  return new Promise((resolve) => {
    execFile(ss, ["-xlneH"], options, (error, stdout) => {
      resolve(error === null ? parseSocketStatistics(stdout) : ownTable());
    });
  });
}

function ownTable(): readonly ListedSocket[] {
  return parseUnixTable(textIn("/proc/self/net/unix") ?? "");
}

interface OtherNetwork {
  readonly network: string;
  readonly pids: readonly number[];
  readonly table: string;
}

/** The networks besides this one that processes of the user are in. */
function otherNetworks(uid: number): readonly OtherNetwork[] {
  const networks = new Map<string, number[]>();
  const here = linkAt("/proc/self/ns/net");
  for (const pid of processIds()) {
    const owner = orNothing(() => statSync(`/proc/${pid}`).uid);
    const network = owner === uid ? linkAt(`/proc/${pid}/ns/net`) : undefined;
    if (network === undefined || network === here) continue;
    networks.set(network, [...(networks.get(network) ?? []), pid]);
  }
  return [...networks].map(([network, pids]) => ({
    network,
    pids,
    table: textIn(`/proc/${pids[0]}/net/unix`) ?? "",
  }));
}

function processIds(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function unique(files: readonly SocketFile[]): readonly SocketFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()];
}
