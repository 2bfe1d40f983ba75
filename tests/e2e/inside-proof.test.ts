import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../lab/stage.ts";
import { addAccount, e2eStage, ok, readyOn } from "../support/e2e-stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" } });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
});
afterAll(() => stage.close());

/** How often the witnesses were asked from each exit. */
async function asked(): Promise<Readonly<Record<string, number>>> {
  const told = await Promise.all(stage.witnesses.map((witness) => witness.order({ do: "counters" })));
  const peers = told.flatMap((news) => (news.type === "peers" ? news.peers : []));
  return Object.fromEntries(
    [...new Set(peers)].map((peer) => [peer, peers.filter((it) => it === peer).length]),
  );
}

// Two for the proof through the relay; a program that is not Node's reads nothing itself.
test("each exit is read once more from inside the network of a program that is not Node's, before it starts there", async () => {
  const launcher = stage.start(["bot", "--account", "alice", "--isolation", "kernel", "--", "sleep", "600"]);
  await readyOn(stage, launcher, "fra-1");
  expect(await asked()).toEqual({ "127.0.0.11": 3 });
  await ok(stage, ["demote", "alice", "fra-1"]);
  await readyOn(stage, launcher, "ams-1");
  expect(await asked()).toEqual({ "127.0.0.11": 3, "127.0.0.12": 3 });
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});
