import { execFile } from "node:child_process";
import { realpathSync, statSync } from "node:fs";
import { basename } from "node:path";
import { readInterpreter } from "./shebang.ts";

/** The oldest Node that our preloads run on; an older one is treated like any other program. */
const oldestMajor = 18;
const versions = new Map<string, Promise<string | undefined>>();

/** The version ("v22.1.0") of a file that is a Node binary of at least 18; undefined for everything else. Asked once per file and change. */
export function nodeVersion(file: string): Promise<string | undefined> {
  const real = realpathSync(file);
  // Only what calls itself node is asked: `--version` could make another program trade.
  if (!/^node(js)?(-?v?\d[\d.]*)?$/.test(basename(real)) || readInterpreter(real) !== undefined)
    return Promise.resolve(undefined);
  // The launcher's own need not be asked; it may lie where its owner does not come.
  if (real === process.execPath) return Promise.resolve(process.version);
  const { dev, ino, mtimeMs, uid, gid } = statSync(real);
  const key = `${dev}:${ino}:${mtimeMs}`;
  // Root does not run what another user may have written: a bot with a user of its own could have its Node under its home.
  const known =
    versions.get(key) ?? askVersion(real, process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : {});
  versions.set(key, known);
  return known;
}

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

async function askVersion(file: string, owner: Owner): Promise<string | undefined> {
  const isNetworkSpared = (await run([...inNoNetwork, "true"], owner)) !== undefined;
  const said = await run([...(isNetworkSpared ? inNoNetwork : []), file, "--version"], owner);
  const [version, major] = /^v(\d+)\.\d+\.\d+\S*/.exec(said ?? "") ?? [];
  return Number(major) >= oldestMajor ? version : undefined;
}

// What calls itself node is not yet held by any tier when it is asked.
const inNoNetwork = ["unshare", "--map-root-user", "--net"] as const;

/** What the words print, and undefined when they do not end well within five seconds. */
function run([file = "", ...args]: readonly string[], owner: Owner): Promise<string | undefined> {
  const env = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" };
  return new Promise((resolve) => {
    execFile(file, args, { ...owner, env, timeout: 5_000, killSignal: "SIGKILL" }, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
  });
}
