import { existsSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removeStaleFolders } from "../../../lib/leak-check/lab/lab-folder.ts";
import { leftovers } from "../../lab/leftovers.ts";
import { eventually } from "../../support/eventually.ts";
import { signal, signalGroup } from "../../support/processes/signal.ts";
import { descendantsOf, type RunningDoctor, useDoctor, withoutNamespaces } from "./doctor-rig.ts";

const doctor = useDoctor();
// A child of its own, which nothing but its group and its run id ties to the bot.
const endless = `require("child_process").spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
require("fs").writeFileSync("started", ""); setInterval(() => {}, 1000)`;
const words = ["--for", "60s", "--", process.execPath, "-e", endless];
const ways = [
  { place: "in the lab", through: [], atOpening: false },
  { place: "without namespaces", through: withoutNamespaces, atOpening: false },
  { place: "while the lab is made", through: [], atOpening: true },
] as const;
const signals = [
  { signal: "SIGINT", code: 130 },
  { signal: "SIGTERM", code: 143 },
  { signal: "SIGKILL", code: undefined },
] as const;
const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
// SIGTERM takes the same way as SIGINT: once is enough.
const cases = ways.flatMap((way, index) =>
  signals
    .filter(({ signal }) => isFull || index === 0 || signal !== "SIGTERM")
    .map((each) => ({ ...way, ...each })),
);

test.each(cases)("$signal $place leaves no process and no folder", async (way) => {
  const started = join(doctor.folder, "started");
  rmSync(started, { force: true });
  const running = doctor.start(words, { through: way.through });
  await eventually(
    () =>
      way.atOpening
        ? readdirSync(doctor.temporary).some((name) => name.includes("-lab-"))
        : existsSync(started),
    (isThere) => isThere,
    30_000,
  );
  const below = descendantsOf(running.pid);
  // Ctrl-C on a terminal goes to the whole group.
  (way.signal === "SIGINT" ? signalGroup : signal)(running.pid, way.signal);
  expect((await running.ended).code).toBe(way.code);
  await eventually(
    () => remains(running, below),
    (left) => left.length === 0,
    15_000,
  );
  expect(await foldersLeft(way.signal === "SIGKILL" && way.atOpening)).toEqual([]);
});

async function remains(running: RunningDoctor, below: readonly number[]): Promise<readonly string[]> {
  const alive = [...below, ...descendantsOf(running.pid)].filter((pid) => existsSync(`/proc/${pid}/exe`));
  return [...alive.map(String), ...(await leftovers(doctor.folder))];
}

// Killed before anybody else knew of the folder: the next check removes it.
async function foldersLeft(isLeftToTheNext: boolean): Promise<readonly string[]> {
  if (isLeftToTheNext) {
    for (const name of readdirSync(doctor.temporary)) utimesSync(join(doctor.temporary, name), 1, 1);
    removeStaleFolders(doctor.temporary);
  }
  return await eventually(
    () => readdirSync(doctor.temporary),
    (names) => names.length === 0,
    5_000,
  );
}
