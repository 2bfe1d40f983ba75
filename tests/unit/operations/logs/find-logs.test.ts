import { expect, test } from "vitest";
import type { NamedLog } from "../../../../lib/domain/logs/named-log.ts";
import type { Run } from "../../../../lib/domain/run/run.ts";
import { findLogs, namesHint } from "../../../../lib/operations/logs/find-logs.ts";
import { explainMissing, mayCome, noteElsewhere } from "../../../../lib/operations/logs/missing-log.ts";

function logOf(name: string, kind: NamedLog["kind"] = "bot"): NamedLog {
  return { kind, name, path: `/logs/${kind}-${name}.log` };
}

const places = {
  known: [logOf("alice"), logOf("fut-1"), logOf("fut-2"), logOf("fut-2", "collector")],
  placeOf: (name: string) => logOf(name),
  untold: new Set(["bot:tess"]),
};
const written = new Set(["/logs/bot-alice.log", "/logs/bot-fut-1.log", "/logs/collector-fut-2.log"]);
const reader = { has: (path: string) => Promise.resolve(written.has(path)) };
const noAccounts = () => Promise.reject(new Error("The database was asked."));

async function find(
  names: readonly string[],
  { all = false, accounts = noAccounts as () => Promise<readonly string[]> } = {},
) {
  const { found, without } = await findLogs(reader, { names, all }, places, accounts);
  const shown = (logs: readonly NamedLog[]) => logs.map(({ kind, name }) => `${kind} ${name}`);
  return { found: shown(found), without: shown(without) };
}

test("names, patterns and --all find every log once, without the database", async () => {
  expect(await find(["alice", "a*"])).toEqual({ found: ["bot alice"], without: [] });
  expect(await find(["fut-?"])).toEqual({ found: ["bot fut-1", "collector fut-2"], without: [] });
  expect((await find(["alice"], { all: true })).found).toEqual(["bot alice", "bot fut-1", "collector fut-2"]);
});

test("who names a bot without a log hears of it, who uses a pattern does not", async () => {
  expect(await find(["fut-2"])).toEqual({ found: ["collector fut-2"], without: ["bot fut-2"] });
  const accounts = () => Promise.resolve(["carol", "dave"]);
  expect(await find(["carol"], { accounts })).toEqual({ found: [], without: ["bot carol"] });
  expect(await find(["d*"], { accounts })).toEqual({ found: [], without: [] });
});

test("a bot and a collector of one name are told apart as other commands do", async () => {
  expect(await find(["collector:fut-2"])).toEqual({ found: ["collector fut-2"], without: [] });
  expect(await find(["bot:fut-2"])).toEqual({ found: [], without: ["bot fut-2"] });
  expect(await find(["collector:fut-*", "bot:fut-*"])).toEqual({
    found: ["collector fut-2", "bot fut-1"],
    without: [],
  });
  const accounts = () => Promise.resolve(["carol"]);
  expect(await find(["bot:carol"], { accounts })).toEqual({ found: [], without: ["bot carol"] });
  await expect(find(["collector:alice"])).rejects.toMatchObject({
    message: 'No bot or collector is called "collector:alice". Did you mean "alice"?',
  });
});

test("an unknown name is refused with the nearest known one, of accounts too", async () => {
  const accounts = () => Promise.resolve(["carol"]);
  await expect(find(["carrol"], { accounts })).rejects.toMatchObject({
    code: "LAUNCH_UNKNOWN_UNIT",
    message: 'No bot or collector is called "carrol". Did you mean "carol"?',
    hint: namesHint(places.known),
  });
});

test("an account that runs on another host is told with the host, and is not waited for", () => {
  const run = {
    unit: { kind: "bot", name: "carol" },
    launcher: { host: "host-b", pid: 4711 },
  } as unknown as Run;
  const carol = logOf("carol");
  expect(explainMissing(carol, places, [run])).toContain("carol runs on host-b (launcher 4711)");
  expect(explainMissing(carol, places, [run])).toContain("run `launch logs carol` there");
  expect(noteElsewhere(carol, [run])).toContain("on host-b now");
  expect([mayCome(carol, places, [run]), mayCome(carol, places, [])]).toEqual([false, true]);
  expect(explainMissing(carol, places, [])).toContain("Start it with `launch bot --account carol`");
  expect(explainMissing(logOf("x", "collector"), places, [])).toContain("Start it with `launch collector x`");
  expect(noteElsewhere(carol, [])).toBeUndefined();
  expect([explainMissing(logOf("tess"), places, []), mayCome(logOf("tess"), places, [])]).toEqual([
    expect.stringContaining("terminal of its own"),
    false,
  ]);
});
