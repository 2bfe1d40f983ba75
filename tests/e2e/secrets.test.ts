import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningLaunch } from "../lab/launch-command.ts";
import type { Stage } from "../lab/stage.ts";
import { addAccount, e2eStage, ok, pidOf, seenAtVenue, startBot } from "../support/e2e-stage.ts";

let stage: Stage;
let launcher: RunningLaunch;
let botPid: number;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" } });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
  launcher = await startBot(stage, "alice", "fra-1");
  botPid = pidOf(await seenAtVenue(stage, ({ account }) => account === "alice"));
});
afterAll(() => stage.close());

/** Every form in which a secret could come out: as it is, percent-encoded, and as Basic credentials. */
async function secrets(): Promise<readonly string[]> {
  const key = (await readFile(join(stage.stateFolder, "keys"), "utf8"))
    .split("\n")
    .find((line) => /^[\w-]{43}=/.test(line));
  expect(key).toBeDefined();
  const proxies = [...stage.proxies.values()].flatMap(({ user, pass }) => [
    pass,
    encodeURIComponent(pass),
    Buffer.from(`${user}:${pass}`).toString("base64"),
    Buffer.from(pass).toString("base64").replace(/=*$/, ""),
  ]);
  return [...proxies, (key ?? "").trim()];
}

async function expectClean(what: string, text: string): Promise<void> {
  expect(text.length, `${what} was read`).toBeGreaterThan(0);
  for (const secret of await secrets()) expect(text.includes(secret), `${what} holds a secret`).toBe(false);
}

test.each(["launcher", "bot"] as const)(
  "no secret stands in argv or environment of the %s",
  async (whose) => {
    const pid = whose === "bot" ? botPid : launcher.pid;
    await expectClean(`argv of the ${whose}`, await readFile(`/proc/${pid}/cmdline`, "utf8"));
    await expectClean(`environment of the ${whose}`, await readFile(`/proc/${pid}/environ`, "utf8"));
  },
);

test("the bot's environment holds nothing of the launcher's own but the three variables it is given", async () => {
  const pairs = (await readFile(`/proc/${botPid}/environ`, "utf8")).split("\0");
  const ours = pairs.filter((pair) => pair.startsWith("LAUNCH_"));
  // A Node that was started ahead was told at which descriptor it waits; the bot itself does not find that (decision 0035).
  const given = ours.filter((pair) => pair !== "LAUNCH_HOLD=3");
  expect(given.map((pair) => pair.split("=")[0] ?? "").sort()).toEqual([
    "LAUNCH_ACCOUNT",
    "LAUNCH_CONTROL",
    "LAUNCH_RUN_ID",
  ]);
});

test("edge case 20: no secret is printed by any command, also not with --json and --debug", async () => {
  const commands = [
    ["ps", "--wide"],
    ["ps", "--running", "--json"],
    ["proxy", "ls", "--json"],
    ["proxy", "check", "--json"],
    ["account", "ls", "--json"],
    ["keys", "ls", "--json"],
    ["doctor", "--json"],
    ["events", "--json"],
    ["config", "explain"],
    ["generate", "pm2", "alice", "--out", "-"],
    ["generate", "docker", "--tier", "kernel", "alice"],
    ["generate", "kubernetes", "--image", "desk:1", "--tier", "kernel", "alice"],
    ["bot", "--account", "nobody", "--debug"],
  ];
  for (const words of commands) {
    const { stdout, stderr } = await stage.launch(words);
    await expectClean(`launch ${words.join(" ")}`, `${stdout}\n${stderr}\n`);
  }
  await expectClean("what the launcher said", [...launcher.stdout, ...launcher.stderr].join("\n"));
});

test("no file below the state folder but the key file holds a secret, and the database holds sealed credentials only", async () => {
  // A stopped server has written all that it holds.
  await launcher.end();
  await ok(stage, ["db", "stop"]);
  const wanted = await secrets();
  let sealed = 0;
  for (const file of await filesBelow(stage.stateFolder)) {
    if (file === join(stage.stateFolder, "keys")) continue;
    const bytes = await readFile(file);
    for (const secret of wanted) expect(bytes.includes(secret), `${file} holds a secret`).toBe(false);
    sealed += bytes.includes(fernetPrefix) ? 1 : 0;
  }
  expect(sealed).toBeGreaterThan(0);
});

/** How every Fernet token begins: version 0x80 and the zeros of a time before 2106, in base64. */
const fernetPrefix = "gAAAAA";

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/engine"))
    .map((entry) => join(entry.parentPath, entry.name));
}
