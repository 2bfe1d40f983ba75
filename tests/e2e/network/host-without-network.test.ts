import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, startBot, verdictsOf } from "../../support/e2e-stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" } });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
  await addAccount(stage, "bob", ["fra-1", "ams-1"]);
  await addAccount(stage, "carol", []);
  for (const [label, endpoint] of [
    ["routeless", "http://198.51.100.7:8000"],
    ["nameless", "socks5://gw.example.net:1080"],
  ] as const) {
    await ok(stage, ["proxy", "add", label, "--proxy-endpoint", endpoint]);
    await ok(stage, ["assign", "carol", label]);
  }
});
afterAll(() => stage.close());

/** A network namespace of its own, in which there is loopback and nothing else. */
const userWords = process.getuid?.() === 0 ? [] : ["--map-current-user", "--keep-caps"];
const withoutNetwork = ["unshare", "-n", ...userWords, "sh", "-c", 'ip link set lo up; exec "$@"', "sh"];

const startOf = (name: string) => ["bot", "--account", name, "--isolation", "env", "--", "sleep", "3"];

describe("a host without network", () => {
  test("blames no proxy that refuses there: the start ends with 75 and names what was tried", async () => {
    const before = await verdictsOf(stage);
    const result = await stage.launch(startOf("alice"), { front: withoutNetwork });
    expect([result.exitCode, result.stderr]).toEqual([
      75,
      expect.stringMatching(
        /LAUNCH_HOST_OFFLINE.*reaches nothing.*fra-1.*ams-1.*echo-a\.test.*echo-b\.test/s,
      ),
    ]);
    expect(await verdictsOf(stage)).toEqual(before);
  });

  test("blames neither one without a route nor one whose name it cannot look up", async () => {
    const before = await verdictsOf(stage);
    const result = await stage.launch(startOf("carol"), { front: withoutNetwork });
    expect([result.exitCode, result.stderr]).toEqual([
      75,
      expect.stringMatching(/routeless.*no route.*nameless.*resolver does not answer/s),
    ]);
    expect(await verdictsOf(stage)).toEqual(before);
  });

  test("leaves the same proxies to an account on a healthy host", async () => {
    const launcher = await startBot(stage, "bob", "fra-1");
    launcher.signal("SIGTERM");
    expect(await launcher.ended).toBe(0);
  });
});
