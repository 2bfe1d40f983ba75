import { readdirSync, readFileSync } from "node:fs";

/** The pids that live in the lab's file view or in one made from it: what was started there, and whatever those started. */
export function processesOf(labFolder: string): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => mountsOf(pid).includes(`${labFolder}/`));
}

/** The folder whose files the lab's sides see in the place of the host's; `words` lead into one of them. */
export function folderOfLab(words: readonly string[]): string {
  const pid = words.flatMap((word) => /^--target=(\d+)$/.exec(word)?.[1] ?? [])[0];
  const [folder] = /\/slipway-lab-[A-Za-z0-9-]+/.exec(mountsOf(Number(pid))) ?? [];
  // A judge that sees nothing must not look like a lab where nothing is left.
  if (folder === undefined || !processesOf(folder).includes(Number(pid))) {
    throw new Error(`No lab's file is seen in the view of process ${pid}.`);
  }
  return folder;
}

/** What a process was started as, for a message. */
export function commandOf(pid: number): string {
  return `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim()}`;
}

function mountsOf(pid: number): string {
  return read(`/proc/${pid}/mountinfo`);
}

// A process may end between the listing and the reading.
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
