import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packageRoot } from "../../lib/config/package-root.ts";
import { eventually } from "../support/eventually.ts";
import { type EngineHost, openEngineHost, proxyPassword } from "../support/operator/engine-host.ts";
import { finish, type Stranger } from "../support/operator/launch-program.ts";
import { isRunning } from "../support/processes/is-running.ts";
import { signal } from "../support/processes/signal.ts";

const shellSecret = "shell-secret-hunter3";
const program = () => `import { writeFileSync } from "node:fs";
writeFileSync(process.argv[2], String(process.pid));
setInterval(() => undefined, 1000);
`;

let host: EngineHost;
let stranger: Stranger;

beforeEach(async () => {
  host = await openEngineHost({ program, isolation: "env" });
  ({ stranger } = host);
  for (const words of [["init"], host.addAlice]) {
    const { status, stderr } = await stranger.launch(words, { input: `${proxyPassword}\n` });
    expect(status, stderr).toBe(0);
  }
});

afterEach(async () => {
  await pm2(["kill"]);
  await stranger.launch(["db", "stop"]);
  await host.close();
});

test("pm2 starts the generated file, the bot is proven, stopped whole, and no secret is anywhere in pm2", async () => {
  const made = await stranger.launch(["generate", "pm2", "--out", "bots.config.cjs"]);
  expect(made.status, made.stderr).toBe(0);

  const started = await pm2(["start", join(stranger.home, "bots.config.cjs")]);
  expect(started.status, started.stdout + started.stderr + logs()).toBe(0);
  const runs = await liveRuns();
  expect(runs, logs()).toEqual([expect.objectContaining({ unit: "alice", exit_ip: "127.0.0.11" })]);
  const botPid = Number(host.told("alice"));
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
  await stranger.launch(["generate", "pm2", "--one", "--out", "."]);
  const started = await pm2(["start", join(stranger.home, "ecosystem.config.cjs")]);
  expect(started.status, started.stdout + started.stderr + logs()).toBe(0);
  expect(await liveRuns(), logs()).toEqual([
    expect.objectContaining({ unit: "alice", exit_ip: "127.0.0.11" }),
  ]);
  const [entry] = JSON.parse((await pm2(["jlist"])).stdout) as readonly { name: string; pid: number }[];
  expect(entry).toMatchObject({ name: "launch", pm2_env: { status: "online" } });

  const botPid = Number(host.told("alice"));
  signal(entry?.pid, "SIGKILL");
  const second = await eventually(
    () => Number(host.told("alice")),
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
