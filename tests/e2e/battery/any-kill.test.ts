import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";
import { breeds, judged, nothingShared, picture, pidsOf } from "./picture.ts";

/*
 * One process of everything that makes up a desk is killed by SIGKILL in each round. Whatever it was: within a bounded time there is
 * exactly one live copy of each unit that is to live, nothing of a dead one has network, and nothing is shared.
 */

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const isRoot = process.getuid?.() === 0;
const all = ["alice", "bob", "funding"];

let stage: Stage;
let launcher: number;

function yamlFor({ venuePort, folder }: { readonly venuePort: number; readonly folder: string }): string {
  const command = (unit: string, venue: string) =>
    JSON.stringify([process.execPath, breeds, "main", unit, venue, folder]);
  const outside = `https://venue.test:${venuePort}`;
  const tier = isRoot ? "isolation: kernel, env: { BREEDS_BARE: '1' }, " : "";
  return [
    "defaults: { stop: { grace: 2s } }",
    "bots:",
    `  alice: { ${tier}ports: [${venuePort}], command: ${command("alice", outside)} }`,
    `  bob: { isolation: preload, ports: [${venuePort}], command: ${command("bob", outside)} }`,
    `collectors: { funding: { command: ${command("funding", `https://127.0.0.1:${venuePort}`)} } }`,
  ].join("\n");
}

beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" }, yaml: yamlFor });
  await addAccount(stage, "alice", ["fra-1"]);
  await addAccount(stage, "bob", ["ams-1"]);
  await up();
  await judged(stage, all);
});
afterAll(async () => {
  nothingShared(stage);
  await stage.launch(["down"]);
  await stage.close();
});

async function up(): Promise<void> {
  launcher = (JSON.parse(await ok(stage, ["up", "-d", "--json"])) as { pid: number }).pid;
}

function processOf(unit: string, role: string): number {
  const found = picture(stage).find((each) => each.unit === unit && each.role === role);
  if (found === undefined) throw new Error(`There is no ${role} of ${unit}.`);
  return found.pid;
}

async function eventsOf(kind: string): Promise<readonly string[]> {
  const { events } = JSON.parse(await ok(stage, ["events", "--json"])) as {
    events: readonly { kind: string; message: string }[];
  };
  return events.filter((event) => event.kind === kind).map(({ message }) => message);
}

test("a bot of the kernel tier", async () => {
  const [main, detached] = [processOf("alice", "main"), processOf("alice", "detached")];
  signal(main, "SIGKILL");
  await eventually(
    () => processOf("alice", "main"),
    (pid) => pid !== main,
    30_000,
  ).catch(() => {});
  await judged(stage, all);
  expect(picture(stage).map(({ pid }) => pid)).not.toContain(detached);
  // What outlived it was stopped, and that was said.
  expect((await eventsOf("process.outlived")).join()).toContain(`${detached} node`);
});

test("the launcher: nothing of its units lives after 5 s, and the next one names what had to be killed", async () => {
  const [main, detached] = [processOf("bob", "main"), processOf("bob", "detached")];
  signal(launcher, "SIGKILL");
  await eventually(
    () => picture(stage).map(({ pid }) => pid),
    (pids) => !pids.includes(main),
    1_000,
  );
  await judged(stage, [], 5_000);
  await up();
  await judged(stage, all);
  const named = new RegExp(`Its launcher \\(pid \\d+\\) was killed.*${detached} node`);
  await eventually(
    async () => (await eventsOf("process.outlived")).join(),
    (text) => named.test(text),
    15_000,
    200,
  );
});

test("the process that keeps the database", async () => {
  signal(
    pidsOf("postgres", stage.stateFolder).find((pid) => pid > 0),
    "SIGKILL",
  );
  await judged(stage, all);
  await ok(stage, ["ps"]);
  await judged(stage, all);
});

test("an operator's command under way", async () => {
  const before = processOf("bob", "main");
  const stopping = stage.start(["stop", "bob"]);
  await eventually(
    () => picture(stage).some(({ pid }) => pid === before),
    (lives) => !lives,
    30_000,
  );
  stopping.signal("SIGKILL");
  await stopping.ended;
  await judged(stage, ["alice", "funding"]);
  await ok(stage, ["start", "bob"]);
  await judged(stage, all);
});

describe.skipIf(!isFull)("in full", () => {
  test.each([
    ["bob", "main"],
    ["funding", "main"],
    ["alice", "child"],
    ["alice", "detached"],
    ["bob", "child"],
    ["bob", "detached"],
    ["funding", "detached"],
  ])("of %s its %s", async (unit, role) => {
    await ok(stage, ["restart", unit]);
    await judged(stage, all);
    const pid = await eventually(
      () => processOf(unit, role),
      (found) => found > 0,
    );
    signal(pid, "SIGKILL");
    await judged(stage, all);
  });

  test("the launcher's own watch", async () => {
    const [watch] = pidsOf("launch-death-watch", String(launcher));
    signal(watch, "SIGKILL");
    await eventually(
      () => pidsOf("launch-death-watch", String(launcher)),
      (pids) => pids.length === 1 && pids[0] !== watch,
    );
    await judged(stage, all);
    signal(launcher, "SIGKILL");
    await judged(stage, [], 5_000);
    await up();
    await judged(stage, all);
  });

  test("the keeper of the database", async () => {
    signal(pidsOf("keeper.js", stage.stateFolder)[0], "SIGKILL");
    await judged(stage, all);
    await ok(stage, ["ps"]);
  });

  test("the command that waits until a detached launcher has started", async () => {
    await ok(stage, ["down"]);
    await judged(stage, []);
    const starting = stage.start(["up", "-d"]);
    await eventually(
      () => existsSync(join(stage.stateFolder, "run/up.json")),
      (exists) => exists,
      30_000,
    );
    starting.signal("SIGKILL");
    await starting.ended;
    await judged(stage, all);
    const [run] = (
      JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as { runs: { launcher_pid: number }[] }
    ).runs;
    launcher = run?.launcher_pid ?? 0;
  });

  test.skipIf(!isRoot)("the process that readies a bot's network", async () => {
    await ok(stage, ["stop", "alice"]);
    const starting = stage.start(["start", "alice"]);
    const [readying] = await eventually(
      () => pidsOf("inside/open-sockets"),
      (pids) => pids.length > 0,
      30_000,
    );
    signal(readying, "SIGKILL");
    await starting.ended;
    await judged(stage, all, 90_000);
  });
});
