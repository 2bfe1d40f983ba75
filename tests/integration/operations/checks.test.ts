import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LabEcho, startEcho } from "../../lab/echo.ts";
import { type LabProxy, startHttpProxy } from "../../lab/http-proxy.ts";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";

const pass = "l4b:@%/hunter2";
const names = { "one.test": "127.0.0.1", "two.test": "127.0.0.1" };
let machine: OperatorMachine;
let echoes: readonly LabEcho[];
let proxies: readonly LabProxy[];

beforeAll(async () => {
  machine = await operatorMachine();
  echoes = await Promise.all([startEcho({ shape: "ipify" }), startEcho({ shape: "ipinfo" })]);
  proxies = await Promise.all(
    ["127.0.0.11", "127.0.0.12"].map((exitAddress) =>
      startHttpProxy({ exitAddress, user: "u", pass, names }),
    ),
  );
  const [one, two] = echoes;
  writeFileSync(
    join(machine.stranger.home, "launch.yaml"),
    `version: 1
network:
  witnesses: ["http://one.test:${one?.port}/?format=json", "http://two.test:${two?.port}/json"]
  public_ranges: ["127.0.0.0/8"]
`,
    { mode: 0o600 },
  );
  await add("good", 0, pass);
  await add("wrong", 1, "n0t-hunter2");
  const gone = ["proxy", "add", "gone", "--proxy-endpoint", "http://127.0.0.1:1"];
  expect((await machine.launch(gone)).status).toBe(0);
});
afterAll(async () => {
  await Promise.all([...echoes, ...proxies].map((piece) => piece.close()));
  await machine.remove();
});

async function add(label: string, index: number, input: string): Promise<void> {
  const proxy = proxies[index];
  const endpoint = `http://${proxy?.host}:${proxy?.port}`;
  const words = [
    "proxy",
    "add",
    label,
    "--proxy-endpoint",
    endpoint,
    "--proxy-user",
    "u",
    "--proxy-pass-stdin",
  ];
  const { status, stderr } = await machine.launch(words, { input });
  expect(status, stderr).toBe(0);
}

test("a check tells a proven exit, a refused password and a dead proxy apart, and keeps what it saw", async () => {
  const { status, stdout, stderr } = await machine.launch(["proxy", "check", "--timeout", "5s", "--json"]);
  expect(status, stderr).toBe(1);
  expect(JSON.parse(stdout).proxies).toMatchObject([
    { proxy: "gone", verdict: "failed", outcome: "refused", exit_ip: null },
    { proxy: "good", verdict: "ok", outcome: "proven", exit_ip: "127.0.0.11", exit_reach: "lab", agreed: 2 },
    { proxy: "wrong", verdict: "failed", outcome: "auth" },
  ]);
  const listed = await machine.json<{ proxies: { label: string; state: string }[] }>(["proxy", "ls"]);
  expect(listed.proxies.map(({ label, state }) => [label, state])).toEqual([
    ["gone", "suspect"],
    ["good", "ok"],
    ["wrong", "auth_failed"],
  ]);
  expect(echoes.flatMap(({ peers }) => peers)).toEqual(["127.0.0.11", "127.0.0.11"]);
  await machine.expectNoSecret(pass, "n0t-hunter2");
});

test("an exit that is not the expected one fails the check, with the command that corrects the expectation", async () => {
  await machine.launch(["proxy", "edit", "good", "--proxy-expected-ip", "127.0.0.99"]);
  const { status, stdout, stderr } = await machine.launch(["proxy", "check", "good"]);
  expect([status, stdout]).toEqual([1, expect.stringContaining("127.0.0.11, not the expected 127.0.0.99")]);
  expect(stderr).toContain("launch proxy edit good --proxy-expected-ip");
  await machine.launch(["proxy", "edit", "good", "--clear", "expected-ip"]);
  expect((await machine.launch(["proxy", "check", "good"])).status).toBe(0);
});

test("a check says what is known of the vendors, once for all their proxies", async () => {
  for (const label of ["good", "wrong"])
    await machine.launch(["proxy", "edit", label, "--proxy-provider", "webshare"]);
  const { stderr } = await machine.launch(["proxy", "check", "good", "wrong", "--timeout", "5s"]);
  expect(stderr.match(/^.*Webshare replaces an address/gm)).toEqual([
    "good, wrong: Webshare replaces an address",
  ]);
});

test("a check of all counts them in the end, writes no progress into a pipe, and takes no labels", async () => {
  const { stderr } = await machine.launch(["proxy", "check", "--all", "--timeout", "5s"]);
  expect(stderr.match(/^Checked .*$/gm)).toEqual(["Checked 3 of 3 proxies: 1 ok, 2 failed, 0 unsure."]);
  const both = await machine.launch(["proxy", "check", "--all", "good"]);
  expect([both.status, both.stderr]).toEqual([64, expect.stringContaining("--all was given with labels")]);
});

test("the doctor finds a readable key file and a refused password, and says how to repair each", async () => {
  const { status, stdout } = await machine.launch(["doctor", "--json"]);
  expect(status).toBe(1);
  const { findings } = JSON.parse(stdout) as {
    findings: { subject: string; verdict: string; fix: string | null }[];
  };
  const finding = (subject: string) => findings.find((each) => each.subject === subject);
  expect(finding("proxy wrong")).toMatchObject({
    verdict: "failed",
    fix: expect.stringContaining("proxy edit"),
  });
  expect(finding("proxy good")).toMatchObject({ verdict: "ok" });
  expect(finding("database")).toMatchObject({ verdict: "ok" });
  expect(finding("keys")).toMatchObject({ verdict: "ok" });
  await machine.expectNoSecret(pass, "n0t-hunter2");
});

test("an export goes into another database whole, and the credential opens there with the same keys", async () => {
  const file = join(machine.stranger.home, "backup.ndjson");
  expect((await machine.launch(["db", "export", file])).status).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await machine.launch(["db", "export", file])).status).toBe(64);
  const other = await operatorMachine();
  try {
    const keys = { env: { LAUNCH_KEY_FILE: join(machine.stranger.home, "state", "keys") } };
    const { rows } = await other.json<{ rows: number }>(["db", "import", file], keys);
    expect(rows).toBeGreaterThan(3);
    // What this host sees stays here: another one finds out for itself.
    const identities = async (from: OperatorMachine, options?: { env: Record<string, string> }) => {
      const { proxies } = await from.json<{ proxies: Record<string, unknown>[] }>(["proxy", "ls"], options);
      return proxies.map(({ hosts: _hosts, state: _state, state_since: _since, ...identity }) => identity);
    };
    expect(await identities(other, keys)).toEqual(await identities(machine));
    const doctor = await other.launch(["doctor", "--offline"], keys);
    expect(doctor.stdout).toContain("2 can be opened");
  } finally {
    await other.remove();
  }
});
