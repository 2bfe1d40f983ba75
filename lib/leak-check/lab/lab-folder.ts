import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answersToSignals } from "../../adapters/host-files/answers-to-signals.ts";

const staleAfterMs = 10 * 60_000;

/** Makes a folder for a lab of this process, and removes those whose makers were killed. */
export function makeLabFolder(): string {
  removeStaleFolders(tmpdir());
  const folder = mkdtempSync(join(tmpdir(), `slipway-lab-${process.pid}-`));
  // A bot that runs as another user reads the certificate to trust; keys are their owner's alone.
  chmodSync(folder, 0o711);
  return folder;
}

/** Removes the folders of labs and benches whose makers are gone; one that is younger than ten minutes may belong to another container that shares the folder. */
export function removeStaleFolders(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid] = /^slipway-(?:lab|bench)-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || answersToSignals(Number(pid))) continue;
    const folder = join(parent, name);
    try {
      if (Date.now() - statSync(folder).mtimeMs > staleAfterMs) rmSync(folder, { recursive: true });
    } catch {
      // Another user's, or removed by somebody else meanwhile.
    }
  }
}
