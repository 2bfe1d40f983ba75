import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, proxyOf, verdictsOf } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" } });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
});
afterAll(() => stage.close());

const wordsOf = (tier: string) => ["bot", "--account", "alice", "--isolation", tier, "--", "sleep", "3"];
const words = wordsOf("env");
const userWords = process.getuid?.() === 0 ? [] : ["--map-current-user", "--keep-caps"];
const takesPorts = fileURLToPath(new URL("../../fixtures/network/takes-ports.mjs", import.meta.url));
/** A network of its own with four ports for connections, of which so many are in use. */
const withPortsTaken = (count: number) => [
  "unshare",
  "-n",
  ...userWords,
  process.execPath,
  takesPorts,
  String(count),
];

describe("a host without a free port", () => {
  test("blames no proxy: the start ends with 75 and says so of each", async () => {
    const before = await verdictsOf(stage);
    // The last of the four is the relay's own.
    const result = await stage.launch(words, { front: withPortsTaken(3) });
    expect([result.exitCode, result.stderr]).toEqual([
      75,
      expect.stringMatching(
        /^LAUNCH_HOST_OFFLINE .*fra-1 .*no address or port left.*ams-1 .*no address or port left/m,
      ),
    ]);
    expect(await verdictsOf(stage)).toEqual(before);
  });

  test("where not even the relay gets one, ends the start with 75 in one sentence", async () => {
    const before = await verdictsOf(stage);
    const result = await stage.launch(words, { front: withPortsTaken(4) });
    expect([result.exitCode, result.stderr]).toEqual([
      75,
      expect.stringMatching(/^LAUNCH_HOST_LIMIT This host has no free port left: .*\nhint: .*ss -tan.*$/),
    ]);
    expect(await verdictsOf(stage)).toEqual(before);
  });
});

describe("a launcher at its limit of open files", () => {
  test("blames no proxy: the start ends with 75 and names the limit", async () => {
    const before = await verdictsOf(stage);
    const fra = proxyOf(stage, "fra-1").process;
    await fra.order({ do: "fault", fault: { kind: "hang" } });
    const launcher = stage.start(words);
    await eventually(
      () => fra.order({ do: "counters" }),
      (news) => news.type === "counters" && news.counters.open > 0,
    );
    // What it has open stays open, and nothing is added: fra-1 falls silent, and ams-1 cannot be tried.
    execFileSync("prlimit", [`--pid=${launcher.pid}`, "--nofile=8:8"]);
    expect([await launcher.ended, launcher.stderr.join("\n")]).toEqual([75, expect.anything()]);
    expect(launcher.stderr.join("\n")).toMatch(
      /^LAUNCH_HOST_OFFLINE .*fra-1 .*; ams-1 .* was not tried: the launcher has reached its limit of open files/m,
    );
    await fra.order({ do: "fault", fault: { kind: "none" } });
    expect(await verdictsOf(stage)).toEqual(before);
  });

  // From the key file over the lock of the host to the process of the bot.
  test.each([20, 22, 24, 27, 31])(
    "of %i ends with 75 in one sentence, and blames no proxy",
    async (files) => {
      const result = await stage.launch(words, { front: ["prlimit", `--nofile=${files}`] });
      expect([result.exitCode, result.stderr]).toEqual([
        75,
        expect.stringMatching(
          /^LAUNCH_HOST_LIMIT The launcher may open no more files: .*\nhint: .*ulimit -n.*$/,
        ),
      ]);
      expect((await verdictsOf(stage)).join("\n")).not.toMatch(/\b(?:down|drifted|cooling)\b/);
    },
  );

  // There is room for the set-up of the network, but not for all sockets that come out of it: they are lost on their way without
  // an error, and were waited for.
  test.each([33, 34, 36])("of %i in the kernel tier ends with 75 in the same sentence", async (files) => {
    const result = await stage.launch(wordsOf("kernel"), { front: ["prlimit", `--nofile=${files}`] });
    expect([result.exitCode, result.stderr]).toEqual([
      75,
      expect.stringMatching(
        /^LAUNCH_HOST_LIMIT The launcher may open no more files: .*\nhint: .*ulimit -n.*$/,
      ),
    ]);
  });
});
