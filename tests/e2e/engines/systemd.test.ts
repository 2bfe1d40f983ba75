import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LabEcho, startEcho } from "../../lab/echo.ts";
import { type LabProxy, startHttpProxy } from "../../lab/http-proxy.ts";
import { eventually } from "../../support/eventually.ts";
import { newStranger, type Stranger } from "../../support/operator/launch-program.ts";
import { signal } from "../../support/processes/signal.ts";
import { type Manager, managed, whyNoManager } from "../../support/systemd/manager.ts";
import { startUserManager } from "../../support/systemd/user-manager.ts";

const why = whyNoManager();
const proxyPassword = "proxy-pass-hunter2";
const names = { "one.witness.test": "127.0.0.21", "two.witness.test": "127.0.0.22" };
const bot = "launch-bot@alice.service";

let stranger: Stranger;
let proxy: LabProxy;
let witnesses: readonly LabEcho[] = [];
let manager: Manager;

describe.skipIf(why !== undefined && !process.env["CI"])(`under a real systemd${why ?? ""}`, () => {
  beforeAll(async () => {
    stranger = newStranger();
    proxy = await startHttpProxy({ exitAddress: "127.0.0.11", user: "user", pass: proxyPassword, names });
    witnesses = [
      await startEcho({ shape: "ipify", listen: { host: "127.0.0.21" } }),
      await startEcho({ shape: "ipinfo", listen: { host: "127.0.0.22" } }),
    ];
    writeFiles();
    execFileSync("chown", ["-R", `${managed.uid}:${managed.gid}`, stranger.home]);
    manager = await startUserManager(stranger.home, stranger.env["PATH"] ?? "");
    await launch(["init"]);
    const flags = `--proxy-label fra-1 --proxy-endpoint http://127.0.0.1:${proxy.port} --proxy-user user`;
    await launch(`account add alice ${flags} --proxy-pass-stdin`.split(" "), `${proxyPassword}\n`);
    await launch(["generate", "systemd", "--user", "--out", unitFolder()]);
    // As an operator would change a unit: it does not count as edited.
    dropIn("service.d", `[Service]\nStandardOutput=append:${unitLog()}\nStandardError=inherit\n`);
    dropIn("launch-bot@.service.d", "[Service]\nWatchdogSec=3\nTimeoutAbortSec=1\nRestartSec=100ms\n");
    await manager.systemctl("daemon-reload");
  });
  afterAll(async () => {
    await manager.close();
    for (const piece of [proxy, ...witnesses]) await piece.close();
    stranger.remove();
  });

  test("a bot's unit is started when the exit is proven, with the key handed over and the database in its own unit", async () => {
    const started = await manager.systemctl("start", bot);
    expect(started.status, started.stderr + said()).toBe(0);
    expect(await manager.show(bot, "StatusText")).toBe("alice runs");
    expect(await runs()).toEqual([
      expect.objectContaining({ unit: "alice", exit_ip: "127.0.0.11", tier: "kernel" }),
    ]);
    await state("launch-db.service", "active");
    const pid = await manager.show(bot, "MainPID");
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
    expect(environment).toContain("CREDENTIALS_DIRECTORY=");
    const key =
      readFileSync(join(stranger.home, ".local/state/launch/keys"), "utf8").trim().split("\n").at(-1) ?? "";
    const shown = environment + readFileSync(`/proc/${pid}/cmdline`, "utf8") + unitTexts() + said();
    for (const secret of [key, proxyPassword]) expect(shown).not.toContain(secret);
    const told = readFileSync(join(stranger.home, "bot.json"), "utf8");
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
    await launch(["stop", "alice"]);
    await state(bot, "inactive");
    expect(await manager.show(bot, "Result")).toBe("success");
    const again = await manager.systemctl("start", bot);
    expect(again.status, said()).toBe(0);
    await state(bot, "inactive");
    await manager.systemctl("start", "launch-bot@nobody.service");
    await state("launch-bot@nobody.service", "failed");
    expect(await manager.show("launch-bot@nobody.service", "ExecMainStatus")).toBe("64");
    expect(await manager.show("launch-bot@nobody.service", "NRestarts")).toBe("0");
    await launch(["start", "alice"], "", 1);
  });

  test("all of launch.yaml is one unit, which is reloaded, refuses a broken file, and is stopped whole", async () => {
    const started = await manager.systemctl("start", "launch.service");
    expect(started.status, started.stderr + said()).toBe(0);
    expect(await manager.show("launch.service", "StatusText")).toBe("2 of 2 units run");
    const first = pidOfBot();
    const before = readFileSync(yamlFile(), "utf8");
    writeFileSync(yamlFile(), before.replace("bots:", "botts:"));
    const broken = await manager.systemctl("reload", "launch.service");
    expect(broken.status).not.toBe(0);
    expect(await manager.show("launch.service", "ActiveState")).toBe("active");
    writeFileSync(yamlFile(), before.replace("alice: {", "alice: { restart: always,"));
    const reloaded = await manager.systemctl("reload", "launch.service");
    expect(reloaded.status, reloaded.stderr + said()).toBe(0);
    expect(said()).toContain("~ bot alice: started anew (restart)");
    await state("launch.service", "active");
    const botPid = await eventually(pidOfBot, (pid) => pid !== undefined && pid !== first);
    await manager.systemctl("stop", "launch.service");
    expect(await manager.show("launch.service", "Result")).toBe("success");
    expect(() => process.kill(botPid ?? 0, 0)).toThrow("ESRCH");
    expect(await runs()).toEqual([]);
  });
});

const yamlFile = () => join(stranger.home, "launch.yaml");
const unitLog = () => join(stranger.home, "units.log");
const said = () => manager.log() + readFileSync(unitLog(), "utf8");
const unitFolder = () => join(stranger.home, ".config/systemd/user");

/** Undefined while it is being written. */
function pidOfBot(): number | undefined {
  const [, pid] = /"pid":(\d+),/.exec(readFileSync(join(stranger.home, "bot.json"), "utf8")) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** Runs a command as the manager's user, in its home. */
async function launch(words: readonly string[], input = "", status = 0): Promise<string> {
  const done = await manager.run("launch", words, input);
  expect(`${done.status} ${done.stderr}`).toMatch(new RegExp(`^${status} `));
  return done.stdout;
}

async function runs(): Promise<readonly { readonly state: string }[]> {
  const answer = JSON.parse(await launch(["ps", "--running", "--json"])) as { runs: { state: string }[] };
  return answer.runs.filter(({ state: is }) => is === "running");
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

function dropIn(name: string, text: string): void {
  const folder = join(unitFolder(), name);
  mkdirSync(folder);
  writeFileSync(join(folder, "test.conf"), text);
}

function unitTexts(): string {
  return ["launch.service", "launch-bot@.service", "launch-collector@.service", "launch-db.service"]
    .map((name) => readFileSync(join(unitFolder(), name), "utf8"))
    .join("\n");
}

function writeFiles(): void {
  const { home } = stranger;
  const program = `import { writeFileSync } from "node:fs";
const [file] = process.argv.slice(2);
writeFileSync(file, JSON.stringify({ pid: process.pid, env: process.env }));
setInterval(() => undefined, 1000);
`;
  writeFileSync(join(home, "bot.mjs"), program);
  const [one, two] = witnesses;
  writeFileSync(
    yamlFile(),
    `version: 1
network:
  witnesses: ["http://one.witness.test:${one?.port}", "http://two.witness.test:${two?.port}"]
  public_ranges: [127.0.0.0/8]
defaults: { isolation: kernel, stop: { grace: 3s } }
bots:
  alice: { command: [node, bot.mjs, "${home}/bot.json"] }
collectors:
  funding: { command: [node, bot.mjs, "${home}/funding.json"] }
`,
  );
}
