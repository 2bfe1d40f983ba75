import { execFile } from "node:child_process";
import { isExecutable } from "../../host-files/executable.ts";

const places = ["/usr/bin/setpriv", "/bin/setpriv", "/usr/local/bin/setpriv"];
let found: Promise<string | undefined> | undefined;

/** The path of util-linux' setpriv, which ties a child's life to ours; undefined where there is none. Looked up once. */
export function findSetpriv(): Promise<string | undefined> {
  found ??= probe(places.filter(isExecutable));
  return found;
}

/** The words in front of a command that make the kernel kill it when the launcher's main thread ends; the pid stays the command's own. */
export function deathSignalWords(setpriv: string): readonly string[] {
  return [setpriv, "--pdeathsig", "KILL", "--"];
}

// busybox has a setpriv without --pdeathsig: only a real try tells.
async function probe([place, ...others]: readonly string[]): Promise<string | undefined> {
  if (place === undefined) return undefined;
  const [file, ...words] = deathSignalWords(place);
  const works = await new Promise<boolean>((resolve) => {
    execFile(file ?? place, [...words, "/bin/true"], { env: {}, timeout: 5_000 }, (error) =>
      resolve(error === null),
    );
  });
  return works ? place : probe(others);
}
