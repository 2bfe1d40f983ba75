import { execFile } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";

const run = promisify(execFile);
let machine: OperatorMachine;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  machine = await operatorMachine();
  env = { ...machine.stranger.env, LAUNCH_DATABASE_URL: machine.database.url };
  writeFileSync(
    join(machine.stranger.home, "launch.yaml"),
    "version: 1\nbots: { alba: { command: [node, bot.js] } }\ncollectors: { funding: { command: [node, c.js] } }\nnotify: { channels: { phone: { command: [logger] } } }\n",
  );
  await machine.launch("account add alice bob".split(" "));
  await machine.launch(
    "proxy add fra-1 --proxy-endpoint http://127.0.0.1:9 --proxy-user u --proxy-pass-stdin".split(" "),
    { input: "hunter2\n" },
  );
});
afterAll(() => machine.remove());

const words = async (line: string, more: Readonly<Record<string, string>> = {}) => {
  const { stdout } = await machine.stranger.launch(["completion", "words", "--", ...line.split(" ")], {
    env: { ...env, ...more },
  });
  return stdout.trimEnd().split("\n");
};
const inShell = async (shell: string, args: readonly string[]) =>
  (await run(shell, [...args], { env, cwd: machine.stranger.home })).stdout.trimEnd().split("\n").sort();

describe("a completion", () => {
  test("knows accounts, proxies, bots and collectors", async () => {
    expect(await words("account rm ")).toEqual(["alba", "alice", "bob"]);
    expect(await words("proxy edit ")).toEqual(["fra-1"]);
    expect(await words("collector ")).toEqual(["funding"]);
    expect(await words("logs ")).toEqual(["alba", "alice", "bob", "funding"]);
    expect(await words("notify test ")).toEqual(["phone"]);
  });

  test("knows them by their kind as well, as a bot and a collector of one name are told apart", async () => {
    const bots = ["bot:alba", "bot:alice", "bot:bob"];
    for (const line of [
      "why bot:",
      "account history bot:",
      "events bot:al",
      "exec bot:",
      "bot --account bot:",
    ])
      expect(await words(line)).toEqual(bots);
    for (const line of ["events collector:", "collector collector:f", "generate pm2 collector:"])
      expect(await words(line)).toEqual(["collector:funding"]);
    expect(await words("why collector:")).toEqual([""]);
    expect(await words("events ")).toEqual(["alba", "alice", "bob", "funding"]);
  });

  test("takes names as they were last seen where the database is elsewhere or does not answer, and reaches for no network", async () => {
    await words("account rm ");
    const gone = { LAUNCH_DATABASE_URL: "postgres://launch@127.0.0.1:1/launch" };
    expect(await words("account rm ", gone)).toEqual(["alba", "alice", "bob"]);
    const elsewhere = { LAUNCH_DATABASE_URL: "postgres://launch@192.0.2.1/launch" };
    expect(await words("account rm ", elsewhere)).toEqual(["alba", "alice", "bob"]);
    const { mode } = statSync(join(machine.stranger.home, "state/cache/names.json"));
    expect(mode & 0o777).toBe(0o600);
  });

  test("starts no database, asks nothing and complains of nothing", async () => {
    const cwd = join(machine.stranger.home, "empty");
    mkdirSync(cwd, { recursive: true });
    const state = join(cwd, "state");
    const extra = { cwd, env: { LAUNCH_STATE_DIR: state } };
    const fresh = await machine.stranger.launch(["completion", "words", "--", "account", "rm", ""], extra);
    expect(fresh).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(() => statSync(state)).toThrow();
  });
});

describe("in a real shell", () => {
  test("bash completes names and commands", async () => {
    const script = (line: readonly string[]) =>
      `source <(launch completion bash); COMP_WORDS=(${line.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${line.length - 1}; _launch_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ask = (...line: string[]) => inShell("bash", ["--norc", "-c", script(["launch", ...line])]);
    expect(await ask("account", "rm", "al")).toEqual(["alba", "alice"]);
    expect(await ask("acc")).toEqual(["account"]);
    expect(await ask("bot", "alice", "--iso")).toEqual(["--isolation"]);
    // As bash splits `logs bot:al` and `logs collector:`.
    expect(await ask("logs", "bot", ":", "al")).toEqual(["alba", "alice"]);
    expect(await ask("logs", "collector", ":")).toEqual(["funding"]);
  });

  test("fish completes names and commands", async (context) => {
    if (!(await isThere("fish"))) context.skip("fish is not installed");
    const ask = (line: string) =>
      inShell("fish", [
        "--no-config",
        "-c",
        `launch completion fish | source; complete -C ${JSON.stringify(line)}`,
      ]);
    expect(await ask("launch account rm al")).toEqual(["alba", "alice"]);
    expect(await ask("launch acc")).toEqual([expect.stringMatching(/^account\tThe accounts/)]);
  });

  test("zsh completes a name as it is typed", async (context) => {
    if (!(await isThere("zsh"))) context.skip("zsh is not installed");
    const socket = join(machine.stranger.home, "tmux.sock");
    const tmux = (...args: string[]) =>
      run("tmux", ["-S", socket, ...args], { env, cwd: machine.stranger.home });
    const screen = async () => (await tmux("capture-pane", "-p")).stdout;
    await tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "zsh -f");
    onTestFinished(async () => void (await tmux("kill-server")));
    const ready = "autoload -Uz compinit; compinit -u; source <(launch completion zsh); PS1='ready> '";
    await tmux("send-keys", ready, "Enter");
    await eventually(screen, (text) => /^ready>\s*$/m.test(text));
    await tmux("send-keys", "launch proxy edit fr", "Tab");
    await eventually(screen, (text) => text.includes("launch proxy edit fra-1"));
    await tmux("send-keys", "C-u");
    await tmux("send-keys", "launch account hol", "Tab");
    await eventually(screen, (text) => text.includes("launch account hold"));
  });
});

async function isThere(program: string): Promise<boolean> {
  if (process.env["CI"]) return true;
  return await run("which", [program]).then(
    () => true,
    () => false,
  );
}
