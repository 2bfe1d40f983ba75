import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, readyOn, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

const prober = fileURLToPath(new URL("../../fixtures/leak/tries-operator.mjs", import.meta.url));
const bin = fileURLToPath(new URL("../../../bin/launch", import.meta.url));
const asker = fileURLToPath(new URL("../../fixtures/bots/asks-venue.mjs", import.meta.url));

let stage: Stage;
let loopback: Server;
beforeAll(async () => {
  stage = await e2eStage({
    proxies: { "fra-1": "http", "ams-1": "socks5" },
    yaml: ({ venuePort, folder }) => {
      const node = JSON.stringify(process.execPath);
      const venue = `ports: [${venuePort}], env: { VENUE_URL: "https://venue.test:${venuePort}" }`;
      return [
        "defaults: { stop: { grace: 2s } }",
        "bots:",
        `  alice: { command: [${node}, ${JSON.stringify(prober)}, ${JSON.stringify(folder)}] }`,
        `  bob: { command: [${node}, ${JSON.stringify(asker)}], ${venue} }`,
      ].join("\n");
    },
  });
  await addAccount(stage, "alice", ["fra-1"]);
  await addAccount(stage, "bob", ["ams-1"]);
  await startBot(stage, "bob", "ams-1", ["--isolation", "kernel"]);
  // Stands for a database server that the operator reaches by TCP.
  loopback = createServer((socket) => socket.on("error", () => {}).end()).listen(0, "127.0.0.1");
});
afterAll(async () => {
  loopback.close();
  await stage.close();
});

test("a bot of the kernel tier can do nothing that is its operator's", async () => {
  const { outcomes, stderr } = await outcomesIn("kernel");
  expect(Object.entries(outcomes).filter(([, outcome]) => !outcome.startsWith("refused"))).toEqual([]);
  expect(Object.keys(outcomes)).toHaveLength(10);
  // Its signal would have opened the launcher to every user of the host.
  expect(stderr).not.toContain("Debugger");
});

test("a bot of the preload tier can do all that its operator can, as the guide says in plain words", async () => {
  const { outcomes, stderr } = await outcomesIn("preload");
  const done = Object.keys(outcomes).filter((name) => outcomes[name]?.startsWith("done"));
  expect(done).toEqual(expect.arrayContaining(operatorsOwn));
  expect(stderr).not.toContain("Debugger");
  const guide = readFileSync(new URL("../../../docs/guarantees.md", import.meta.url), "utf8");
  expect(guide.replaceAll(/\s+/g, " ")).toContain(
    "In the preload and env tiers a hostile program can also read the key file and the database",
  );
});

const operatorsOwn = [
  "key file",
  "state folder",
  "database socket",
  "another run's bot.sock",
  "launch ps",
  "launch account ls",
  "launch demote",
  "launch keys ls",
];

async function outcomesIn(
  tier: "kernel" | "preload",
): Promise<{ readonly outcomes: Readonly<Record<string, string>>; readonly stderr: string }> {
  const run = join(stage.stateFolder, "run");
  const before = new Set(readdirSync(run));
  const launcher = stage.start(["bot", "--account", "alice", "--isolation", tier]);
  await readyOn(stage, launcher, "fra-1");
  const facts = {
    bin,
    env: stage.env,
    stateFolder: stage.stateFolder,
    keyFile: join(stage.stateFolder, "keys"),
    databaseSocket: join(stage.stateFolder, "db", "run", ".s.PGSQL.5432"),
    otherSocket: join(run, [...before].find((name) => name.endsWith(".sock")) ?? "missing"),
    databaseUrl: `postgres://launch@127.0.0.1:${(loopback.address() as { port: number }).port}/launch`,
    launcher: launcher.pid,
  };
  const [asked, told] = [join(stage.folder, "facts.json"), join(stage.folder, "outcomes.json")];
  writeFileSync(`${asked}.draft`, JSON.stringify(facts));
  renameSync(`${asked}.draft`, asked);
  await eventually(
    () => existsSync(told),
    (isThere) => isThere,
    60_000,
  );
  const outcomes = JSON.parse(readFileSync(told, "utf8"));
  await launcher.end();
  for (const file of [asked, told]) rmSync(file);
  return { outcomes, stderr: launcher.stderr.join("\n") };
}
