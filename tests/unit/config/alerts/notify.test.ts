import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readConfigFile } from "../../../../lib/config/read/read-file.ts";

const folder = mkdtempSync(join(tmpdir(), "notify-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(yaml: string) {
  const file = join(folder, "launch.yaml");
  writeFileSync(file, `version: 1\n${yaml}\n`);
  return readConfigFile(file).choices;
}

function channel(yaml: string) {
  return read(`notify: { channels: { ops: ${yaml} } }`).notify;
}

describe("notify in launch.yaml", () => {
  test("says how to write the kind of a channel to whoever names it by a key", () => {
    expect(() => channel("{ kind: ntfy, topic: x }")).toThrow(
      /unknown key "kind" in notify\.channels\.ops\. Write "ntfy:" with its settings below it\./,
    );
  });

  test("names secrets by files beside it", () => {
    const settings = channel(
      '{ telegram: { token_file: secrets/t, chat: -100 }, on: [leak], quiet_hours: "22:00-07:00" }',
    );
    expect(settings?.channels).toMatchObject([
      {
        name: "ops",
        kind: "telegram",
        token: { path: join(folder, "secrets/t") },
        chat: "-100",
        topics: ["leak"],
      },
    ]);
    expect(settings?.channels[0]?.quietHours).toEqual({ from: 1_320, to: 420 });
    expect(channel("{ ping: { url_file: hc, shape: healthchecks } }")?.pings).toMatchObject([
      { everyMs: 60_000 },
    ]);
    expect(read("").notify).toBeUndefined();
  });

  test.each([
    ["telegram: { token: 123:hunter2, token_file: t, chat: 1 }", "token_file: PATH"],
    ["discord: { url: https://discord.com/api/webhooks/1/hunter2, url_file: d }", "url_file: PATH"],
    ["webhook: { url: https://ops.example/a, secret: hunter2, secret_file: s }", "secret_file: PATH"],
    ["webhook: { url: https://me:hunter2@ops.example/a, secret_file: s }", "url_file: PATH"],
    ["webhook: { url: https://ops.example/hooks/hunter2abcdef12345, secret_file: s }", "url_file: PATH"],
    ["webhook: { url: https://ops.example/a?key=hunter2, secret_file: s }", "url_file: PATH"],
    ["email: { host: m, from: a@b, to: c@d, password: hunter2 }", "password_file: PATH"],
    ["ping: { url: https://hc-ping.com/hunter2, url_file: p, shape: healthchecks }", "url_file: PATH"],
    ["ntfy: { topic: hunter2 }", "topic_file: PATH"],
  ])("refuses the secret in %s, says what to write instead, and does not repeat it", (yaml, hint) => {
    const refusal = (() => {
      try {
        channel(`{ ${yaml} }`);
        return "";
      } catch (error) {
        return String(error);
      }
    })();
    expect(refusal).toContain(hint);
    expect(refusal).not.toContain("hunter2");
  });

  test("refuses a channel of no kind or of two, a topic that there is none of, and no channel", () => {
    expect(() => channel("{}")).toThrow(/needs one of webhook/);
    expect(() => channel("{ command: [a], slack: { url_file: s } }")).toThrow(/needs one of webhook/);
    expect(() => channel("{ command: [a], on: [leaks] }")).toThrow();
    expect(() => read("notify: { channels: {} }")).toThrow(/no channel/);
  });

  test("metrics are asked for on this host only", () => {
    expect(read("metrics: 127.0.0.1:9464").metrics).toEqual({ kind: "port", host: "127.0.0.1", port: 9464 });
    expect(read("metrics: unix:/run/m.sock").metrics).toEqual({ kind: "socket", path: "/run/m.sock" });
    for (const wrong of ["0.0.0.0:9464", "10.0.0.1:1", "127.0.0.1:99999", "9464"])
      expect(() => read(`metrics: "${wrong}"`)).toThrow(/loopback/);
  });
});
