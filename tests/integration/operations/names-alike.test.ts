import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";

/* Two names that differ only in case are possible, and said. */

let machine: OperatorMachine;
beforeAll(async () => {
  machine = await operatorMachine();
  await machine.launch("account add alice bob".split(" "));
  await machine.launch("proxy add fra-1 --proxy-endpoint http://127.0.0.1:9".split(" "));
});
afterAll(() => machine.remove());

/** The lines on stderr about names, of a command that ends with 0. */
async function notesOf(words: string, input?: string): Promise<readonly string[]> {
  const { status, stderr } = await machine.launch(words.split(" "), input === undefined ? {} : { input });
  expect(`${status} ${stderr}`).toMatch(/^0 /);
  return stderr.split("\n").filter((line) => line.includes("in case"));
}

const saysOf = (one: string, other: string, repair: string) => [
  `note: ${one} is not ${other}: they differ only in case; if you meant ${other}, ${repair}.`,
];

describe("an account whose name differs from another one's only in case", () => {
  beforeEach(async () => {
    for (const name of ["Alice", "BOB", "Carol", "carol"])
      await machine.launch(["account", "rm", name, "--yes"]);
  });

  test("is added, and one sentence says so with what to type; also with --quiet", async () => {
    const said = saysOf("Account Alice", "alice", "type `launch account rm Alice`");
    expect(await notesOf("account add Alice")).toEqual(said);
    await machine.launch(["account", "rm", "Alice", "--yes"]);
    expect(await notesOf("account add Alice --quiet")).toEqual(said);
    const { accounts } = await machine.json<{ accounts: { name: string }[] }>(["account", "ls"]);
    expect(accounts.map(({ name }) => name).toSorted()).toEqual(["Alice", "alice", "bob"]);
  });

  test("is said once of two that come together, and of many in one sentence", async () => {
    expect(await notesOf("account add Carol carol")).toEqual(
      saysOf("Account carol", "Carol", "type `launch account rm carol`"),
    );
    expect(await notesOf("account add Alice BOB")).toEqual([
      "note: 2 accounts differ from others only in case, as Alice from alice and BOB from bob; if you did not mean that, type `launch account rm Alice`.",
    ]);
  });

  test("is not said of one that was there already, nor of any other name", async () => {
    await machine.launch("account add Alice".split(" "));
    expect(await notesOf("account add dave")).toEqual([]);
    const list = join(machine.stranger.home, "names.txt");
    writeFileSync(list, "Alice\nalice\nBOB\n");
    const inList = saysOf("Account BOB", "bob", "correct the list before you import it");
    expect(await notesOf(`account import ${list} --dry-run`)).toEqual(inList);
    const said = saysOf("Account BOB", "bob", "type `launch account rm BOB`");
    expect(await notesOf(`account import ${list}`)).toEqual(said);
    expect(await notesOf(`account import ${list}`)).toEqual([]);
  });
});

describe("a proxy whose label differs from another one's only in case", () => {
  const said = (label: string) => saysOf(`Proxy ${label}`, "fra-1", `type \`launch proxy rm ${label}\``);

  test("is added, imported or labelled so, and one sentence says it", async () => {
    expect(await notesOf("proxy add Fra-1 --proxy-endpoint http://127.0.0.1:10")).toEqual(said("Fra-1"));
    await machine.launch("proxy rm Fra-1 --yes".split(" "));
    const csv = "label,url\nFRA-1,http://127.0.0.1:11\n";
    expect(await notesOf("proxy import -", csv)).toEqual(said("FRA-1"));
    expect(await notesOf("proxy import -", csv)).toEqual([]);
    await machine.launch("proxy rm FRA-1 --yes".split(" "));
    await machine.launch("proxy add ams-1 --proxy-endpoint http://127.0.0.1:12".split(" "));
    expect(await notesOf("proxy edit ams-1 --proxy-label fRa-1")).toEqual(
      saysOf("Proxy fRa-1", "fra-1", "type `launch proxy edit fRa-1 --proxy-label NAME`"),
    );
    // Its own former label is gone.
    expect(await notesOf("proxy edit fRa-1 --proxy-label ams-1")).toEqual([]);
    expect(await notesOf("proxy edit ams-1 --proxy-label Ams-1")).toEqual([]);
  });

  test("comes with an account, and the sentence is there too", async () => {
    const words = "account add erin --proxy-label Fra-1 --proxy-endpoint http://127.0.0.1:13";
    expect(await notesOf(words)).toEqual(said("Fra-1"));
  });
});
