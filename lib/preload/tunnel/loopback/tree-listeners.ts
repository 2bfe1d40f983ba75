import fs from "node:fs";
import { reaches } from "./addresses.ts";

export type SocketKind = "tcp" | "udp";

export interface Place {
  readonly kind: SocketKind;
  readonly address: string;
  readonly port: number;
}

// A socket's inode is its own for as long as it lives, so who has it is asked once.
const isOursByInode = new Map<string, boolean>();
const mostRemembered = 1_000;
/** Linux: include/net/tcp_states.h, TCP_LISTEN. */
const listening = "0A";

/** Whether another thread of this process, or another process of the run, is bound there; always false where there is no /proc. */
export function isBoundInTree(place: Place, runId: string | undefined): boolean {
  return inodesAt(place).some((inode) => {
    const known = isOursByInode.get(inode);
    if (known !== undefined) return known;
    const isOurs = isHeldBy("self", inode) || (runId !== undefined && isHeldInRun(inode, runId));
    if (isOursByInode.size >= mostRemembered) isOursByInode.clear();
    isOursByInode.set(inode, isOurs);
    return isOurs;
  });
}

function inodesAt({ kind, address, port }: Place): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return [kind, `${kind}6`].flatMap((table) =>
    read(`/proc/net/${table}`)
      .split("\n")
      .filter((line) => line.includes(`:${wanted} `))
      .flatMap((line) => {
        // sl local_address rem_address st queues timer retransmits uid timeout inode
        const [, local = "", , state, , , , , , inode = "0"] = line.trim().split(/\s+/);
        const [bound = "", at] = local.split(":");
        const isOpen = at === wanted && inode !== "0" && (kind === "udp" || state === listening);
        return isOpen && reaches(addressOf(bound), address) ? [inode] : [];
      }),
  );
}

// Words of 32 bits in the machine's own order; every platform that Node 20 runs Linux on but s390x is little-endian.
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  const text = bytes.join("");
  if (/^0{32}$/.test(text)) return "::";
  if (/^0{31}1$/.test(text)) return "::1";
  const [, mapped] = /^0{20}FFFF(.{8})$/.exec(text) ?? [];
  return mapped === undefined ? text : Buffer.from(mapped, "hex").join(".");
}

function isHeldInRun(inode: string, runId: string): boolean {
  const pids = list("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const mark = `LAUNCH_RUN_ID=${runId}`;
  return pids.some(
    (pid) => `\0${read(`/proc/${pid}/environ`)}`.includes(`\0${mark}\0`) && isHeldBy(pid, inode),
  );
}

function isHeldBy(pid: string, inode: string): boolean {
  return list(`/proc/${pid}/fd`).some((fd) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`;
    } catch {
      return false;
    }
  });
}

// What cannot be read is somebody else's, or gone.
function read(path: string): string {
  try {
    return fs.readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function list(path: string): readonly string[] {
  try {
    return fs.readdirSync(path);
  } catch {
    return [];
  }
}
