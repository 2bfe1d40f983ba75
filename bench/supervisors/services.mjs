// Service folders as runit and s6 read them.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A folder with a run script for each unit, to be started only when it is asked for: { name: folder }. */
export function makeServices(folder, units, files = {}) {
  return Object.fromEntries(
    Object.entries(units).map(([name, command]) => {
      const place = join(folder, "services", name);
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, "run"), `#!/bin/sh\nexec ${command.map(quoted).join(" ")}\n`);
      chmodSync(join(place, "run"), 0o755);
      for (const [file, text] of Object.entries({ down: "", ...files }))
        writeFileSync(join(place, file), text);
      return [name, place];
    }),
  );
}

/** Waits until all of the files are there. */
export async function until(paths, withinMs = 60_000) {
  const deadline = performance.now() + withinMs;
  while (!paths.every((path) => existsSync(path))) {
    if (performance.now() > deadline) throw new Error(`not there after ${withinMs} ms: ${paths}`);
    await delay(20);
  }
}

function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
