import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { proxyPassword } from "../../support/operator/engine-host.ts";
import { signal } from "../../support/processes/signal.ts";
import { logTo, type ManagedHost, openManagedHost } from "../../support/systemd/managed-host.ts";
import { type Manager, whyNoManager } from "../../support/systemd/manager.ts";
import { startUserManager } from "../../support/systemd/user-manager.ts";

const why = whyNoManager();
const bot = "launch-bot@alice.service";
const unitFolder = (home: string) => join(home, ".config/systemd/user");
const program = () => `import { writeFileSync } from "node:fs";
const [file] = process.argv.slice(2);
writeFileSync(file, JSON.stringify({ pid: process.pid, env: process.env }));
setInterval(() => undefined, 1000);
`;

let host: ManagedHost;
let manager: Manager;

describe.skipIf(why !== undefined && !process.env["CI"])(`under a real systemd${why ?? ""}`, () => {
  beforeAll(async () => {
    host = await openManagedHost(program, unitFolder, startUserManager);
    ({ manager } = host);
    await host.launch(["init"]);
    await host.launch(host.addAlice, `${proxyPassword}\n`);
    await host.launch(["generate", "systemd", "--user", "--out", unitFolder(host.home)]);
    host.dropIn("service.d", logTo(host.home));
    host.dropIn("launch-bot@.service.d", "[Service]\nWatchdogSec=3\nTimeoutAbortSec=1\nRestartSec=100ms\n");
    await manager.systemctl("daemon-reload");
  });
  afterAll(() => host.close());

  test("a bot's unit is started when the exit is proven, with the key handed over and the database in its own unit", async () => {
    const started = await manager.systemctl("start", bot);
    expect(started.status, started.stderr + host.said()).toBe(0);
    expect(await manager.show(bot, "StatusText")).toBe("alice runs");
    expect(await host.running()).toEqual([
      expect.objectContaining({ unit: "alice", exit_ip: "127.0.0.11", tier: "kernel" }),
    ]);
    await state("launch-db.service", "active");
    const pid = await manager.show(bot, "MainPID");
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
    expect(environment).toContain("CREDENTIALS_DIRECTORY=");
    const key =
      readFileSync(join(host.home, ".local/state/launch/keys"), "utf8").trim().split("\n").at(-1) ?? "";
    const shown = environment + readFileSync(`/proc/${pid}/cmdline`, "utf8") + unitTexts() + host.said();
    for (const secret of [key, proxyPassword]) expect(shown).not.toContain(secret);
    const told = host.told("alice");
    expect(told).not.toMatch(/NOTIFY_SOCKET|WATCHDOG|CREDENTIALS_DIRECTORY/);
  });

  test("a launcher that is killed is started again, and so is one that shows no sign of life", async () => {
    const first = await manager.show(bot, "MainPID");
    signal(Number(first), "SIGKILL");
    const second = await nextPid(first);
    signal(Number(second), "SIGSTOP");
    const third = await nextPid(second);
    expect(await manager.show(bot, "NRestarts")).toBe("2");
    // The signs of life of one that lives arrive.
    const seen = await manager.show(bot, "WatchdogTimestampMonotonic");
    await eventually(
      () => manager.show(bot, "WatchdogTimestampMonotonic"),
      (at) => at !== seen,
      10_000,
      100,
    );
    expect(await manager.show(bot, "MainPID")).toBe(third);
  });

  test("what an operator stops stays stopped, and what only a person can mend is not started again", async () => {
    await host.launch(["stop", "alice"]);
    await state(bot, "inactive");
    expect(await manager.show(bot, "Result")).toBe("success");
    const again = await manager.systemctl("start", bot);
    expect(again.status, host.said()).toBe(0);
    await state(bot, "inactive");
    await manager.systemctl("start", "launch-bot@nobody.service");
    await state("launch-bot@nobody.service", "failed");
    expect(await manager.show("launch-bot@nobody.service", "ExecMainStatus")).toBe("64");
    expect(await manager.show("launch-bot@nobody.service", "NRestarts")).toBe("0");
    await host.launch(["start", "alice"], "", 1);
  });

  test("all of launch.yaml is one unit, which is reloaded, refuses a broken file, and is stopped whole", async () => {
    const started = await manager.systemctl("start", "launch.service");
    expect(started.status, started.stderr + host.said()).toBe(0);
    expect(await manager.show("launch.service", "StatusText")).toBe("2 of 2 units run");
    const first = pidOfBot();
    const before = readFileSync(host.yamlFile, "utf8");
    writeFileSync(host.yamlFile, before.replace("bots:", "botts:"));
    const broken = await manager.systemctl("reload", "launch.service");
    expect(broken.status).not.toBe(0);
    expect(await manager.show("launch.service", "ActiveState")).toBe("active");
    writeFileSync(host.yamlFile, before.replace("alice: {", "alice: { restart: always,"));
    const reloaded = await manager.systemctl("reload", "launch.service");
    expect(reloaded.status, reloaded.stderr + host.said()).toBe(0);
    expect(host.said()).toContain("~ bot alice: started anew (restart)");
    await state("launch.service", "active");
    const botPid = await eventually(pidOfBot, (pid) => pid !== undefined && pid !== first);
    await manager.systemctl("stop", "launch.service");
    expect(await manager.show("launch.service", "Result")).toBe("success");
    expect(() => process.kill(botPid ?? 0, 0)).toThrow("ESRCH");
    expect(await host.running()).toEqual([]);
  });
});

/** Undefined while it is being written. */
function pidOfBot(): number | undefined {
  const [, pid] = /"pid":(\d+),/.exec(host.told("alice")) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

async function state(unit: string, wanted: string): Promise<void> {
  await eventually(
    () => manager.show(unit, "ActiveState"),
    (is) => is === wanted,
    20_000,
    50,
  );
}

async function nextPid(before: string): Promise<string> {
  // Both of one moment: a unit that has just lost its process is "active" before that, and of process 0 after.
  const read = async () => (await manager.systemctl("show", bot, "-p", "ActiveState,MainPID")).stdout;
  const now = await eventually(
    read,
    (text) => text.includes("ActiveState=active\n") && !text.includes(`MainPID=${before}\n`),
    60_000,
    50,
  );
  return /MainPID=(\d+)/.exec(now)?.[1] ?? "";
}

function unitTexts(): string {
  return ["launch.service", "launch-bot@.service", "launch-collector@.service", "launch-db.service"]
    .map((name) => readFileSync(join(unitFolder(host.home), name), "utf8"))
    .join("\n");
}
