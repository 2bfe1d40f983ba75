// Runs a command once and keeps what it writes, in one of these ways: `file`: the child writes the file itself · `index`: bytes as they
// are, and an index of times beside them (a prototype that is only here) · `slipway`: what is built, each line stamped.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { built } from "../harness/places.mjs";
import { peakOf } from "../harness/processes.mjs";

const [way, path, ...command] = process.argv.slice(2);
const before = process.cpuUsage();
await { file: writesItself, index: readsPlainly, slipway: throughSpawner }[way]();
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpuMs: (user + system) / 1_000, peakMb: peakOf(process.pid) }));

async function writesItself() {
  const file = await open(path, "a");
  await once(spawn(command[0], command.slice(1), { stdio: ["ignore", file.fd, "inherit"] }), "exit");
  await file.close();
}

// With the same bounds as what is built: one batch under way, one MiB waiting.
async function readsPlainly() {
  const child = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const [file, index] = await Promise.all([open(path, "a"), open(`${path}.times`, "a")]);
  let [waiting, times] = [[], []];
  let [bytes, offset] = [0, 0];
  let writing = Promise.resolve();
  let isWriting = false;
  const writeAll = async () => {
    while (waiting.length > 0) {
      const [batch, entries] = [waiting, times];
      [waiting, times] = [[], []];
      bytes -= (await file.writev(batch)).bytesWritten;
      await index.appendFile(Buffer.from(Float64Array.from(entries).buffer));
    }
    isWriting = false;
  };
  child.stdout.on("data", (chunk) => {
    times.push(Date.now(), offset);
    offset += chunk.length;
    bytes += chunk.length;
    waiting.push(chunk);
    if (!isWriting) {
      isWriting = true;
      writing = writeAll();
    }
    if (bytes < 1024 * 1024) return;
    child.stdout.pause();
    void writing.then(() => child.stdout.resume());
  });
  await once(child, "close");
  await writing;
  await Promise.all([file.close(), index.close()]);
}

async function throughSpawner() {
  const [{ createSpawner }, { createProcessTable }, { createLogStore }, { logDefaults }] = await Promise.all(
    [
      "lib/adapters/spawner/spawner.js",
      "lib/adapters/process-table/process-table.js",
      "lib/adapters/log-store/log-store.js",
      "lib/domain/logs/log-limits.js",
    ].map(built),
  );
  const logs = createLogStore({ ...logDefaults, totalBytes: 2 ** 40, isCompressed: false });
  const spawner = createSpawner({ processTable: createProcessTable(), logs });
  const taken = { write: () => true, drained: () => Promise.resolve() };
  const child = await spawner.spawn({
    runId: randomUUID(),
    command,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    tty: false,
    logFile: path,
    output: { stdout: taken, stderr: taken },
    tier: { tier: "direct" },
  });
  // Its last line is in the log then; the child itself ends a little before.
  await child.ended;
}
