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
  const { dev, ino, mtimeMs, uid, gid } = statSync(real);
  const key = `${dev}:${ino}:${mtimeMs}`;
  const known = versions.get(key) ?? askVersion(real, uid === 0 || isTrusted(real) ? {} : { uid, gid });
  versions.set(key, known);
  return known;
}

// Whoever is not root cannot become another user; the launcher's own Node may lie where its owner does not come.
function isTrusted(file: string): boolean {
  return process.getuid?.() !== 0 || file === process.execPath;
}

// Root does not run what another user may have written: a bot with a user of its own could have its Node under its home.
function askVersion(
  file: string,
  owner: { readonly uid?: number; readonly gid?: number },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { ...owner, env: {}, timeout: 5_000, killSignal: "SIGKILL" } as const;
    execFile(file, ["--version"], options, (error, stdout) => {
      const [version, major] = /^v(\d+)\.\d+\.\d+\S*/.exec(stdout) ?? [];
      resolve(error === null && Number(major) >= oldestMajor ? version : undefined);
    });
  });
}
