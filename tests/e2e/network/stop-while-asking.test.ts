import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, proxyOf, verdictsOf } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" } });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
});
afterAll(() => stage.close());

const bot = ["bot", "--account", "alice", "--isolation", "env", "--", "sleep", "9"];

/** Whether somebody is connected to the proxy. */
async function connectionTo(label: string, isWanted: boolean): Promise<void> {
  await eventually(
    () => proxyOf(stage, label).process.order({ do: "counters" }),
    (news) => news.type === "counters" && news.counters.open > 0 === isWanted,
  );
}

async function eventKinds(): Promise<readonly string[]> {
  const { events } = JSON.parse(await ok(stage, ["events", "--limit", "100", "--json"])) as {
    readonly events: readonly { readonly kind: string }[];
  };
  return events.map(({ kind }) => kind).filter((kind) => kind !== "bot.stopped");
}

describe("what is ended while it waits for a proxy that hangs", () => {
  test.each([
    ["a start", bot, "SIGTERM", 143],
    ["a start", bot, "SIGINT", 130],
    ["a check", ["proxy", "check", "fra-1", "--timeout", "60s"], "SIGTERM", 143],
    ["a check", ["proxy", "check", "fra-1", "--timeout", "60s"], "SIGINT", 130],
  ] as const)(
    "(%s: %j, by %s) says nothing of that proxy, and leaves no connection",
    async (_what, words, signal, status) => {
      const fra = proxyOf(stage, "fra-1").process;
      const before = [await verdictsOf(stage), await eventKinds()];
      await fra.order({ do: "fault", fault: { kind: "hang" } });
      const launcher = stage.start(words);
      await connectionTo("fra-1", true);
      launcher.signal(signal);
      expect(await launcher.ended).toBe(status);
      await connectionTo("fra-1", false);
      await fra.order({ do: "fault", fault: { kind: "none" } });
      expect(launcher.stderr.join("\n")).not.toContain("is not used");
      expect([await verdictsOf(stage), await eventKinds()]).toEqual(before);
    },
  );
});
