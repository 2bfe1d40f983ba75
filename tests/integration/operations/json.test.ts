import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandTable } from "../../../lib/cli/command-table.ts";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";

let machine: OperatorMachine;
beforeAll(async () => {
  machine = await operatorMachine();
  const yaml = "version: 1\nbots: { alice: { command: [node, bot.js] } }\n";
  writeFileSync(join(machine.stranger.home, "launch.yaml"), yaml);
});
afterAll(() => machine.remove());

interface Step {
  readonly words: readonly string[];
  readonly input?: string;
  /** The status it ends with; 0 unless given. */
  readonly status?: number;
}

const endpoint = "http://127.0.0.1:9";
const pass = "hunter2\n";
const bare = (text: string): Step => ({ words: text.split(" ") });

/** One call of every command that ends by itself: those of a line can run at once, and need what the lines before did. */
const steps: readonly (readonly Step[])[] = [
  [
    bare("init"),
    bare("db url"),
    bare("db migrate"),
    bare("generate pm2"),
    bare("generate systemd"),
    bare("generate man --out man"),
    bare("generate docker"),
    bare("generate kubernetes --image x"),
    bare("generate nomad --image x"),
    bare("completion bash"),
  ],
  [
    {
      words: [
        ...bare(`account add alice --venue okx --proxy-label fra-1 --proxy-endpoint ${endpoint}`).words,
        ...bare("--proxy-user u --proxy-pass-stdin").words,
      ],
      input: pass,
    },
    bare("proxy add ams-1 --proxy-endpoint http://127.0.0.1:19"),
    { words: ["proxy", "import", "-"], input: "http://u:hunter2@127.0.0.1:29\n" },
    bare("config explain"),
    bare("config check"),
    bare("up --dry-run"),
    bare("down"),
    { words: ["account", "import", "-"], input: "carol\n" },
  ],
  [
    bare("assign alice ams-1"),
    bare("account hold alice --why audit"),
    bare("proxy edit ams-1 --proxy-country DE"),
  ],
  [bare("demote alice ams-1"), bare("account release alice"), bare("proxy disable ams-1"), bare("keys ls")],
  [bare("revive alice ams-1"), bare("proxy enable ams-1"), bare("keys new")],
  [bare("unassign alice ams-1"), bare("keys rotate"), bare("account ls"), bare("proxy ls")],
  [{ ...bare("proxy check fra-1 --timeout 1s"), status: 75 }, bare("proxy rm ams-1"), bare("ps --all")],
  [
    bare("account ips alice"),
    bare("account allow alice 203.0.113.7"),
    bare("account history alice"),
    bare("proxy history fra-1"),
    bare("burn 203.0.113.7 --venue okx"),
    bare("why alice"),
  ],
  [
    bare("status alice"),
    bare("stop --all"),
    { ...bare("check alice"), status: 1 },
    { ...bare("check --all --live"), status: 1 },
  ],
  [
    bare("account edit alice --country DE --group desk"),
    bare("events"),
    bare("notify ls"),
    { words: ["notify", "seal", "token", "--stdin"], input: "hunter2\n" },
    bare("doctor --offline"),
  ],
  [bare("db export facts.jsonl"), bare("account rm alice")],
];

/** What cannot end with 0 here: it stays in the foreground, needs something else, or is refused. */
const refused: readonly Step[] = [
  { ...bare("bot --account nobody -- true"), status: 64 },
  { ...bare("collector nobody"), status: 64 },
  { ...bare("echo --port 99999"), status: 64 },
  { ...bare("rotate nobody"), status: 64 },
  { ...bare("reload"), status: 64 },
  { ...bare("logs nobody"), status: 64 },
  { ...bare("start nobody"), status: 64 },
  { ...bare("exec nobody -- true"), status: 64 },
  { ...bare("top"), status: 64 },
  { ...bare("restart nobody"), status: 64 },
  { ...bare("report --account nobody --burned"), status: 64 },
  { ...bare("keys retire zzzz"), status: 64 },
  { ...bare("notify test"), status: 78 },
  { ...bare("db serve"), status: 64 },
  { ...bare("db stop"), status: 64 },
  { ...bare("db move --force"), status: 64 },
  { ...bare("db import gone.jsonl"), status: 64 },
  { ...bare("db adopt --from-schema nowhere"), status: 64 },
];

const pathOf = (words: readonly string[]) =>
  commandTable.find(({ path }) => `${words.join(" ")} `.startsWith(`${path} `))?.path;

describe("with --json", () => {
  test("every command is called below", () => {
    const called = new Set([...steps.flat(), ...refused].map(({ words }) => pathOf(words)));
    expect(commandTable.map(({ path }) => path).filter((path) => !called.has(path))).toEqual([]);
  });

  test("a command prints one JSON document with its version on stdout, and no error on stderr", async () => {
    for (const line of steps) await Promise.all(line.map(expectDocument));
  });

  test("an error leaves stdout empty and is the last line of stderr, as JSON with code, message and status", async () => {
    await Promise.all(refused.map(expectError));
  });
});

async function expectDocument({ words, input, status = 0 }: Step): Promise<void> {
  const extra = input === undefined ? {} : { input };
  const finished = await machine.launch([...words, "--json"], extra);
  const noError: unknown = expect.not.stringContaining(`"error":`);
  expect([words, finished.status, finished.stderr]).toEqual([words, status, noError]);
  expect([words, JSON.parse(finished.stdout)]).toEqual([words, expect.objectContaining({ version: 1 })]);
}

async function expectError({ words, status }: Step): Promise<void> {
  const at = words.indexOf("--");
  const finished = await machine.launch(words.toSpliced(at < 0 ? words.length : at, 0, "--json"));
  const last = finished.stderr.trimEnd().split("\n").at(-1) ?? "";
  const { error } = JSON.parse(last) as { error: unknown };
  const shape = { code: expect.stringMatching(/^LAUNCH_/), message: expect.any(String), exit_status: status };
  expect([words, finished.status, finished.stdout]).toEqual([words, status, ""]);
  expect([words, error]).toEqual([words, expect.objectContaining(shape)]);
}
