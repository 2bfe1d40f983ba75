import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ClientAnswer, type ServerRig, serverRig } from "../../support/database/embedded-server.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const rounds = isFull ? 5 : 1;
// Each racer is a Node process: twenty of them are a load of their own on two cores.
const racers = isFull ? 20 : 8;
let rig: ServerRig;

beforeEach(async () => {
  rig = await serverRig({ from: "nothing" });
});

afterEach(() => rig.close());

async function expectOneServer(answers: readonly ClientAnswer[]): Promise<void> {
  expect(answers.filter(({ ok }) => !ok)).toEqual([]);
  expect(new Set(answers.map(({ started }) => started)).size).toBe(1);
  expect(rig.postmasters()).toHaveLength(1);
  await eventually(rig.keepers, (keepers) => keepers.length === 1, 30_000);
}

test("many processes at once get one server: cold, warm, and after its death by SIGKILL", async () => {
  for (let round = 0; round < rounds; round += 1) {
    await expectOneServer(await rig.clients(racers));
    await expectOneServer(await rig.clients(racers));
    for (const pid of rig.postmasters()) signal(pid, "SIGKILL");
    await expectOneServer(await rig.clients(racers));
    expect(readdirSync(join(rig.state, "db")).filter((name) => name.includes("tmp"))).toEqual([]);
    await rig.close();
    rig = await serverRig({ from: "nothing" });
  }
});

test("a starter killed while it makes the cluster harms nobody after it", async () => {
  const first = await rig.client();
  void first.begin();
  const isBuilding = () => safeList(join(rig.state, "db")).some((name) => name.startsWith("pg18.tmp-"));
  await eventually(isBuilding, (building) => building, 30_000);
  first.process.kill("SIGKILL");
  await expectOneServer(await rig.clients(3));
});

function safeList(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
