import { describe, expect, test } from "vitest";
import { refuseUnsupportedPlatform } from "../../../lib/config/platform.ts";
import { ConfigError } from "../../../lib/errors.ts";
import { configFolder } from "../../support/operator/config-folder.ts";

function issuesOf(text: string): readonly string[] {
  const folder = configFolder();
  folder.write("work/launch.yaml", text);
  try {
    folder.load();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
}

describe("a launch.yaml with mistakes", () => {
  test("gets all of them at once, in the order of the file, with places and nearest names", () => {
    const text = [
      "version: 1",
      "databse: {}",
      "network:",
      "  witnesses: [https://a.test, ftp://b.test]",
      "  public_ranges: [nonsense]",
      "defaults: { isolation: kernal }",
      "bots:",
      "  alice:",
      "    comand: x",
      "    command: node main.js | tee x",
      "    stop: { grace: 15, sginal: TERM }",
      "  bob: { stop: { grace: 40d } }",
      "  carol: { command: [] }",
    ].join("\n");
    expect(issuesOf(text)).toEqual([
      'launch.yaml:2:1 unknown key "databse". Did you mean "database"?',
      "launch.yaml:4:31 network.witnesses.1 is not an http(s) URL.",
      "launch.yaml:5:19 network.public_ranges.0 is not a network such as 127.0.0.0/8.",
      'launch.yaml:6:24 defaults.isolation is "kernal", not one of auto, kernel, preload, env. Did you mean "kernel"?',
      'launch.yaml:9:5 unknown key "comand" in bots.alice. Did you mean "command"?',
      'launch.yaml:10:14 bots.alice.command is split into words without a shell, but "|" is an operator that only a shell understands; write a list, or [sh, -c, "…"] if you mean a shell.',
      "launch.yaml:11:20 bots.alice.stop.grace must be a duration such as 90s or 1h30m, not the number 15.",
      'launch.yaml:11:24 unknown key "sginal" in bots.alice.stop. Did you mean "signal"?',
      "launch.yaml:12:25 bots.bob.stop.grace is longer than 24 days.",
      "launch.yaml:13:21 bots.carol.command is empty.",
    ]);
  });

  test("takes one warm connection or none", () => {
    expect(issuesOf("version: 1\nrelay: { warm: 2 }\n")).toEqual([
      "launch.yaml:2:16 relay.warm is more than 1.",
    ]);
    for (const warm of [0, 1]) expect(issuesOf(`version: 1\nrelay: { warm: ${warm} }\n`)).toEqual([]);
  });

  test("names the range of a lease's TTL", () => {
    for (const [ttl, why] of [
      ["9s", "lease.ttl is not between 10s and 5m."],
      ["6m", "lease.ttl is not between 10s and 5m."],
      ["0s", "lease.ttl is not between 10s and 5m."],
    ])
      expect(issuesOf(`version: 1\nlease: { ttl: ${ttl} }\n`)).toEqual([`launch.yaml:2:15 ${why}`]);
    expect(issuesOf("version: 1\nlease: { ttl: 90 }\n")[0]).toContain("must be a duration such as 90s");
    for (const ttl of ["10s", "15s", "90s", "5m"])
      expect(issuesOf(`version: 1\nlease: { ttl: ${ttl} }\n`)).toEqual([]);
  });

  test.each([
    ["version: 1\nbots:\n  'b b': {}\n", /:3:3 bots\.b b is not a usable name/],
    [
      "version: 1\nbots: { a: { command: [node, ~] } }\n",
      /2:23 bots\.a\.command has an entry that is not text/,
    ],
    [
      "version: 1\nbots: { a: { pass_env: [HOME, LAUNCH_DATABASE_URL] } }\n",
      /^launch\.yaml:2:31 bots\.a\.pass_env\.1 contains a secret of Slipway, which no child gets\.$/,
    ],
    ["version: 1\ndefaults: { pass_env: [LAUNCH_FERNET_KEYS] }\n", /pass_env\.0 contains a secret/],
    ["version: 1\ncollectors: { f: { isolation: env } }\n", /2:20 unknown key "isolation" in collectors\.f/],
    ["version: 1\nbots:\n  alice:\n", /3:9 bots\.alice must be a map, not nothing/],
    ["", /1:1 version is missing/],
    ["version: 1\nbots: {}\nbots: {}\n", /3:1 the key "bots" is twice in one map; remove one of them\.$/],
    ["version: 1\nbots:\n  a: {}\n  'a': {}\n", /4:3 the key "a" is twice/],
    ["version: 1\nbots: { 1: {}, '1': {} }\n", /2:16 the key "1" is twice/],
    ["version: 1\nbots: { a: { env: { KEY: hunter2, KEY: other } } }\n", /2:35 the key "KEY" is twice/],
    ["version: 1\nbots: { a: {}, 0x10: {}, 16: {}, a: {} }\n", /^launch\.yaml:2:34 the key "a" is twice/],
    ["version: '1'\n", /^launch\.yaml:1:10 version is text; write 1 without quotes\.$/],
    ["version: 1\nbots:\n  __proto__: { command: [node] }\n", /3:3 __proto__ cannot be a key\.$/],
    [
      "version: 1\nbots:\n  a: &d { command: [node] }\n  b:\n    <<: *d\n",
      /5:5 merge keys \(<<\) are not read/,
    ],
    [
      "version: 1\nbots: { a: { command: [node, 'x'], env: { A: *hunter2 } } }\n",
      /2:46 an alias .* in quotes\.$/,
    ],
    ['version: 1\nbots: { a: { command: [node, "a\\0b"] } }\n', /2:30 holds U\+0000/],
    ['version: 1\nbots: { a: { command: [node], env: { A: "\\0" } } }\n', /2:41 holds U\+0000/],
    ["version: 1\n---\nversion: 1\n", /2:1 a second document begins here/],
    ["version: 1\nbots: [a\n", /launch\.yaml:\d+:\d+ a \[ before it is not closed with \]\.$/],
    ["version: 1\nbots:\n  a: { command: [node]\n", /a \{ before it is not closed with \}\.$/],
    [
      'version: 1\nbots: { a: { env: { A: "hunter2 } } }\n',
      /a value that begins with " does not end with it/,
    ],
    ['version: 1\nbots: { a: { env: { A: "h\\unter2" } } }\n', /2:\d+ a backslash in double quotes/],
    ["version: 1\nbots:\n  a:\n    env:\n      U: http://x:1: 2\n", /5:10 a value holds ": "/],
    ["version: 1\nbots:\n\ta: {}\n", /3:1 the line begins with a tab; write spaces\.$/],
    ["version: 1\nbots:\n  a\n  b: {}\n", /3:3 a line is neither "name: value" nor "- value"/],
    ["version: 1\nbots: { a: { command: @node } }\n", /2:23 a value begins with a character that YAML keeps/],
    [
      "version: 1\nbots: { a: { command: [node, “b.js”] } }\n",
      /2:30 begins with a quote of a word processor/,
    ],
    [
      "version: 1\nbots: { a: { command: [node], env: { A: } } }\n",
      /env\.A must be text, .*; write "" for an empty/,
    ],
    ["version: 1\nnetwork: { direct: no }\n", /2:20 network\.direct is "no", not one of on, off\.$/],
  ])("case %#", (text, expected) => expect(issuesOf(text).join("\n")).toMatch(expected));

  test("of a newer version is refused for that alone", () => {
    const folder = configFolder();
    folder.write("work/launch.yaml", "version: 2\nfoo: bar\n");
    expect(() => folder.load()).toThrow(
      /has version 2 \(launch\.yaml:1:10\); this program reads version 1\.$/,
    );
  });

  test.each([
    "database: postgres://u:hunter2@h/d",
    "notify: https://bot.example/hunter2hunter2hunter2",
    "bots: { a: { command: [node], env: API_KEY=hunter2 } }",
    "bots: { a: { command: [node], env: *hunter2 } }",
    "bots: { a: { command: [node], publish: ['http://u:hunter2@h:1'] } }",
    "bots: { a: { command: [node], isolation: 'TOKEN=hunter2' } }",
    "bots: { a: { command: [node], stop: { grace: 'x=hunter2' } } }",
    "bots: { a: { command: [node], 'API_KEY=hunter2': 1 } }",
    "bots: { a: { command: 'API_KEY=hunter2 node b.js' } }",
    "network: { witnesses: ['ftp://u:hunter2@h', 'https://a.test'] }",
    "network: { witnesses: ['https://u:hunter2@h', 'https://a.test'] }",
    "network: { witnesses: ['https://a.test/ip,https://hunter2.test/ip', 'https://b.test'] }",
  ])("never shows what may be a secret in the wrong place: %s", (line) => {
    const issues = issuesOf(`version: 1\n${line}\n`);
    expect(issues).toHaveLength(1);
    expect(issues.join()).toMatch(/^launch\.yaml:2:\d+ /);
    expect(issues.join()).not.toContain("hunter2");
  });

  test("names a witness that stands there twice, in whatever spelling", () => {
    expect(
      issuesOf("version: 1\nnetwork: { witnesses: ['https://a.test', 'https://A.test:443/'] }\n"),
    ).toEqual(["launch.yaml:2:42 network.witnesses.1 is the same as entry 0; write another witness."]);
  });

  test("never shows the database URL", () => {
    const text = 'version: 1\ndatabase: { url: ["postgres://u:hunter2@h/d"] }\n';
    expect(issuesOf(text).join()).toMatch(/database\.url must be text, not a list/);
  });
});

test("Windows is refused in one sentence, Linux and macOS are not", () => {
  expect(() => refuseUnsupportedPlatform("win32")).toThrow(/^Slipway does not run on Windows\.$/);
  for (const platform of ["linux", "darwin"]) refuseUnsupportedPlatform(platform);
});
