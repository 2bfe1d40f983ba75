import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { declaredUnits } from "../../../lib/config/load/declared-units.ts";
import { loadConfig } from "../../../lib/config/load/load-config.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function configOf(yaml: string) {
  const file = join(folder, "launch.yaml");
  writeFileSync(file, `version: 1\n${yaml}`);
  const surroundings = { cwd: folder, env: {}, homeFolder: folder, uid: 1000, platform: "linux" };
  return loadConfig({ config: file }, surroundings as unknown as Parameters<typeof loadConfig>[1]);
}

const desk = `
defaults: { memory_limit: 1GB }
bots:
  alice: { command: [node, alice.js], after: [funding], ready: { log: "^ready" }, restart_at: "04:30" }
  "fut-*": { command: "python bot.py --account {account}", env_file: "{account}.env", env: { NAME: "{account}" } }
collectors:
  funding: { command: [node, funding.js], memory_limit: 512MiB }
`;

test("a pattern covers every account without an entry of its own, and {account} stands for its name", () => {
  writeFileSync(join(folder, "fut-1.env"), "TOKEN=one\n");
  const { units, refused } = declaredUnits(configOf(desk), ["alice", "fut-1", "fut-2", "spot-1"], []);
  expect(units.map(({ unit }) => unit.name)).toEqual(["funding", "alice", "fut-1"]);
  const fut = units[2]?.unit;
  expect(fut?.command).toEqual(["python", "bot.py", "--account", "fut-1"]);
  expect(fut?.env).toEqual({ TOKEN: "one", NAME: "fut-1" });
  // Its file of variables is missing: that is its own trouble, not the others'.
  expect(refused).toEqual([
    { kind: "bot", name: "fut-2", why: expect.stringContaining(join(folder, "fut-2.env")) as string },
  ]);
});

test("a file of patterns alone says that no account fits, and not that it names nothing", () => {
  const config = configOf('bots: { "fut-*": { command: [node, a.js] }, "?": { command: [node, a.js] } }');
  expect(() => declaredUnits(config, ["spot-1"], [])).toThrow(
    /^No account fits "fut-\*", "\?" of .*launch\.yaml\./,
  );
  expect(declaredUnits(config, ["fut-1"], []).units).toHaveLength(1);
});

test("what a unit's care is comes from its entry, then from defaults; a bot without an exit waits", () => {
  const { units } = declaredUnits(configOf(desk), [], ["alice", "fun*"]);
  expect(units.map(({ care }) => care)).toEqual([
    { after: [], ready: undefined, restartAt: undefined },
    {
      after: ["funding"],
      ready: { way: { kind: "log", pattern: "^ready" }, withinMs: 60_000 },
      restartAt: 270,
    },
  ]);
  expect(units.map(({ unit }) => unit.memoryLimitBytes)).toEqual([512 * 2 ** 20, 1e9]);
  expect(units[1]?.unit).toMatchObject({ onNoProxy: "hold" });
});

test("a name that is no unit is refused with the nearest; a unit that wants a terminal is not kept", () => {
  const config = configOf(desk.replace("after: [funding]", "tty: true"));
  expect(() => declaredUnits(config, [], ["alcie"])).toThrow(/no bot or collector "alcie".*alice/);
  expect(declaredUnits(config, [], []).refused).toEqual([
    {
      kind: "bot",
      name: "alice",
      why: "it wants a terminal of its own: run `launch bot --account alice` in one.",
    },
  ]);
});

test.each([
  ["memory_limit: 500kB", "is not a size"],
  ["memory_limit: 3MB", "is less than 32MiB"],
  ['restart_at: "25:00"', "is not a time"],
  ["ready: { http: https://example.com/health }", "is not an http URL of this host"],
  ["ready: { within: 5s }", "needs one of http, log and exec"],
  ["ready: { log: a, exec: b }", "needs one of http, log and exec"],
  ['ready: { log: "(" }', "is not a regular expression"],
  ['ready: { exec: "a | b" }', "is no command"],
])("%s is refused: %s", (entry, why) => {
  expect(() => configOf(`bots: { alice: { command: a, ${entry} } }`)).toThrow(why);
});

test("a bot and a collector of one name are told apart, and a name that means both is refused", () => {
  const config = configOf(`
bots: { alice: { command: [node, a.js] }, bob: { command: [node, b.js], after: ["collector:alice"] } }
collectors: { alice: { command: [node, c.js] } }
`);
  const wanted = (words: readonly string[], besides: readonly string[] = []) =>
    declaredUnits(config, [], words, besides).units.map(({ unit: { kind, name } }) => `${kind} ${name}`);
  expect(wanted(["bot:alice"])).toEqual(["bot alice"]);
  expect(wanted(["collector:al*"])).toEqual(["collector alice"]);
  expect(wanted(["al*"])).toEqual(["collector alice", "bot alice"]);
  expect(wanted(["bob"], ["collector:alice"])).toEqual(["collector alice", "bot bob"]);
  expect(() => wanted(["alice"])).toThrow('"alice" is the name of an account and of a collector.');
  expect(() => wanted(["collector:bob"])).toThrow(/names no bot or collector "collector:bob"/);
});
