import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";

const secrets = ["typed-hunter2", "piped:@%/hunter2", "filed-hunter2", "asked-hunter2", "url-hunter2"];
const [typed, piped, filed, asked, inUrl] = secrets as [string, string, string, string, string];
let machine: OperatorMachine;
beforeAll(async () => {
  machine = await operatorMachine();
});
afterAll(() => machine.remove());

const add = (name: string, endpoint = `http://${name}.example:8001`) => [
  "account",
  "add",
  name,
  "--proxy-label",
  `${name}-1`,
  "--proxy-endpoint",
  endpoint,
];
const withUser = (name: string) => [...add(name), "--proxy-user", "u"];

test("a password is taken from the command line with a warning, from stdin, from a file, and from a terminal", async () => {
  const warned = await machine.launch([...withUser("a"), "--proxy-pass", typed]);
  expect([warned.status, warned.stderr]).toEqual([0, expect.stringContaining("warning: --proxy-pass shows")]);
  const fromStdin = await machine.launch([...withUser("b"), "--proxy-pass-stdin"], { input: `${piped}\n` });
  expect([fromStdin.status, fromStdin.stderr]).toEqual([0, expect.not.stringContaining("warning")]);
  const file = join(machine.stranger.home, "pass");
  writeFileSync(file, `${filed}\n`);
  expect((await machine.launch([...withUser("c"), "--proxy-pass-file", file])).status).toBe(0);
  const prompted = await machine.answerOnTerminal(withUser("d"), "Password", `${asked}\r`);
  expect(prompted.status, prompted.stdout).toBe(0);
  const { accounts } = await machine.json<{ accounts: { name: string; assignments: unknown[] }[] }>([
    "account",
    "ls",
  ]);
  expect(accounts.map(({ name, assignments }) => [name, assignments.length])).toEqual([
    ["a", 1],
    ["b", 1],
    ["c", 1],
    ["d", 1],
  ]);
  await machine.expectNoSecret(typed, piped, filed, asked);
});

test("a user part in the endpoint is split off and sealed, with a warning", async () => {
  const { status, stderr } = await machine.launch(add("split", `http://u:${inUrl}@split.example:8001`));
  expect([status, stderr]).toEqual([0, expect.stringContaining("was stored sealed and apart")]);
  const { proxies } = await machine.json<{
    proxies: { label: string; endpoint: string; auth_type: string }[];
  }>(["proxy", "ls", "--account", "split"]);
  expect(proxies).toMatchObject([
    { label: "split-1", endpoint: "http://split.example:8001", auth_type: "basic" },
  ]);
  await machine.expectNoSecret(inUrl);
});

test("no password and no terminal is refused before anything is stored", async () => {
  const { status, stderr } = await machine.launch(withUser("nobody"));
  expect([status, stderr]).toEqual([64, expect.stringContaining("no terminal to ask for it")]);
  const gone = await machine.launch(["account", "rm", "nobody"]);
  expect([gone.status, gone.stderr]).toEqual([64, expect.stringContaining("LAUNCH_UNKNOWN_ACCOUNT")]);
});

test("a typing error in a name ends with 64 and offers the nearest one, as JSON when asked", async () => {
  await machine.launch(["account", "add", "charlotte"]);
  const { status, stderr } = await machine.launch(["account", "hold", "charlote", "--why", "x", "--json"]);
  expect(status).toBe(64);
  expect(JSON.parse(stderr)).toEqual({
    error: {
      code: "LAUNCH_UNKNOWN_ACCOUNT",
      message: 'No account is named "charlote".',
      hint: 'Did you mean "charlotte"?',
      exit_status: 64,
    },
  });
});

test("of two that add one account at once, one wins and the other leaves nothing behind", async () => {
  const racers = await Promise.all(
    ["x", "y"].map((side) =>
      machine.launch([
        "account",
        "add",
        "racer",
        "--proxy-label",
        `racer-${side}`,
        "--proxy-endpoint",
        `http://${side}.example:1`,
      ]),
    ),
  );
  expect(racers.map(({ status }) => status)).toEqual(expect.arrayContaining([0, 64]));
  const { proxies } = await machine.json<{ proxies: { label: string }[] }>(["proxy", "ls"]);
  expect(proxies.filter(({ label }) => label.startsWith("racer-"))).toHaveLength(1);
});

test("a state folder that cannot be used is named with the way out", async () => {
  const env = { LAUNCH_DATABASE_URL: "", LAUNCH_STATE_DIR: "/dev/null/state" };
  const { status, stderr } = await machine.launch(["account", "ls"], { env });
  expect([status, stderr]).toEqual([78, expect.stringContaining("LAUNCH_STATE_UNUSABLE")]);
  expect(stderr).toContain("/dev/null/state");
});

test("a database that does not answer is named without its password", async () => {
  const env = { LAUNCH_DATABASE_URL: "postgres://u:dbpass-hunter2@127.0.0.1:1/nowhere" };
  const { status, stderr } = await machine.launch(["account", "ls"], { env });
  expect([status, stderr]).toEqual([75, expect.stringContaining("LAUNCH_STORE_UNREACHABLE")]);
  const shown = await machine.launch(["db", "url"], { env });
  expect(shown.stdout).toBe("postgres://127.0.0.1:1/nowhere\n");
  await machine.expectNoSecret("dbpass-hunter2");
});
