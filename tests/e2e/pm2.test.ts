import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packageRoot } from "../../lib/config/package-root.ts";
import { type LabEcho, startEcho } from "../lab/echo.ts";
import { type LabProxy, startHttpProxy } from "../lab/http-proxy.ts";
import { eventually } from "../support/eventually.ts";
import { finish, newStranger, type Stranger } from "../support/operator/launch-program.ts";
import { isRunning } from "../support/processes/is-running.ts";
import { signal } from "../support/processes/signal.ts";

const proxyPassword = "proxy-pass-hunter2";
const shellSecret = "shell-secret-hunter3";
const names = { "one.witness.test": "127.0.0.21", "two.witness.test": "127.0.0.22" };

let stranger: Stranger;
let proxy: LabProxy;
let witnesses: readonly LabEcho[];

beforeEach(async () => {
  stranger = newStranger();
  proxy = await startHttpProxy({ exitAddress: "127.0.0.11", user: "user", pass: proxyPassword, names });
  witnesses = [
    await startEcho({ shape: "ipify", listen: { host: "127.0.0.21" } }),
    await startEcho({ shape: "ipinfo", listen: { host: "127.0.0.22" } }),
  ];
});

afterEach(async () => {
  await pm2(["kill"]);
  await stranger.launch(["db", "stop"]);
  for (const piece of [proxy, ...witnesses]) await piece.close();
  stranger.remove();
});

test("pm2 starts the generated file, the bot is proven, stopped whole, and no secret is anywhere in pm2", async () => {
  await prepare();
  const made = await stranger.launch(["generate", "pm2", "--out", "bots.config.cjs"]);
  expect(made.status, made.stderr).toBe(0);

  const started = await pm2(["start", join(stranger.home, "bots.config.cjs")]);
  expect(started.status, started.stdout + started.stderr + logs()).toBe(0);
  const runs = await liveRuns();
  expect(runs, logs()).toEqual([expect.objectContaining({ unit: "alice", exit_ip: "127.0.0.11" })]);
  const botPid = Number(readFileSync(join(stranger.home, "bot.pid"), "utf8"));
  expect(isRunning(botPid)).toBe(true);

  await pm2(["save"]);
  const listed = await pm2(["jlist"]);
  expect(listed.stdout).toContain('"bot-alice"');
  const everything = listed.stdout + allTextBelow(join(stranger.home, ".pm2")) + logs();
  for (const secret of [proxyPassword, shellSecret, key()]) expect(everything).not.toContain(secret);

  await pm2(["stop", "bot-alice"]);
  expect(isRunning(botPid)).toBe(false);
  expect(await liveRuns()).toEqual([]);
});

test("pm2 runs all of launch.yaml as one entry, which is ready when its units have started, and ends whole", async () => {
  await prepare();
  await stranger.launch(["generate", "pm2", "--one", "--out", "."]);
  const started = await pm2(["start", join(stranger.home, "ecosystem.config.cjs")]);
  expect(started.status, started.stdout + started.stderr + logs()).toBe(0);
  expect(await liveRuns(), logs()).toEqual([
    expect.objectContaining({ unit: "alice", exit_ip: "127.0.0.11" }),
  ]);
  const [entry] = JSON.parse((await pm2(["jlist"])).stdout) as readonly { name: string; pid: number }[];
  expect(entry).toMatchObject({ name: "launch", pm2_env: { status: "online" } });

  const botPid = Number(readFileSync(join(stranger.home, "bot.pid"), "utf8"));
  signal(entry?.pid, "SIGKILL");
  const second = await eventually(
    () => Number(readFileSync(join(stranger.home, "bot.pid"), "utf8")),
    (pid) => pid > 0 && pid !== botPid,
    60_000,
    100,
  );
  expect(isRunning(botPid)).toBe(false);
  // An end that nobody wants undone: pm2 leaves it ended.
  expect((await stranger.launch(["down"])).status).toBe(0);
  expect(isRunning(second)).toBe(false);
  const after = async () => JSON.parse((await pm2(["jlist"])).stdout) as { pm2_env: object }[];
  expect(await after()).toEqual([
    expect.objectContaining({ pm2_env: expect.objectContaining({ exit_code: 99, restart_time: 1 }) }),
  ]);
  expect(await liveRuns()).toEqual([]);
});

/** The set-up that README describes, with the lab's witnesses in launch.yaml. */
async function prepare(): Promise<void> {
  const { home } = stranger;
  const bot = join(home, "bot.mjs");
  writeFileSync(
    bot,
    `import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(join(home, "bot.pid"))}, String(process.pid));
setInterval(() => undefined, 1000);
`,
  );
  const [one, two] = witnesses;
  writeFileSync(
    join(home, "launch.yaml"),
    `version: 1
network:
  witnesses: ["http://one.witness.test:${one?.port}", "http://two.witness.test:${two?.port}"]
  public_ranges: [127.0.0.0/8]
defaults: { isolation: env, stop: { grace: 3s } }
bots:
  alice: { command: [node, bot.mjs] }
`,
  );
  const proxyFlags = `--proxy-label fra-1 --proxy-endpoint http://127.0.0.1:${proxy.port} --proxy-user user`;
  const add = `account add alice ${proxyFlags} --proxy-pass-stdin`;
  for (const line of ["init", add]) {
    const { status, stderr } = await stranger.launch(line.split(" "), { input: `${proxyPassword}\n` });
    expect(status, stderr).toBe(0);
  }
}

/** Runs the real pm2 as an operator would from a shell that holds a secret; its daemon lives in the stranger's home. */
function pm2(words: readonly string[]) {
  const program = join(packageRoot(), "node_modules", "pm2", "bin", "pm2");
  const env = {
    ...stranger.env,
    PM2_HOME: join(stranger.home, ".pm2"),
    MY_SECRET: shellSecret,
    LAUNCH_STATE_DIR: "",
  };
  return finish(spawn(process.execPath, [program, ...words], { cwd: stranger.home, env }));
}

async function liveRuns(): Promise<readonly unknown[]> {
  const { stdout, stderr } = await stranger.launch(["ps", "--running", "--json"]);
  const answer = JSON.parse(stdout || "{}") as { runs?: readonly { state: string }[] };
  expect(answer.runs, stderr).toBeDefined();
  return (answer.runs ?? []).filter(({ state }) => state === "running");
}

function key(): string {
  return (
    readFileSync(join(stranger.home, "state", "keys"), "utf8")
      .trim()
      .split("\n")
      .at(-1) ?? ""
  );
}

function logs(): string {
  return allTextBelow(join(stranger.home, "state", "logs"));
}

function allTextBelow(folder: string): string {
  if (!existsSync(folder)) return "";
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
}
