import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { botFrom, collectorFrom } from "../../../lib/config/load/units.ts";
import { configFolder } from "../../support/operator/config-folder.ts";

const yaml = `version: 1
defaults: { isolation: preload, env: { A: default, B: default }, stop: { grace: 20s } }
bots:
  alice:
    command: node 'my bot.js' --rate=2
    env_file: secrets.env
    env: { B: entry, RATE: 1.10, PORT: 0x1F90 }
    pass_env: [DATABASE_URL]
    on_failover: reconnect
    pre_switch: node cancel.js "all of them"
    on_lost: [python3, flat.py, 1.10]
    stop: { signal: INT }
  bare: {}
collectors:
  funding: { command: [python, -m, funding], cwd: sub, instances: many }
`;

function loaded() {
  const folder = configFolder();
  folder.write("conf/launch.yaml", yaml);
  folder.write("conf/secrets.env", "B=file\nC='file'\n", 0o600);
  return { folder, config: folder.load({ config: "../conf/launch.yaml" }) };
}

describe("numbers in a command", () => {
  test("are passed as they are written, whatever YAML makes of them", () => {
    const folder = configFolder();
    const words = "[python3, bot.py, 1, 8080, 0x10, 1e3, 1.10, 007, -5, true, &port 0x1F, *port]";
    folder.write("conf/launch.yaml", `version: 1\nbots: { alice: { command: ${words} } }\n`);
    expect(botFrom(folder.load({ config: "../conf/launch.yaml" }), "alice").command.join(" ")).toBe(
      "python3 bot.py 1 8080 0x10 1e3 1.10 007 -5 true 0x1F 0x1F",
    );
  });
});

describe("names", () => {
  test.each(["007", "0x10", "1e3", "1.10", "true", "null", "2026-01-01"])(
    "%s is the name of an account as written, whatever YAML makes of it",
    (name) => {
      const folder = configFolder();
      folder.write("conf/launch.yaml", `version: 1\nbots:\n  ${name}: { command: [node] }\n`);
      const config = folder.load({ config: "../conf/launch.yaml" });
      expect(botFrom(config, name).command).toEqual(["node"]);
    },
  );
});

describe("a name that no account can have", () => {
  test.each(["", "../../etc", "alice;rm", "a b", "алиса", "*"])("%j is told as such", (name) => {
    const { config } = loaded();
    expect(() => botFrom(config, name, { command: ["true"] })).toThrow(/cannot be the name of an account/);
    expect(() => collectorFrom(config, name, { command: ["true"] })).toThrow(
      /cannot be the name of a collector/,
    );
  });
});

describe("a bot", () => {
  test("takes each setting from its entry, then from defaults, then from what is built in", () => {
    const { folder, config } = loaded();
    expect(botFrom(config, "alice")).toEqual({
      kind: "bot",
      name: "alice",
      command: ["node", "my bot.js", "--rate=2"],
      cwd: join(folder.path, "conf"),
      env: { A: "default", B: "entry", C: "file", RATE: "1.10", PORT: "0x1F90" },
      passEnv: ["DATABASE_URL"],
      tty: false,
      restart: "on-failure",
      stop: { signal: "INT", graceMs: 20_000 },
      logFile: join(config.stateFolder, "logs/bot-alice.log"),
      isolation: "preload",
      runtime: undefined,
      observe: true,
      heartbeat: { lostAfterMs: undefined, loopMs: undefined },
      onFailover: "reconnect",
      onNoProxy: "exit",
      preSwitch: ["node", "cancel.js", "all of them"],
      onLost: ["python3", "flat.py", "1.10"],
      pinExit: true,
      outputPatterns: true,
      local: [],
      publish: [],
      ports: [],
      tmp: "own",
      runAs: undefined,
    });
  });

  test("obeys the command line before all files, and starts a typed command where it was typed", () => {
    const { folder, config } = loaded();
    const bot = botFrom(config, "alice", {
      command: ["./x"],
      isolation: "env",
      onFailover: undefined,
      tty: true,
      graceMs: 5,
    });
    expect(bot).toMatchObject({
      command: ["./x"],
      cwd: folder.cwd,
      isolation: "env",
      onFailover: "reconnect",
      stop: { signal: "INT", graceMs: 5 },
      logFile: undefined,
    });
  });

  test("that no file names runs with the command given, and is refused without", () => {
    const { config } = loaded();
    expect(botFrom(config, "dora", { command: ["x"] }).name).toBe("dora");
    expect(() => botFrom(config, "alcie")).toThrow(/names no bot "alcie".*Did you mean "alice"\?/);
    expect(() => botFrom(config, "bare")).toThrow(/has no command/);
    expect(() => botFrom(config, "toString")).toThrow(/names no bot "toString"/);
    expect(botFrom(config, "toString", { command: ["x"] }).env).toEqual({ A: "default", B: "default" });
  });

  test("whose env_file is missing is refused naming the file", () => {
    const folder = configFolder();
    folder.write("work/launch.yaml", "version: 1\nbots: { a: { command: x, env_file: gone.env } }\n");
    expect(() => botFrom(folder.load(), "a")).toThrow(/gone\.env does not exist/);
  });
});

test("a collector has a folder, instances and no identity", () => {
  const { folder, config } = loaded();
  expect(collectorFrom(config, "funding")).toMatchObject({
    kind: "collector",
    cwd: join(folder.path, "conf/sub"),
    instances: "many",
    command: ["python", "-m", "funding"],
  });
});

test("every value of a file is explained with its place, values of variables are not told", () => {
  const { config } = loaded();
  const of = (name: string) => config.settings.find((setting) => setting.name === name);
  expect(of("bots.alice.command")).toEqual({
    name: "bots.alice.command",
    value: 'node "my bot.js" --rate=2',
    source: "launch.yaml:5:14",
  });
  expect(of("defaults.stop.grace")).toMatchObject({ value: "20s", source: "launch.yaml:2:81" });
  expect(of("defaults.restart")).toMatchObject({ value: "on-failure", source: "default" });
  expect(of("bots.alice.env")?.value).toBe("B RATE PORT");
  expect(Object.isFrozen(config.bots["alice"]?.env)).toBe(true);
});
