import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cluster, removeCluster } from "./database/postgres-cluster.ts";

const prefix = "slipway-test-";

/** Names the folder of this run's database clusters; the first test that needs one makes it, the end of the run removes all. */
export function setup(): () => void {
  const folder = join(tmpdir(), `${prefix}${process.pid}`);
  process.env["SLIPWAY_TEST_CLUSTERS"] = folder;
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  sweep();
  return () => removeAll(folder);
}

// A run that was killed could not tidy up; the next one of the same user does it.
function sweep(): void {
  if (process.platform !== "linux") return;
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = /^slipway-test-([0-9]+)$/.exec(name) ?? [];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    const folder = join(tmpdir(), name);
    if (statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.()) removeAll(folder);
  }
}

function removeAll(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const description = join(folder, name, "cluster.json");
    if (existsSync(description)) removeCluster(JSON.parse(readFileSync(description, "utf8")) as Cluster);
  }
  rmSync(folder, { recursive: true, force: true });
}
