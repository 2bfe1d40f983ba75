import { readFileSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, readyOn } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

const table = createLinuxProcessTable();
const hosts = readlinkSync("/proc/self/ns/net");
let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http" } });
  await addAccount(stage, "alice", ["fra-1"]);
});
afterAll(() => stage.close());

function start(account = "alice") {
  const program = ["sh", "-c", "readlink /proc/self/ns/net; exec sleep 600"];
  return stage.start(["bot", "--account", account, "--isolation", "kernel", "--", ...program]);
}

/** The network of the first child that has another one than this host's. */
async function begunBy(launcher: number): Promise<string> {
  const found = await eventually(
    () => childrenOf(launcher).flatMap((pid) => networkOf(pid) ?? [])[0],
    (network) => network !== undefined,
  );
  return found ?? "";
}

// A process may end while it is looked at.
function childrenOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ");
  } catch {
    return [];
  }
}

function networkOf(pid: string): string | undefined {
  try {
    const network = readlinkSync(`/proc/${pid}/ns/net`);
    return network === hosts ? undefined : network;
  } catch {
    return undefined;
  }
}

async function isEmpty(network: string): Promise<void> {
  await eventually(
    () => table.inNetwork(network),
    (pids) => pids.length === 0,
  );
}

test("a start makes one network, and the bot is in it", async () => {
  const launcher = start();
  const begun = await begunBy(launcher.pid);
  await readyOn(stage, launcher, "fra-1");
  const line = await launcher.line(/net:\[\d+\]/);
  expect(line).toContain(begun);
  // Who loses the race for the account leaves none behind.
  const second = start();
  const lost = await begunBy(second.pid);
  expect(await second.ended).toBe(75);
  await isEmpty(lost);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
  await isEmpty(begun);
});

test("an account that is not there takes its network away again", async () => {
  const launcher = start("nobody");
  const begun = await begunBy(launcher.pid);
  expect(await launcher.ended).toBe(64);
  await isEmpty(begun);
});

test.each(["SIGINT", "SIGKILL"] as const)(
  "%s while nothing but the network is there leaves nothing of it",
  async (name) => {
    const launcher = start();
    const begun = await begunBy(launcher.pid);
    launcher.signal(name);
    await launcher.ended;
    await isEmpty(begun);
    expect(launcher.stdout.join("\n")).not.toContain("net:[");
  },
);
