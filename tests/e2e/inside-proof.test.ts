import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { HistoryEvent } from "../../lib/domain/event.ts";
import type { Stage } from "../lab/stage.ts";
import { addAccount, defaultsYaml, e2eStage, ok, readyOn } from "../support/e2e-stage.ts";
import { eventually } from "../support/eventually.ts";

let stage: Stage;
beforeAll(async () => {
  // The witnesses are counted: nobody else shall ask them. The line goes on under `network`.
  const yaml = (of: Parameters<typeof defaultsYaml>[0]) => `  probes: off\n${defaultsYaml(of)}`;
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" }, yaml });
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

test("a program that begins to listen outside later is named once, as a warning and as an event; the ready line counts what was reachable", async () => {
  const folder = mkdtempSync("/dev/shm/slipway-later-");
  const harmless = createServer().listen(join(folder, ".s.PGSQL.1"));
  const later = createServer();
  onTestFinished(() => {
    for (const server of [harmless, later]) server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await once(harmless, "listening");
  await ok(stage, ["revive", "alice", "fra-1"]);
  const launcher = stage.start(["bot", "--account", "alice", "--isolation", "kernel", "--", "sleep", "600"]);
  await launcher.line(/ {2}reachable sockets [1-9]/);
  const path = join(folder, "master");
  await once(later.listen(path), "listening");
  await launcher.line(new RegExp(`a program outside listens at ${path} since this run began`));
  const told = await eventually(
    // Other programs of this user may begin to listen meanwhile.
    async () => {
      const { events } = JSON.parse(await ok(stage, ["events", "--json"])) as { events: HistoryEvent[] };
      return events.filter(({ kind, message }) => kind === "bot.socket_appeared" && message.includes(path))
        .length;
    },
    (count) => count > 0,
  );
  expect(told).toBe(1);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});
