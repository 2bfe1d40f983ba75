import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";

let machine: OperatorMachine;
beforeAll(async () => {
  machine = await operatorMachine();
});
afterAll(() => machine.remove());

const secret = "imp0rt-s3cret";
const formats: Readonly<Record<string, string>> = {
  urls: `# vendor A\nhttp://u:${secret}@a.example:8001\nsocks5://u:${secret}@[2001:db8::1]:1080\n`,
  "host:port": "b.example:8001\n",
  "host:port:user:pass": `c.example:8001:u:${secret}\n`,
  "user:pass@host:port": `u:${secret}:@%@d.example:8001\n`,
  csv: `ip,port,user,pass,country,city\n203.0.113.9,8001,u,${secret},UK,London\n`,
  json: JSON.stringify([{ host: "e.example", port: 8001, username: "u", password: secret, label: "json-1" }]),
};
const importText = (text: string, ...flags: string[]) =>
  machine.launch(["proxy", "import", "-", ...flags], { input: text });
const labels = async () =>
  (await machine.json<{ proxies: { label: string }[] }>(["proxy", "ls"])).proxies.map(({ label }) => label);

test("every form is brought in, and a second time everything is known already", async () => {
  for (const [form, text] of Object.entries(formats)) {
    const first = await importText(text);
    expect([form, first.status, first.stderr]).toEqual([
      form,
      0,
      expect.stringMatching(/[12] added, 0 updated/),
    ]);
  }
  const again = await importText(formats["csv"] ?? "", "--json");
  expect(JSON.parse(again.stdout).lines).toMatchObject([{ line: 2, outcome: "unchanged" }]);
  expect(await labels()).toHaveLength(7);
  await machine.expectNoSecret(secret);
});

test("a list without a proxy is said", async () => {
  for (const text of ["", "# none\n", "host,port\n", '{"proxies": []}'])
    expect((await importText(text)).stderr).toContain("The list holds no proxy.");
});

test("a changed password and a changed country are updates of the same proxy", async () => {
  const before = await labels();
  const text = "ip,port,user,pass,country\n203.0.113.9,8001,u,an0ther-s3cret,DE\n";
  const { stdout } = await importText(text, "--json");
  expect(JSON.parse(stdout).lines).toMatchObject([
    { outcome: "updated", changed: ["credential", "country"] },
  ]);
  expect(await labels()).toEqual(before);
  await machine.expectNoSecret("an0ther-s3cret");
});

test("one bad line keeps all others out, with its number and without its text", async () => {
  const before = await labels();
  const text = `good.example:8001\nbad.example:99999999:u:${secret}\n`;
  const { status, stderr } = await importText(text);
  expect([status, stderr]).toEqual([1, expect.stringContaining("line 2: ")]);
  expect(stderr).toContain("nothing was stored");
  expect(await labels()).toEqual(before);
  const skipping = await importText(text, "--skip-bad", "--dry-run");
  expect([skipping.status, skipping.stderr]).toEqual([0, expect.stringContaining("Nothing was stored.")]);
  expect(await labels()).toEqual(before);
  expect((await importText(text, "--skip-bad")).stderr).toContain(
    "1 added, 0 updated, 0 unchanged, 1 lines skipped",
  );
  expect(await labels()).toHaveLength(before.length + 1);
  await machine.expectNoSecret(secret);
});

test("a line with two readings is reported, never guessed", async () => {
  const { status, stderr } = await importText("10.0.0.1:8001:10.0.0.2:8002\n");
  expect([status, stderr]).toEqual([1, expect.stringContaining("line 1: ")]);
});

test("an account gets all of a list in its order, and a repeated import does not undo a demotion", async () => {
  await machine.launch(["account", "add", "alice"]);
  const text = "p1.example:1\np2.example:2\n";
  expect((await importText(text, "--account", "alice")).status).toBe(0);
  await machine.launch(["demote", "alice", "p1.example-1", "--quarantine"]);
  expect((await importText(text, "--account", "alice")).status).toBe(0);
  const { accounts } = await machine.json<{
    accounts: { assignments: { proxy: string; priority: number; status: string }[] }[];
  }>(["account", "ls"]);
  expect(accounts[0]?.assignments).toMatchObject([
    { proxy: "p1.example-1", priority: 1, status: "quarantined" },
    { proxy: "p2.example-2", priority: 2, status: "standby" },
  ]);
});

test("a list is dealt out over accounts, new proxies get the prefix, and a second time nothing moves", async () => {
  for (const name of ["bob", "carol"]) await machine.launch(["account", "add", name]);
  const text = `q1.example:1:u:${secret}\nq2.example:2:u:${secret}\nq3.example:3:u:${secret}\n`;
  const words = ["--accounts", "bob,carol", "--label-prefix", "ox-"];
  const dealt = async () => {
    const { accounts } = await machine.json<{
      accounts: { name: string; assignments: { proxy: string }[] }[];
    }>(["account", "ls"]);
    return Object.fromEntries(
      accounts.map(({ name, assignments }) => [name, assignments.map(({ proxy }) => proxy)]),
    );
  };
  for (const turn of ["first", "second"]) {
    const { status, stderr } = await importText(text, ...words);
    expect([turn, status, stderr]).toEqual([
      turn,
      0,
      expect.stringMatching(/3 (added|unchanged)|0 added.*3 unchanged/),
    ]);
    expect(await dealt()).toMatchObject({ bob: ["ox-1", "ox-3"], carol: ["ox-2"] });
  }
  const unknown = await importText(text, "--accounts", "bob,carrol");
  expect([unknown.status, unknown.stderr]).toEqual([64, expect.stringContaining('Did you mean "carol"?')]);
  await machine.expectNoSecret(secret);
});

test("an import that is killed while it stores leaves nothing behind, and the next one brings all in", async () => {
  const count = 3_000;
  const text = Array.from({ length: count }, (_, index) => `killed.example:${index + 1}:u:${secret}\n`).join(
    "",
  );
  const words = ["proxy", "import", "-", "--label-prefix", "killed-"];
  const env = { LAUNCH_DATABASE_URL: machine.database.url };
  const child = machine.stranger.start(words, { env });
  child.stdin?.end(text);
  await new Promise<void>((resolve) => {
    let told = "";
    child.stderr?.on("data", (chunk) => {
      told += String(chunk);
      if (told.includes(`Importing ${count} proxies`)) resolve();
    });
    child.once("close", () => resolve());
  });
  child.kill("SIGKILL");
  await new Promise((resolve) =>
    child.exitCode === null && child.signalCode === null ? child.once("close", resolve) : resolve(undefined),
  );
  const left = (await labels()).filter((label) => label.startsWith("killed-")).length;
  expect([0, count]).toContain(left);
  const again = await importText(text, "--label-prefix", "killed-", "--json");
  expect(JSON.parse(again.stdout).lines).toHaveLength(count);
  expect((await labels()).filter((label) => label.startsWith("killed-"))).toHaveLength(count);
});

test("a file of UTF-16 is read by its mark, one of another encoding is named, and nothing is stored of it", async () => {
  const folder = machine.stranger.home;
  const text = "wide.example:1:u:p\u00E4ss\r\n";
  writeFileSync(join(folder, "wide.txt"), Buffer.from(`\uFEFF${text}`, "utf16le"));
  writeFileSync(join(folder, "latin.txt"), Buffer.from(text, "latin1"));
  const words = (file: string) => ["proxy", "import", join(folder, file)];
  expect((await machine.launch(words("wide.txt"))).stderr).toContain("1 added");
  const refused = await machine.launch(words("latin.txt"));
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/latin\.txt is not UTF-8: line 1/),
  ]);
});

test("what is known of a vendor is said once for all its lines, and by proxy add and edit, and nothing is refused for it", async () => {
  const line = (port: number) => `http://user-x:${secret}@disp.oxylabs.io:${port}\n`;
  const list = `${line(8000)}${line(8001)}http://u-stc-any:${secret}@gw.netnut.net:5959\nhttp://v-stc-any:${secret}@gw.netnut.net:5959\n`;
  const { status, stderr } = await importText(list);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^warning: line 1: Port 8000 of Oxylabs takes a random address .*[^)]$/m);
  expect(stderr).toMatch(/^warning: line 3: -stc-any is a random static address .* \(and 1 more lines\)$/m);
  expect(stderr.match(/^warning: /gm)).toHaveLength(2);
  const words = [
    "proxy",
    "add",
    "ws-1",
    "--proxy-endpoint",
    "http://p.webshare.io:80",
    "--proxy-user",
    "u-1",
  ];
  const added = await machine.launch([...words, "--proxy-pass-stdin"], { input: secret });
  expect([added.status, added.stderr]).toEqual([
    0,
    expect.stringMatching(/^warning: Webshare replaces an address/m),
  ]);
  const pinned = [...words.with(2, "ws-2"), "--proxy-expected-ip", "203.0.113.7", "--proxy-pass-stdin"];
  expect((await machine.launch(pinned, { input: secret })).stderr).not.toContain("Webshare");
  const edit = (...words: readonly string[]) => machine.launch(["proxy", "edit", "ws-2", ...words]);
  const moved = await edit("--proxy-endpoint", "http://disp.oxylabs.io:8000");
  expect(moved.stderr).toMatch(/^warning: Port 8000 of Oxylabs takes a random address/m);
  expect((await edit("--proxy-country", "DE")).stderr).not.toContain("warning:");
  await machine.expectNoSecret(secret);
});
