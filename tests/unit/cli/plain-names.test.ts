import { expect, test } from "vitest";
import { commandTable } from "../../../lib/cli/command-table.ts";
import { operandsOf, parseLeaf } from "../../../lib/cli/leaf.ts";

async function read(words: string) {
  const entry = commandTable
    .filter(({ path }) => `${words} `.startsWith(`${path} `))
    .toSorted((left, right) => right.path.length - left.path.length)[0];
  if (entry === undefined) throw new Error(`no command: ${words}`);
  const { usage } = await entry.load();
  const own = words.slice(entry.path.length).split(" ").filter(Boolean);
  return await parseLeaf({ path: entry.path, usage }, own);
}

test.each([
  "why alice",
  "exec alice",
  "account history alice",
  "account ips alice",
  "account allow alice 203.0.113.1",
  "account edit alice --group desk",
  "account hold alice --why x",
  "account release alice",
  "account rm alice",
  "assign alice fra-1",
  "assign alice --spread",
  "unassign alice fra-1",
  "demote alice fra-1",
  "revive alice fra-1",
  "report alice --venue binance --burned",
  "report --account alice --venue binance --burned",
  "bot alice",
  "bot --account alice",
  "doctor --account alice",
  "proxy ls --account alice",
  "proxy check --account alice",
  "proxy import list.txt --account alice",
  "proxy import list.txt --accounts bob,alice",
  "collector alice",
])("`launch %s` takes the kind before the name as well, and refuses the other kind", async (words) => {
  const own = words.startsWith("collector") ? "collector" : "bot";
  const other = own === "bot" ? "collector" : "bot";
  const said = (kind: string) => words.replace("alice", `${kind}:alice`);
  expect(await read(said(own))).toEqual(await read(words));
  await expect(read(said(other))).rejects.toMatchObject({
    code: "LAUNCH_USAGE",
    message: expect.stringContaining(`"${other}:alice" names a ${other}, and \`launch `) as string,
  });
});

test("every command that takes the name of one account or collector is among those above, or tells the kinds apart itself", async () => {
  const itself = [
    "events",
    "rotate",
    "logs",
    "check",
    "status",
    "start",
    "stop",
    "restart",
    "up",
    "config check",
  ];
  const left: string[] = [];
  for (const { path, load } of commandTable) {
    const { usage } = await load();
    const names = [...operandsOf(usage).map(({ name }) => name), ...Object.keys(usage.flags ?? {})];
    const isNew = ["account add", "config explain"].includes(path);
    if (isNew || itself.includes(path) || path.startsWith("generate ")) continue;
    for (const name of names)
      if (["account", "accounts", "name", "names", "unit", "units"].includes(name)) left.push(path);
  }
  expect(new Set(left)).toEqual(
    new Set([
      "account allow",
      "account edit",
      "account history",
      "account hold",
      "account ips",
      "account release",
      "account rm",
      "assign",
      "bot",
      "collector",
      "demote",
      "doctor",
      "exec",
      "proxy check",
      "proxy import",
      "proxy ls",
      "report",
      "revive",
      "unassign",
      "why",
    ]),
  );
});
