import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";

let machine: OperatorMachine;
beforeAll(async () => {
  machine = await operatorMachine();
});
afterAll(() => machine.remove());

interface Listed {
  readonly accounts: readonly {
    readonly name: string;
    readonly venues: string[];
    readonly assignments: { proxy: string }[];
  }[];
}
const listed = async () => (await machine.json<Listed>(["account", "ls"])).accounts;
const names = async () => (await listed()).map(({ name }) => name);

describe("several accounts at once", () => {
  test("are added all or none, and one that is named twice is refused", async () => {
    const added = await machine.launch("account add fut-1 fut-2 fut-3 --venue binance".split(" "));
    expect([added.status, added.stderr]).toEqual([
      0,
      expect.stringMatching(/^3 accounts were added for binance/),
    ]);
    const taken = await machine.launch("account add fut-9 fut-2 --venue binance".split(" "));
    expect([taken.status, taken.stderr]).toEqual([64, expect.stringContaining("fut-2")]);
    const twice = await machine.launch("account add fut-8 fut-8".split(" "));
    expect(twice.status).toBe(64);
    const one = "account add fut-7 fut-6 --proxy-label x --proxy-endpoint http://127.0.0.1:9".split(" ");
    expect((await machine.launch(one)).stderr).toContain("One proxy was given for several accounts.");
    expect(await names()).toEqual(["fut-1", "fut-2", "fut-3"]);
  });

  test("come from a list: every bad line is named, and then nothing is stored", async () => {
    const bad = [
      "name;venue;country",
      "spot-1;okx;DE",
      "spot-1;okx;DE",
      "spot\u200B-2;okx;",
      ";okx;",
      "spot-3;binnance;",
      "spot-4;okx;Germany",
      "spot-5;okx;DE;x",
    ];
    writeFileSync(join(machine.stranger.home, "bad.csv"), `${bad.join("\n")}\n`);
    const { status, stdout, stderr } = await machine.launch(["account", "import", "bad.csv"]);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^LAUNCH_IMPORT_REJECTED 6 lines cannot be stored, so nothing was:/);
    for (const line of [
      'line 3: "spot-1" stands on line 2 already',
      "line 4: its name holds U+200B (zero width space) as character 5",
      "line 5: the name is missing",
      'line 6: No venue is known as "binnance".',
      'line 7: "Germany" is not a country code of two letters',
      "line 8: 4 cells, but 3 columns",
    ])
      expect(stderr).toContain(`\n  ${line}`);
    expect(await names()).not.toContain("spot-1");
  });

  test("are imported once: a dry run stores nothing, again changes nothing, and what an operator changed is not taken back", async () => {
    await machine.launch("proxy add ox-1 --proxy-endpoint http://127.0.0.1:19".split(" "));
    const input = "name,venue,country,group,proxy\ndesk-1,okx,DE,desk,ox-1\ndesk-2,okx;bybit,,,\n";
    const words = ["account", "import", "-"];
    const dry = await machine.launch([...words, "--dry-run"], { input });
    expect(dry.stderr).toBe("Nothing was stored. The import would be: 2 added, 0 unchanged.\n");
    expect(await names()).not.toContain("desk-1");
    expect((await machine.launch(words, { input })).stderr).toBe("2 added, 0 unchanged.\n");
    expect((await machine.launch(words, { input })).stderr).toBe("0 added, 2 unchanged.\n");
    const [first, second] = (await listed()).filter(({ name }) => name.startsWith("desk"));
    expect([first?.assignments[0]?.proxy, second?.venues]).toEqual(["ox-1", ["okx", "bybit"]]);
    await machine.launch("account edit desk-1 --country US".split(" "));
    const changed = await machine.launch(words, { input });
    expect([changed.status, changed.stderr]).toEqual([
      1,
      expect.stringContaining('line 2: Account "desk-1" is there with other countries.'),
    ]);
    const plain = await machine.launch([...words, "--venue", "kraken"], {
      input: "# names\nlist-1\n\nlist-2\n",
    });
    expect(plain.stderr).toBe("2 added, 0 unchanged.\n");
    await machine.expectNoSecret();
  });

  test.each([
    ["missing.csv", "missing.csv cannot be read (no such file or directory)."],
    [".", ". cannot be read (it is a folder)."],
  ])("from %s say what is wrong in words", async (file, expected) => {
    expect((await machine.launch(["account", "import", file])).stderr).toContain(expected);
  });
});

describe("a spread", () => {
  test("gives each account an exit of its own from as many vendors as there are, and says who has none", async () => {
    const pool = [
      "label,host,port,provider",
      "a-1,127.0.0.1,31,va",
      "a-2,127.0.0.1,32,va",
      "b-1,127.0.0.1,33,vb",
    ];
    const imported = await machine.launch(["proxy", "import", "-"], { input: `${pool.join("\n")}\n` });
    expect(imported.status, imported.stderr).toBe(0);
    const dry = await machine.launch(["assign", "fut-*", "--spread", "--dry-run"]);
    expect([dry.status, dry.stderr]).toEqual([0, "Nothing was done: this is what would be.\n"]);
    expect(dry.stdout).toBe("fut-1: gets a-1 (va)\nfut-2: gets b-1 (vb)\nfut-3: gets a-2 (va)\n");
    expect(
      (await listed()).flatMap(({ name, assignments }) => (name.startsWith("fut") ? assignments : [])),
    ).toEqual([]);
    expect((await machine.launch(["assign", "fut-*", "--spread"])).stdout).toBe(dry.stdout);
    const again = await machine.launch(["assign", "fut-*", "--spread"]);
    expect([again.status, again.stdout]).toEqual([
      0,
      "fut-1: keeps its 1\nfut-2: keeps its 1\nfut-3: keeps its 1\n",
    ]);
    const more = await machine.launch(["assign", "fut-*", "--spread", "--exits", "2"]);
    expect([more.status, more.stdout]).toEqual([
      69,
      expect.stringContaining("fut-1: keeps its 1; 1 missing"),
    ]);
    const events = await machine.launch(["events", "--account", "fut-2"]);
    expect(events.stdout).toContain("may use b-1 at priority 1");
  });

  test.each([
    ["assign zzz-* --spread", 'No account is named like "zzz-*".'],
    ["assign fut-1", "`launch assign fut-1 --spread`"],
    ["assign fut-1 a-1 --spread", "leave out the label"],
    ["assign fut-1 a-1 --exits 2", "are for --spread"],
  ])("is refused with what to type: %s", async (line, expected) => {
    const { status, stderr } = await machine.launch(line.split(" "));
    expect([status, stderr]).toEqual([64, expect.stringContaining(expected)]);
  });
});
