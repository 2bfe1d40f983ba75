import { expect, test } from "vitest";
import { botFrom } from "../../../lib/config/load/units.ts";
import { configFolder } from "../../support/operator/config-folder.ts";

function load(bot: string) {
  const folder = configFolder();
  folder.write("work/launch.yaml", `version: 1\nbots:\n  alice: { command: [node, bot.js], ${bot} }\n`);
  return folder.load();
}

test("ports of the command line come beside those of the file, and a local port alone means this host", () => {
  const config = load("ports: [9000, 7000-7010], local: [5432, '10.0.0.5:6379', 'unix:/run/a.sock']");
  const bot = botFrom(config, "alice", { ports: ["9001"] });
  expect(bot.ports).toEqual(["9000", "7000-7010", "9001"]);
  expect(bot.local).toEqual(["127.0.0.1:5432", "10.0.0.5:6379", "unix:/run/a.sock"]);
});

test("a bot has a /tmp of its own unless the file shares the host's, for one or for all", () => {
  expect(botFrom(load("cwd: '.'"), "alice").tmp).toBe("own");
  expect(botFrom(load("tmp: shared"), "alice").tmp).toBe("shared");
  const folder = configFolder();
  folder.write(
    "work/launch.yaml",
    "version: 1\ndefaults: { tmp: shared }\nbots: { alice: { command: [node, a.js] } }\n",
  );
  expect(botFrom(folder.load(), "alice").tmp).toBe("shared");
});

test.each([
  ["ports: [1-2000]", "2000 ports are given, but at most 1000 can be forwarded"],
  ["ports: [web]", '"web" is not a port or range'],
  ["local: ['8.8.8.8:53']", '"8.8.8.8:53" is not a loopback or private target'],
  ["local: ['unix:run/a.sock']", '"unix:run/a.sock" is not a loopback or private target'],
  ["tmp: private", 'is "private"'],
  ["publish: ['8080']", '"8080" is not a place such as 127.0.0.1:8080:3000'],
])("%s is refused with its place", (bot, why) => {
  expect(() => load(bot)).toThrow(why);
});

test("a port of the command line that cannot be forwarded is refused as a value", () => {
  expect(() => botFrom(load("cwd: '.'"), "alice", { ports: ["70000"] })).toThrow("--ports:");
});
