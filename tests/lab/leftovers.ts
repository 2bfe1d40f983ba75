import { readdir, readFile } from "node:fs/promises";

/** Processes that name the folder in their command line or environment, as `pid command`; none on a host without /proc. */
export async function leftovers(folder: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  );
  const found: string[] = [];
  for (const pid of pids) {
    const [words, env] = await Promise.all([read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)]);
    if (words.includes(folder) || env.includes(folder))
      found.push(`${pid} ${words.replaceAll("\0", " ").trim()}`);
  }
  return found;
}

// A process may end between the listing and the reading.
function read(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
